#include "toyota2mqtt/vehicle/entity_names.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace toyota2mqtt::vehicle {

namespace {

// Worded as Home Assistant's own front end does. Columns: en, de, fr, it, es, nl.
// clang-format off
constexpr auto kNames = std::to_array<Translations>({
    // What the car says
    {"Activity", "Aktivität", "Activité", "Attività", "Actividad", "Activiteit"},
    {"Odometer", "Kilometerstand", "Compteur kilométrique", "Contachilometri", "Cuentakilómetros",
     "Kilometerstand"},
    {"Battery", "Ladestand", "Batterie", "Batteria", "Batería", "Accu"},
    {"Battery (gross)", "Ladestand (brutto)", "Batterie (brute)", "Batteria (lorda)",
     "Batería (bruta)", "Accu (bruto)"},
    {"Electric range", "Elektrische Reichweite", "Autonomie électrique", "Autonomia elettrica",
     "Autonomía eléctrica", "Elektrisch bereik"},
    {"Electric range with climate", "Elektrische Reichweite mit Klimaanlage",
     "Autonomie électrique avec climatisation", "Autonomia elettrica con climatizzatore",
     "Autonomía eléctrica con climatizador", "Elektrisch bereik met airco"},
    {"Fuel level", "Tankfüllstand", "Niveau de carburant", "Livello carburante",
     "Nivel de combustible", "Brandstofniveau"},
    {"Fuel range", "Reichweite mit Kraftstoff", "Autonomie carburant", "Autonomia carburante",
     "Autonomía de combustible", "Bereik op brandstof"},
    {"Total range", "Gesamtreichweite", "Autonomie totale", "Autonomia totale", "Autonomía total",
     "Totaal bereik"},
    {"Charging status", "Ladestatus", "Statut de la charge", "Stato della ricarica",
     "Estado de la recarga", "Laadstatus"},
    {"Charging", "Laden", "Recharge", "Ricarica", "Recarga", "Opladen"},
    {"Plug", "Ladestecker", "Prise de charge", "Spina di ricarica", "Enchufe de carga",
     "Laadstekker"},
    {"Charge time left", "Verbleibende Ladezeit", "Temps de charge restant",
     "Tempo di ricarica rimanente", "Tiempo de carga restante", "Resterende laadtijd"},
    {"Charge complete at", "Laden abgeschlossen um", "Fin de charge à", "Ricarica completa alle",
     "Carga completa a las", "Laden voltooid om"},
    {"Next charge start", "Nächster Ladebeginn", "Début de la prochaine charge",
     "Inizio prossima ricarica", "Inicio de la próxima carga", "Begin volgende laadbeurt"},
    {"Next charge end", "Nächstes Ladeende", "Fin de la prochaine charge",
     "Fine prossima ricarica", "Fin de la próxima carga", "Einde volgende laadbeurt"},
    {"Locked", "Verriegelung", "Verrouillage", "Chiusura centralizzata", "Cierre centralizado",
     "Vergrendeling"},
    {"Doors and windows", "Türen und Fenster", "Portes et vitres", "Porte e finestrini",
     "Puertas y ventanillas", "Deuren en ramen"},
    {"Driver door", "Fahrertür", "Porte conducteur", "Porta conducente", "Puerta del conductor",
     "Bestuurdersdeur"},
    {"Passenger door", "Beifahrertür", "Porte passager", "Porta passeggero",
     "Puerta del acompañante", "Passagiersdeur"},
    {"Rear left door", "Tür hinten links", "Porte arrière gauche", "Porta posteriore sinistra",
     "Puerta trasera izquierda", "Deur linksachter"},
    {"Rear right door", "Tür hinten rechts", "Porte arrière droite", "Porta posteriore destra",
     "Puerta trasera derecha", "Deur rechtsachter"},
    {"Trunk", "Kofferraum", "Coffre", "Bagagliaio", "Maletero", "Kofferbak"},
    {"Hood", "Motorhaube", "Capot", "Cofano", "Capó", "Motorkap"},
    {"Driver window", "Fahrerfenster", "Vitre conducteur", "Finestrino conducente",
     "Ventanilla del conductor", "Bestuurdersraam"},
    {"Passenger window", "Beifahrerfenster", "Vitre passager", "Finestrino passeggero",
     "Ventanilla del acompañante", "Passagiersraam"},
    {"Rear left window", "Fenster hinten links", "Vitre arrière gauche",
     "Finestrino posteriore sinistro", "Ventanilla trasera izquierda", "Raam linksachter"},
    {"Rear right window", "Fenster hinten rechts", "Vitre arrière droite",
     "Finestrino posteriore destro", "Ventanilla trasera derecha", "Raam rechtsachter"},
    {"Driver door lock", "Schloss Fahrertür", "Serrure porte conducteur",
     "Serratura porta conducente", "Cerradura de la puerta del conductor", "Slot bestuurdersdeur"},
    {"Passenger door lock", "Schloss Beifahrertür", "Serrure porte passager",
     "Serratura porta passeggero", "Cerradura de la puerta del acompañante",
     "Slot passagiersdeur"},
    {"Rear left door lock", "Schloss Tür hinten links", "Serrure porte arrière gauche",
     "Serratura porta posteriore sinistra", "Cerradura de la puerta trasera izquierda",
     "Slot deur linksachter"},
    {"Rear right door lock", "Schloss Tür hinten rechts", "Serrure porte arrière droite",
     "Serratura porta posteriore destra", "Cerradura de la puerta trasera derecha",
     "Slot deur rechtsachter"},
    {"Trunk lock", "Schloss Kofferraum", "Serrure du coffre", "Serratura bagagliaio",
     "Cerradura del maletero", "Slot kofferbak"},
    {"Headlights", "Scheinwerfer", "Phares", "Fari", "Faros", "Koplampen"},
    {"Tail lights", "Rücklichter", "Feux arrière", "Luci posteriori", "Luces traseras",
     "Achterlichten"},
    {"Hazard lights", "Warnblinker", "Feux de détresse", "Luci di emergenza",
     "Luces de emergencia", "Alarmlichten"},
    {"Rear seat reminder", "Erinnerung Rücksitz", "Rappel siège arrière",
     "Promemoria sedile posteriore", "Recordatorio del asiento trasero", "Herinnering achterbank"},
    {"Inside temperature", "Innentemperatur", "Température intérieure", "Temperatura interna",
     "Temperatura interior", "Binnentemperatuur"},
    {"Climate ends at", "Klimatisierung endet um", "Fin de la climatisation à",
     "Fine climatizzazione alle", "Fin de la climatización a las", "Klimaatregeling eindigt om"},
    {"Vehicle warning", "Fahrzeugwarnung", "Alerte du véhicule", "Avviso del veicolo",
     "Aviso del vehículo", "Voertuigwaarschuwing"},
    {"Vehicle warning message", "Warnmeldung des Fahrzeugs", "Message d'alerte du véhicule",
     "Messaggio di avviso del veicolo", "Mensaje de aviso del vehículo",
     "Waarschuwingsbericht van het voertuig"},
    {"Trip ended", "Fahrt beendet", "Trajet terminé", "Viaggio terminato", "Viaje terminado",
     "Rit beëindigd"},
    {"Active warnings", "Aktive Warnungen", "Alertes actives", "Avvisi attivi", "Avisos activos",
     "Actieve waarschuwingen"},
    {"Engine oil", "Motoröl", "Huile moteur", "Olio motore", "Aceite del motor", "Motorolie"},
    {"Last service", "Letzte Wartung", "Dernier entretien", "Ultimo tagliando", "Última revisión",
     "Laatste onderhoudsbeurt"},
    {"Odometer at last service", "Kilometerstand bei der letzten Wartung",
     "Kilométrage au dernier entretien", "Chilometraggio all'ultimo tagliando",
     "Kilometraje en la última revisión", "Kilometerstand bij laatste onderhoudsbeurt"},
    {"Last trip distance", "Strecke der letzten Fahrt", "Distance du dernier trajet",
     "Distanza dell'ultimo viaggio", "Distancia del último viaje", "Afstand laatste rit"},
    {"Last trip duration", "Dauer der letzten Fahrt", "Durée du dernier trajet",
     "Durata dell'ultimo viaggio", "Duración del último viaje", "Duur laatste rit"},
    {"Last trip electric distance", "Elektrische Strecke der letzten Fahrt",
     "Distance électrique du dernier trajet", "Distanza elettrica dell'ultimo viaggio",
     "Distancia eléctrica del último viaje", "Elektrische afstand laatste rit"},
    {"Last trip fuel", "Kraftstoff der letzten Fahrt", "Carburant du dernier trajet",
     "Carburante dell'ultimo viaggio", "Combustible del último viaje", "Brandstof laatste rit"},
    {"Last trip consumption", "Verbrauch der letzten Fahrt", "Consommation du dernier trajet",
     "Consumo dell'ultimo viaggio", "Consumo del último viaje", "Verbruik laatste rit"},
    {"Last trip average speed", "Durchschnittsgeschwindigkeit der letzten Fahrt",
     "Vitesse moyenne du dernier trajet", "Velocità media dell'ultimo viaggio",
     "Velocidad media del último viaje", "Gemiddelde snelheid laatste rit"},
    {"Last trip score", "Bewertung der letzten Fahrt", "Note du dernier trajet",
     "Punteggio dell'ultimo viaggio", "Puntuación del último viaje", "Score laatste rit"},
    {"Last trip start", "Beginn der letzten Fahrt", "Début du dernier trajet",
     "Inizio dell'ultimo viaggio", "Inicio del último viaje", "Begin laatste rit"},
    {"Last trip end", "Ende der letzten Fahrt", "Fin du dernier trajet",
     "Fine dell'ultimo viaggio", "Fin del último viaje", "Einde laatste rit"},
    {"Distance today", "Strecke heute", "Distance aujourd'hui", "Distanza oggi", "Distancia hoy",
     "Afstand vandaag"},
    {"Distance this week", "Strecke diese Woche", "Distance cette semaine",
     "Distanza questa settimana", "Distancia esta semana", "Afstand deze week"},
    {"Distance this month", "Strecke diesen Monat", "Distance ce mois-ci", "Distanza questo mese",
     "Distancia este mes", "Afstand deze maand"},
    {"Distance this year", "Strecke dieses Jahr", "Distance cette année", "Distanza quest'anno",
     "Distancia este año", "Afstand dit jaar"},
    {"Fuel this month", "Kraftstoff diesen Monat", "Carburant ce mois-ci",
     "Carburante questo mese", "Combustible este mes", "Brandstof deze maand"},
    // What history makes of it
    {"Electric consumption", "Stromverbrauch", "Consommation électrique", "Consumo elettrico",
     "Consumo eléctrico", "Stroomverbruik"},
    {"Fuel consumption", "Kraftstoffverbrauch", "Consommation de carburant",
     "Consumo di carburante", "Consumo de combustible", "Brandstofverbruik"},
    {"Electric share", "Elektrischer Anteil", "Part électrique", "Quota elettrica",
     "Proporción eléctrica", "Elektrisch aandeel"},
    {"Electric range at full", "Elektrische Reichweite bei voller Batterie",
     "Autonomie électrique batterie pleine", "Autonomia elettrica a batteria piena",
     "Autonomía eléctrica con batería llena", "Elektrisch bereik bij volle accu"},
    {"Promised range", "Versprochene Reichweite", "Autonomie promise", "Autonomia promessa",
     "Autonomía prometida", "Beloofd bereik"},
    {"Energy charged this month", "Geladene Energie diesen Monat", "Énergie chargée ce mois-ci",
     "Energia caricata questo mese", "Energía cargada este mes", "Geladen energie deze maand"},
    {"Cost this month", "Kosten diesen Monat", "Coût ce mois-ci", "Costo questo mese",
     "Coste este mes", "Kosten deze maand"},
    {"CO2 this month", "CO2 diesen Monat", "CO2 ce mois-ci", "CO2 questo mese", "CO2 este mes",
     "CO2 deze maand"},
    // Events, times of reports, and what the bridge knows of a car
    {"Notification", "Benachrichtigung", "Notification", "Notifica", "Notificación", "Melding"},
    {"Command result", "Befehlsergebnis", "Résultat de la commande", "Esito del comando",
     "Resultado de la orden", "Resultaat van opdracht"},
    {"Telemetry last reported by car", "Fahrdaten zuletzt gemeldet",
     "Dernier relevé de télémétrie", "Ultimo rapporto telemetria", "Último informe de telemetría",
     "Telemetrie laatst gemeld"},
    {"Charging last reported by car", "Laden zuletzt gemeldet", "Dernier relevé de charge",
     "Ultimo rapporto ricarica", "Último informe de recarga", "Opladen laatst gemeld"},
    {"Doors last reported by car", "Türen zuletzt gemeldet", "Dernier relevé des portes",
     "Ultimo rapporto porte", "Último informe de puertas", "Deuren laatst gemeld"},
    {"Location last reported by car", "Standort zuletzt gemeldet", "Dernier relevé de position",
     "Ultimo rapporto posizione", "Último informe de ubicación", "Locatie laatst gemeld"},
    {"Climate last reported by car", "Klimatisierung zuletzt gemeldet",
     "Dernier relevé de climatisation", "Ultimo rapporto climatizzazione",
     "Último informe de climatización", "Klimaat laatst gemeld"},
    {"Wakes today", "Weckvorgänge heute", "Réveils aujourd'hui", "Risvegli oggi",
     "Activaciones hoy", "Keer gewekt vandaag"},
    {"Next read", "Nächste Abfrage", "Prochaine lecture", "Prossima lettura", "Próxima lectura",
     "Volgende uitlezing"},
    {"Remote services", "Remote-Dienste", "Services à distance", "Servizi remoti",
     "Servicios remotos", "Diensten op afstand"},
    {"ABRP", "ABRP", "ABRP", "ABRP", "ABRP", "ABRP"},
    {"ABRP last accepted", "ABRP zuletzt angenommen", "ABRP dernière acceptation",
     "ABRP ultima accettazione", "ABRP última aceptación", "ABRP laatst aanvaard"},
    {"Connected services until", "Vernetzte Dienste bis", "Services connectés jusqu'au",
     "Servizi connessi fino al", "Servicios conectados hasta", "Verbonden diensten tot"},
    {"Model year", "Modelljahr", "Année-modèle", "Anno modello", "Año del modelo", "Modeljaar"},
    {"Fuel type", "Kraftstoffart", "Type de carburant", "Tipo di carburante",
     "Tipo de combustible", "Brandstoftype"},
    {"Picture", "Bild", "Image", "Immagine", "Imagen", "Afbeelding"},
    {"Reading", "Abfragen", "Lecture", "Lettura", "Lectura", "Uitlezen"},
    // Commands
    {"Doors", "Türen", "Portes", "Porte", "Puertas", "Deuren"},
    {"Lock doors", "Türen verriegeln", "Verrouiller les portes", "Blocca le porte",
     "Bloquear puertas", "Deuren vergrendelen"},
    {"Climate", "Klimatisierung", "Climatisation", "Climatizzatore", "Climatizador",
     "Klimaatregeling"},
    {"Horn", "Hupe", "Klaxon", "Clacson", "Bocina", "Claxon"},
    {"Buzzer", "Summer", "Avertisseur sonore", "Cicalino", "Zumbador", "Zoemer"},
    {"Headlights on", "Scheinwerfer einschalten", "Allumer les phares", "Accendi i fari",
     "Encender faros", "Koplampen aan"},
    {"Headlights off", "Scheinwerfer ausschalten", "Éteindre les phares", "Spegni i fari",
     "Apagar faros", "Koplampen uit"},
    {"Close windows", "Fenster schließen", "Fermer les vitres", "Chiudi i finestrini",
     "Cerrar ventanillas", "Ramen sluiten"},
    {"Charge now", "Jetzt laden", "Charger maintenant", "Ricarica ora", "Cargar ahora",
     "Nu laden"},
    {"Start engine", "Motor starten", "Démarrer le moteur", "Avvia il motore", "Arrancar motor",
     "Motor starten"},
    {"Stop engine", "Motor abstellen", "Arrêter le moteur", "Spegni il motore", "Parar motor",
     "Motor uitzetten"},
    {"Refresh from car", "Vom Auto aktualisieren", "Actualiser depuis la voiture",
     "Aggiorna dall'auto", "Actualizar desde el coche", "Vernieuwen vanuit de auto"},
    {"Charging schedule", "Ladeplan", "Programmation de charge", "Programma di ricarica",
     "Programación de carga", "Laadschema"},
    {"Charge start", "Ladebeginn", "Début de charge", "Inizio ricarica", "Inicio de carga",
     "Begin laden"},
    {"Charge end", "Ladeende", "Fin de charge", "Fine ricarica", "Fin de carga", "Einde laden"},
    {"experimental", "experimentell", "expérimental", "sperimentale", "experimental",
     "experimenteel"},
    {"against the car's flags", "gegen die Angaben des Autos", "contre les indications de la voiture",
     "contro le indicazioni dell'auto", "contra lo que indica el coche", "tegen de opgave van de auto"},
    // The bridge
    {"Account", "Konto", "Compte", "Account", "Cuenta", "Account"},
    {"Try again", "Erneut versuchen", "Réessayer", "Riprova", "Reintentar", "Opnieuw proberen"},
    {"Cloud", "Cloud", "Cloud", "Cloud", "Nube", "Cloud"},
    {"Last error", "Letzter Fehler", "Dernière erreur", "Ultimo errore", "Último error",
     "Laatste fout"},
    {"Requests today", "Anfragen heute", "Requêtes aujourd'hui", "Richieste oggi",
     "Solicitudes hoy", "Verzoeken vandaag"},
    {"Unknown values", "Unbekannte Werte", "Valeurs inconnues", "Valori sconosciuti",
     "Valores desconocidos", "Onbekende waarden"},
    {"Configuration", "Konfiguration", "Configuration", "Configurazione", "Configuración",
     "Configuratie"},
    {"Started", "Gestartet", "Démarrage", "Avvio", "Inicio", "Gestart"},
    // Headings of the dashboard
    {"Cars", "Autos", "Voitures", "Auto", "Coches", "Auto's"},
    {"Now", "Jetzt", "Maintenant", "Adesso", "Ahora", "Nu"},
    {"Health and service", "Zustand und Wartung", "État et entretien", "Stato e manutenzione",
     "Estado y mantenimiento", "Conditie en onderhoud"},
    {"Trips", "Fahrten", "Trajets", "Viaggi", "Viajes", "Ritten"},
    {"How old this is", "Wie alt das ist", "Ancienneté des données", "Età dei dati",
     "Antigüedad de los datos", "Hoe oud dit is"},
    {"Remote control", "Fernbedienung", "Commande à distance", "Comandi a distanza",
     "Control a distancia", "Bediening op afstand"},
    {"Distance per day", "Strecke pro Tag", "Distance par jour", "Distanza al giorno",
     "Distancia por día", "Afstand per dag"},
    {"Accounts", "Konten", "Comptes", "Account", "Cuentas", "Accounts"},
    {"Bridge", "Bridge", "Passerelle", "Bridge", "Puente", "Bridge"},
});
// clang-format on

// The options of enumerations, as Home Assistant shows them; the first column is the option. No
// name may stand for two options in any language: blueprints compare with all of them.
// clang-format off
constexpr auto kOptions = std::to_array<Translations>({
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

const Translations* find_translations(std::span<const Translations> table,
                                      std::string_view english) {
  const auto found = std::ranges::find_if(
      table, [english](const Translations& entry) { return entry.front() == english; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view translated(std::span<const Translations> table, std::string_view english,
                            Language language) {
  const auto* entry = find_translations(table, english);
  if (entry == nullptr) return english;
  const auto text = entry->at(static_cast<std::size_t>(language));
  return text.empty() ? english : text;
}

}  // namespace

std::span<const Translations> name_table() { return kNames; }

std::span<const Translations> option_table() { return kOptions; }

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
  return translated(name_table(), english, language);
}

std::string_view option_name(std::string_view option, Language language) {
  return translated(option_table(), option, language);
}

std::string_view icon_of(std::string_view id) {
  const auto* found = std::ranges::find(kIcons, id, &decltype(kIcons)::value_type::first);
  return found == kIcons.end() ? std::string_view() : found->second;
}

}  // namespace toyota2mqtt::vehicle
