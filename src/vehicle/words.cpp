#include "toyota2mqtt/vehicle/words.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "vehicle/phrases.hpp"

namespace toyota2mqtt::vehicle {
namespace {

/// The options of enumerations, as Home Assistant shows them; the first column is the option. No
/// word may stand for two options, in whatever language: blueprints compare with all of them.
// clang-format off
constexpr auto kOptionWords = std::to_array<Phrase>({
    // activity, charging_status
    {"driving", "Fährt", "En route", "In marcia", "En circulación", "Rijdt"},
    {"parked", "Geparkt", "Stationnée", "Parcheggiata", "Aparcado", "Geparkeerd"},
    {"charging", "Lädt", "En charge", "In carica", "Cargando", "Laadt"},
    {"none", "Lädt nicht", "Pas en charge", "Non in carica", "Sin cargar", "Laadt niet"},
    {"plugged", "Angesteckt", "Branchée", "Collegata", "Enchufado", "Aangesloten"},
    {"charge_complete", "Vollständig geladen", "Charge terminée", "Ricarica completata",
     "Carga completa", "Laden voltooid"},
    // remote_services
    {"active", "Aktiv", "Actifs", "Attivi", "Activos", "Actief"},
    {"not_activated", "Nicht aktiviert", "Non activés", "Non attivati", "Sin activar",
     "Niet geactiveerd"},
    // abrp_status, status of an account
    {"off", "Aus", "Désactivé", "Disattivato", "Desactivado", "Uit"},
    {"ok", "OK", "OK", "OK", "OK", "OK"},
    {"waiting", "Wartet", "En attente", "In attesa", "En espera", "Wacht"},
    {"key_rejected", "Schlüssel abgelehnt", "Clé refusée", "Chiave rifiutata", "Clave rechazada",
     "Sleutel geweigerd"},
    {"token_rejected", "Token abgelehnt", "Jeton refusé", "Token rifiutato", "Token rechazado",
     "Token geweigerd"},
    {"unreachable", "Nicht erreichbar", "Injoignable", "Non raggiungibile", "Inaccesible",
     "Onbereikbaar"},
    {"set_up", "Einrichtung läuft", "En cours de configuration", "In configurazione",
     "En configuración", "Wordt ingesteld"},
    {"credentials_rejected", "Anmeldung abgelehnt", "Connexion refusée", "Accesso rifiutato",
     "Inicio de sesión rechazado", "Aanmelding geweigerd"},
    {"action_required", "Handlung erforderlich", "Action requise", "Azione richiesta",
     "Acción necesaria", "Actie vereist"},
    {"rate_limited", "Zu viele Anfragen", "Trop de requêtes", "Troppe richieste",
     "Demasiadas solicitudes", "Te veel verzoeken"},
    // presets of the climate control
    {"front_defrost", "Frontscheibe enteisen", "Dégivrage avant", "Sbrinamento anteriore",
     "Deshielo delantero", "Voorruit ontdooien"},
    {"rear_defrost", "Heckscheibe enteisen", "Dégivrage arrière", "Sbrinamento posteriore",
     "Deshielo trasero", "Achterruit ontdooien"},
    {"both_defrost", "Beide Scheiben enteisen", "Dégivrage avant et arrière",
     "Sbrinamento anteriore e posteriore", "Deshielo delantero y trasero",
     "Beide ruiten ontdooien"},
});

/// By id of the row.
constexpr auto kIcons = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"location", "mdi:car"},
    {"activity", "mdi:car-info"},
    {"fuel_level", "mdi:gas-station"},
    {"charging_status", "mdi:ev-station"},
    {"charge_target_reached", "mdi:battery-check"},
    {"warning_count", "mdi:car-light-alert"},
    {"vehicle_warning", "mdi:car-light-alert"},
    {"trip_ended", "mdi:flag-checkered"},
    {"trip_consumption", "mdi:gas-station-outline"},
    {"trip_score", "mdi:leaf"},
    {"fuel_consumption", "mdi:gas-station-outline"},
    {"ev_share", "mdi:leaf"},
    {"range_ratio", "mdi:scale-balance"},
    {"energy_month", "mdi:lightning-bolt"},
    {"co2_month", "mdi:molecule-co2"},
    {"notification", "mdi:message-text"},
    {"command_result", "mdi:remote"},
    {"wakes_today", "mdi:alarm"},
    {"remote_services", "mdi:remote"},
    {"abrp_status", "mdi:map-marker-path"},
    {"model_year", "mdi:calendar-blank"},
    {"fuel_type", "mdi:fuel"},
    {"picture", "mdi:car-side"},
    {"reading", "mdi:cloud-sync"},
    {"lock_doors", "mdi:car-door-lock"},
    {"horn", "mdi:bullhorn"},
    {"hazards_on", "mdi:hazard-lights"},
    {"buzzer", "mdi:volume-high"},
    {"headlights_on", "mdi:car-light-high"},
    {"headlights_off", "mdi:car-light-dimmed"},
    {"windows_close", "mdi:window-closed"},
    {"charge_now", "mdi:ev-plug-type2"},
    {"engine_start", "mdi:engine"},
    {"engine_stop", "mdi:engine-off"},
    {"refresh", "mdi:refresh"},
    {"charge_schedule", "mdi:calendar-clock"},
    {"status", "mdi:account"},
    {"try_again", "mdi:login"},
    {"last_error", "mdi:alert-circle-outline"},
    {"requests_today", "mdi:counter"},
    {"unknown_values", "mdi:help-circle-outline"},
});
// clang-format on

const Phrase* phrase_of(std::span<const Phrase> phrases, std::string_view english) {
  const auto found = std::ranges::find_if(
      phrases, [english](const Phrase& phrase) { return phrase.front() == english; });
  return found == phrases.end() ? nullptr : &*found;
}

bool is_whole(const Phrase* phrase) {
  return phrase != nullptr &&
         std::ranges::none_of(*phrase, [](std::string_view text) { return text.empty(); });
}

std::string_view look_up(std::span<const Phrase> phrases, std::string_view english,
                         Language language) {
  const auto* phrase = phrase_of(phrases, english);
  if (phrase == nullptr) return english;
  const auto text = phrase->at(static_cast<std::size_t>(language));
  return text.empty() ? english : text;
}

}  // namespace

std::string_view to_string(Language language) {
  switch (language) {
    case Language::en: return "en";
    case Language::de: return "de";
    case Language::fr: return "fr";
    case Language::it: return "it";
    case Language::es: return "es";
    case Language::nl: return "nl";
  }
  return "en";
}

std::string_view in_language(std::string_view english, Language language) {
  return look_up(name_phrases(), english, language);
}

std::string_view word_of(std::string_view option, Language language) {
  return look_up(kOptionWords, option, language);
}

bool is_translated(std::string_view english) {
  return is_whole(phrase_of(name_phrases(), english));
}
bool is_word(std::string_view option) {
  return option == "unknown" || is_whole(phrase_of(kOptionWords, option));
}

std::string_view icon_of(std::string_view id) {
  const auto* found = std::ranges::find(kIcons, id, &decltype(kIcons)::value_type::first);
  return found == kIcons.end() ? std::string_view() : found->second;
}

}  // namespace toyota2mqtt::vehicle
