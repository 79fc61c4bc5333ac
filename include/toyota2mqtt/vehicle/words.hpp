#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// What people read in Home Assistant, in the languages of `mqtt.language`: names of entities,
/// words of enumerations, headings of the dashboard. Ids, topics and the words inside the state
/// documents are the same in every language. Pure functions; any thread.
namespace toyota2mqtt::vehicle {

/// The languages of `mqtt.language`, in its order.
enum class Language : std::uint8_t { en, de, fr, it, es, nl };
inline constexpr std::array kLanguages = {Language::en, Language::de, Language::fr,
                                          Language::it, Language::es, Language::nl};
std::string_view to_string(Language language);  ///< "en"

/// A name or a heading in `language`; `english` itself where the table does not know it.
std::string_view in_language(std::string_view english, Language language);
/// What Home Assistant shows for one option of an enumeration. In English the option itself, so
/// that automations go on as they are; `unknown` in no language, because Home Assistant has that
/// word itself.
std::string_view word_of(std::string_view option, Language language);

/// Whether the tables have the text in every language.
bool is_translated(std::string_view english);
bool is_word(std::string_view option);

/// The icon of an entity whose device class brings none, by the id of its row; empty when it needs
/// none.
std::string_view icon_of(std::string_view id);

}  // namespace toyota2mqtt::vehicle
