#include "web/sentences.hpp"

#include <optional>
#include <vector>

#include "toyota2mqtt/base/text.hpp"
#include "web/translations.hpp"

namespace toyota2mqtt::web {

using base::ErrorCode;

namespace {

/// What stands at {0}, {1} of the pattern; nullopt when the sentence is another one. Placeholders
/// come in order, each once.
std::optional<std::vector<std::string_view>> match(std::string_view pattern,
                                                   std::string_view sentence) {
  std::vector<std::string_view> values;
  auto open = pattern.find('{');
  if (!sentence.starts_with(pattern.substr(0, open))) return std::nullopt;
  while (open != std::string_view::npos) {
    sentence.remove_prefix(open);
    pattern.remove_prefix(open + 3);
    open = pattern.find('{');
    const auto literal = pattern.substr(0, open);
    const bool last = open == std::string_view::npos;
    if (last && !sentence.ends_with(literal)) return std::nullopt;
    const auto end = last ? sentence.size() - literal.size() : sentence.find(literal);
    if (end == std::string_view::npos) return std::nullopt;
    values.push_back(sentence.substr(0, end));
    sentence.remove_prefix(end);
  }
  return sentence == pattern ? std::optional(values) : std::nullopt;
}

/// Errors begin small where they follow a colon in the log, and end without a full stop.
std::string as_sentence(std::string text) {
  if (text.empty()) return text;
  char& first = text.front();
  first = base::to_upper(first);
  if (!text.ends_with('.') && !text.ends_with('!') && !text.ends_with('?')) text += '.';
  return text;
}

std::string_view without_stop(std::string_view text) {
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

std::string_view words_of(const Translation& row, Language language, setup::Origin origin) {
  const bool configured = origin == setup::Origin::configuration;
  if (language == Language::en) {
    const auto words = configured ? row.english_configured : row.english;
    return words.empty() ? row.source : words;
  }
  return configured && !row.german_configured.empty() ? row.german_configured : row.german;
}

struct General {
  std::string_view problem;
  std::string_view remedy;
};

constexpr int kServerTrouble = 500;

/// The other side answers, and says itself that it has trouble.
General trouble_there(bool german) {
  return german
             ? General{.problem = "Die Gegenseite hat Probleme.",
                       .remedy = "Hier ist nichts falsch. Versuche es in ein paar Minuten erneut."}
             : General{.problem = "The other side has trouble.",
                       .remedy = "Nothing is wrong here. Try again in a few minutes."};
}

General general(Language language, const base::Error& error) {
  const bool german = language == Language::de;
  if (error.http_status >= kServerTrouble) return trouble_there(german);
  switch (error.code) {
    case ErrorCode::credentials_rejected:
      return german ? General{.problem = "Die Anmeldung wurde abgelehnt.",
                              .remedy = "Prüfe, was du eingegeben hast, und versuche es erneut."}
                    : General{.problem = "The sign-in was rejected.",
                              .remedy = "Check what you typed, and try again."};
    case ErrorCode::action_required:
      return german ? General{.problem = "In der App des Herstellers ist etwas zu tun.",
                              .remedy =
                                  "Öffne die App des Herstellers, tue, was sie verlangt, und "
                                  "versuche es dann erneut."}
                    : General{.problem = "Something has to be done in the maker's app.",
                              .remedy = "Open the maker's app, do what it asks, then try again."};
    case ErrorCode::rate_limited:
      return german ? General{.problem = "Die Gegenseite bittet um eine Pause.",
                              .remedy = "Warte eine Viertelstunde und versuche es dann erneut."}
                    : General{.problem = "The other side asks for a pause.",
                              .remedy = "Wait a quarter of an hour, then try again."};
    case ErrorCode::unreachable:
    case ErrorCode::timeout:
      return german ? General{.problem = "Die Gegenseite ist nicht erreichbar.",
                              .remedy =
                                  "Prüfe die Internetverbindung dieses Geräts und versuche "
                                  "es in ein paar Minuten erneut."}
                    : General{.problem = "The other side cannot be reached.",
                              .remedy =
                                  "Check this machine's connection to the internet, and try "
                                  "again in a few minutes."};
    case ErrorCode::storage_failed:
      return german ? General{.problem = "Das Speichern ist fehlgeschlagen.",
                              .remedy =
                                  "Prüfe, ob der Speicherplatz voll ist, und versuche es "
                                  "dann erneut."}
                    : General{.problem = "It could not be saved.",
                              .remedy = "Check whether the disk is full, then try again."};
    case ErrorCode::config_invalid:
      return german ? General{.problem = "So geht es nicht.",
                              .remedy = "Was in der Konfiguration steht, wird dort geändert."}
                    : General{.problem = "It cannot be done like this.",
                              .remedy = "What stands in the configuration is changed there."};
    default: break;
  }
  return {.problem = say(language, Text::failed), .remedy = say(language, Text::failed_remedy)};
}

}  // namespace

Sentence reworded(Language language, std::string_view sentence, setup::Origin origin) {
  for (const Translation& row : translations()) {
    const auto values = match(without_stop(row.source), without_stop(sentence));
    if (values) return {.text = as_sentence(fill(words_of(row, language, origin), *values))};
  }
  return {.text = as_sentence(std::string(sentence)),
          .english_only = language != Language::en && !sentence.empty()};
}

Trouble trouble_of(Language language, const base::Error& error) {
  const General general_words = general(language, error);
  Trouble trouble{.problem = reworded(language, error.message, setup::Origin::page),
                  .remedy = reworded(language, error.remedy, setup::Origin::page)};
  if (trouble.problem.text.empty() || trouble.problem.english_only) {
    const std::string original = trouble.problem.text;
    trouble.problem = {.text = std::string(general_words.problem)};
    if (!original.empty()) trouble.problem.text += " (" + original + ")";
  }
  if (trouble.remedy.text.empty()) trouble.remedy = {.text = std::string(general_words.remedy)};
  return trouble;
}

}  // namespace toyota2mqtt::web
