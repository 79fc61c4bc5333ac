#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// What people read in Home Assistant, in the languages of `mqtt.language`: names of entities,
/// options of enumerations, headings of the dashboard. Ids, topics and the values inside the state
/// documents are the same in every language. Pure functions; any thread.
namespace toyota2mqtt::vehicle {

/// The languages of `mqtt.language`, in its order.
enum class Language : std::uint8_t { en, de, fr, it, es, nl };
inline constexpr std::array kLanguages = {Language::en, Language::de, Language::fr,
                                          Language::it, Language::es, Language::nl};
std::string_view to_string(Language language);  ///< "en"

/// One text, in the order of Language.
using Translations = std::array<std::string_view, kLanguages.size()>;
/// Names of entities, and headings of the dashboard.
std::span<const Translations> name_table();
/// The options of enumerations; the first column is the option itself.
std::span<const Translations> option_table();

/// A name or a heading in `language`; `english` itself where name_table() does not have it.
std::string_view in_language(std::string_view english, Language language);
/// What Home Assistant shows for one option of an enumeration. In English the option itself, so
/// that automations go on as they are; `unknown` in no language, because Home Assistant translates
/// it itself.
std::string_view option_name(std::string_view option, Language language);

/// The icon of an entity whose device class brings none, by the id of its row; empty when it needs
/// none.
std::string_view icon_of(std::string_view id);

}  // namespace toyota2mqtt::vehicle
