#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "toyota2mqtt/vehicle/catalogue.hpp"

#include "json/json_io.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"
#include "toyota2mqtt/vehicle/entity_names.hpp"

namespace toyota2mqtt::vehicle {
namespace {

using json_io::OrderedJson;

constexpr std::string_view kIntroduction = R"(# Entities

Every value that toyota2mqtt publishes. This file is printed from the catalogue in the program
(`toyota2mqtt entities`); do not edit it by hand.

- **cars**: E battery electric, P plug-in hybrid, H hybrid, I combustion only, A all.
- **state class**: `total*` also carries the time at which the counting began (last reset).
- **on**: whether Home Assistant enables the entity by itself. The others are one click away.
- **announced**: when the entity appears for a car. *value* = once the car reported it, *answer* =
  once the cloud answered for its source, *ABRP* = when the car is linked to A Better Routeplanner.
  What appeared once stays, until the cloud says that this car does not have it.
- **confirmed**: a recording of a real car shows it. "no" means that the meaning is taken from
  descriptions and from other clients only. "–" is no value of the car.
- Every value carries the time at which the *car* measured it; the source names the answer of the
  cloud that it comes from.

## Per car

| platform | id | name | device class | state class | unit | category | on | cars | source | announced | confirmed | meaning |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
)";

constexpr std::string_view kCommandHeading = R"(
## Commands

Entities that send commands to a car. They are offered only when `commands.allow` names the word and
the car can do it; [commands.md](commands.md) describes the result. The name of an entity with "no"
under confirmed says "experimental". The name of one that is offered against the car's flags, because
`vehicles[].commands` names it, says "against the car's flags".

| platform | id | name | category | allowed by | cars | flags of the car | payloads | confirmed | meaning |
|---|---|---|---|---|---|---|---|---|---|
)";

constexpr std::string_view kBridgeHeading = R"(
## Bridge

Rows marked "per account" appear once for each account.

| platform | id | name | device class | state class | category | on | per account | meaning |
|---|---|---|---|---|---|---|---|---|
)";

constexpr std::string_view kMeaning = R"(
## What the values mean

- ON means: door, window, opening = open; **lock = unlocked** (so `locked` is off when the car is
  locked); plug = plugged in; problem = there is one; light = lit.
- Unknown stays unknown. `any_open` is on if anything known is open, unknown if anything needed is
  unknown, and off only if everything is known to be closed; the same applies to `locked`. A part
  that the car names with a word or key that the program does not know counts as unknown from the
  first report.
- `battery_level` is what the maker's app shows: the usable level once the car has ever reported
  one (then never the gross one again), else the reported one.
- `plugged_in`: the cloud's word `none` means *unplugged* only for a car that has once reported a
  plugged state; else it is unknown, because some cars say `none` while plugged in.
- `charge_end` is the time of the measurement plus the minutes left, and unknown unless the car is
  charging. 65535, 65335 and negative numbers mean unknown; long times are real while the car
  charges.
- Every source has its own time: a recent odometer says nothing about an old lock state. There is one
  `…_reported_at` per source, published only when it changes. A time that is missing, that
  cannot be read, or that lies more than two minutes ahead leaves the value with an unknown time.
- `location_reported_at` is the time of the published location: an answer without a usable location
  (999, 0/0, null) changes neither.
- `activity`: *charging* when charging; *driving* when the odometer moved between two reports less
  than 10 minutes apart and nothing later shows that the car was parked; *parked* when a location
  newer than the last change of the odometer arrived, or when the odometer stood still over two
  reports at least 10 minutes apart; else *unknown*.
- `warning` and `warning_count` are only the warning lamps of the car's health. The counters of the
  status also count open and unlocked doors, and are not lamps.
- The messages of the first list after a sign-in count as known; after that each message is
  published once.
- Figures of trips and periods start over at the trip's start, or at midnight, Monday, the first
  of the month or the first of January in the owner's time zone. A sum with a missing part is
  unknown, unless the cloud gives the sum itself; a period known to be without a trip is 0.
- `electric_consumption`, `fuel_consumption`, `ev_share`, `range_at_full`, `range_ratio` and the
  `…_month` of energy, cost and CO2 are figures of the history ([history.md](history.md)): their
  attributes give their basis, start and end. Nothing else is estimated: a value that the car did
  not report is not published.
)";

constexpr std::string_view kWordsHeading = R"(
## Words in other languages

With `mqtt.language` Home Assistant shows names and the words of these enumerations in the owner's
language. Ids, topics, event types and the words in the state documents on the broker stay the same; so
do `unknown` and every `on` and `off`, which Home Assistant translates itself. An automation compares
with the displayed word.

| option | de | fr | it | es | nl |
|---|---|---|---|---|---|
)";

std::string_view or_dash(std::string_view text) { return text.empty() ? "–" : text; }
std::string_view yes_no(bool value) { return value ? "yes" : "no"; }

std::string_view letters(Cars cars) {
  switch (cars) {
    case Cars::all: return "A";
    case Cars::electric: return "EP";
    case Cars::plug_in: return "P";
    case Cars::fuel: return "PHI";
    case Cars::hybrid: return "PH";
  }
  return "A";
}

std::string_view to_string(Announce announce) {
  switch (announce) {
    case Announce::always: return "always";
    case Announce::source_answered: return "answer";
    case Announce::value_reported: return "value";
    case Announce::abrp_used: return "ABRP";
  }
  return "always";
}

std::string_view to_string(Topic topic) {
  switch (topic) {
    case Topic::state: return "state";
    case Topic::diagnostics: return "diagnostics";
    case Topic::location: return "location";
    case Topic::picture: return "picture";
    case Topic::event: return "event";
    case Topic::none: return "none";
  }
  return "none";
}

/// Rows about the bridge's own doing: no recording of a car can confirm them.
bool is_of_the_car(const Row& row) { return row.topic != Topic::diagnostics; }

/// `enum: a, b` or the plain class.
std::string class_text(std::string_view device_class, std::string_view options) {
  std::string text(or_dash(device_class));
  std::string_view separator = ": ";
  for (const std::string_view option : option_list(options)) {
    text += fmt::format("{}{}", separator, option);
    separator = ", ";
  }
  return text;
}

std::string line(const Row& row) {
  return fmt::format(
      "| {} | `{}` | {} | {} | {}{} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
      vehicle::to_string(row.platform), row.id, row.name.empty() ? "(the car's name)" : row.name,
      class_text(row.device_class, row.options), or_dash(row.state_class),
      row.has_last_reset ? "*" : "", or_dash(row.unit), or_dash(row.category), yes_no(row.enabled),
      letters(row.cars), is_of_the_car(row) ? vehicle::to_string(row.source) : "bridge",
      to_string(row.announce), is_of_the_car(row) ? yes_no(row.confirmed) : "–", row.meaning);
}

std::string payloads(const CommandRow& row) {
  if (row.platform == Platform::time) return "a time";
  std::string text;
  for (const Ask& ask : row.taken()) {
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", ask.payload);
  }
  return text;
}

std::string line(const CommandRow& row) {
  std::string flags;
  for (const auto flag : option_list(row.flags)) {
    flags += fmt::format("{}`{}`", flags.empty() ? "" : ", ", flag);
  }
  return fmt::format("| {} | `{}` | {} | {} | `{}` | {} | {} | {} | {} | {} |\n",
                     vehicle::to_string(row.platform), row.id, shown_name(row),
                     or_dash(row.category), to_string(row.allow), letters(row.cars), or_dash(flags),
                     payloads(row), yes_no(row.confirmed), row.meaning);
}

std::string line(const BridgeRow& row) {
  return fmt::format(
      "| {} | `{}` | {} | {} | {} | {} | {} | {} | {} |\n", vehicle::to_string(row.platform),
      row.id, row.name, class_text(row.device_class, row.options), or_dash(row.state_class),
      or_dash(row.category), yes_no(row.enabled), yes_no(row.per_account), row.meaning);
}

OrderedJson text_or_null(std::string_view text) {
  return text.empty() ? OrderedJson() : OrderedJson(text);
}

/// The name in every language but English; null for an entity that takes its device's.
OrderedJson names(std::string_view english) {
  OrderedJson found = OrderedJson::object();
  if (english.empty()) return nullptr;
  for (const Language language : kLanguages) {
    if (language == Language::en) continue;
    found[std::string(to_string(language))] = in_language(english, language);
  }
  return found;
}

/// Every option of a sensor with what Home Assistant shows for it in each language.
OrderedJson words(Platform platform, std::string_view options) {
  OrderedJson found = OrderedJson::object();
  if (platform != Platform::sensor) return found;
  for (const auto option : option_list(options)) {
    for (const Language language : kLanguages) {
      found[std::string(option)][std::string(to_string(language))] = option_name(option, language);
    }
  }
  return found;
}

OrderedJson as_json(const Row& row) {
  return {{"id", row.id},
          {"platform", vehicle::to_string(row.platform)},
          {"name", text_or_null(row.name)},
          {"names", names(row.name)},
          {"device_class", text_or_null(row.device_class)},
          {"state_class", text_or_null(row.state_class)},
          {"last_reset", row.has_last_reset},
          {"icon", text_or_null(icon_of(row.id))},
          {"unit", text_or_null(row.unit)},
          {"category", text_or_null(row.category)},
          {"options", option_list(row.options)},
          {"words", words(row.platform, row.options)},
          {"enabled", row.enabled},
          {"cars", letters(row.cars)},
          {"source", is_of_the_car(row) ? OrderedJson(vehicle::to_string(row.source))
                                        : OrderedJson("bridge")},
          {"announced", to_string(row.announce)},
          {"topic", to_string(row.topic)},
          {"confirmed", is_of_the_car(row) ? OrderedJson(row.confirmed) : OrderedJson()},
          {"meaning", row.meaning}};
}

OrderedJson as_json(const CommandRow& row) {
  OrderedJson payloads = OrderedJson::array();
  for (const Ask& ask : row.taken()) {
    if (!ask.payload.empty()) payloads.push_back(ask.payload);
  }
  return {{"id", row.id},
          {"platform", vehicle::to_string(row.platform)},
          {"name", shown_name(row)},
          {"names", names(row.name)},
          {"category", text_or_null(row.category)},
          {"allow", to_string(row.allow)},
          {"cars", letters(row.cars)},
          {"flags", option_list(row.flags)},
          {"payloads", std::move(payloads)},
          {"confirmed", row.confirmed},
          {"meaning", row.meaning}};
}

OrderedJson as_json(const BridgeRow& row) {
  return {{"id", row.id},
          {"platform", vehicle::to_string(row.platform)},
          {"name", row.name},
          {"names", names(row.name)},
          {"device_class", text_or_null(row.device_class)},
          {"state_class", text_or_null(row.state_class)},
          {"category", text_or_null(row.category)},
          {"options", option_list(row.options)},
          {"words", words(row.platform, row.options)},
          {"enabled", row.enabled},
          {"per_account", row.per_account},
          {"meaning", row.meaning}};
}

/// Every option of an enumeration once, in the order of the catalogue.
std::string word_table() {
  std::vector<std::string_view> options;
  const auto add = [&options](Platform platform, std::string_view listed) {
    for (const auto option : option_list(listed)) {
      const bool known = std::ranges::find(options, option) != options.end();
      if (platform == Platform::sensor && option != "unknown" && !known) options.push_back(option);
    }
  };
  for (const Row& row : catalogue()) add(row.platform, row.options);
  for (const BridgeRow& row : bridge_catalogue()) add(row.platform, row.options);
  std::string text(kWordsHeading);
  for (const auto option : options) {
    text += fmt::format("| `{}` |", option);
    for (const Language language : kLanguages) {
      if (language != Language::en) text += fmt::format(" {} |", option_name(option, language));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string catalogue_markdown() {
  std::string text(kIntroduction);
  for (const Row& row : catalogue()) text += line(row);
  text += kCommandHeading;
  for (const CommandRow& row : command_catalogue()) text += line(row);
  text += kBridgeHeading;
  for (const BridgeRow& row : bridge_catalogue()) text += line(row);
  text += word_table();
  text += kMeaning;
  return text;
}

std::string catalogue_json() {
  OrderedJson document = {{"car", OrderedJson::array()},
                          {"commands", OrderedJson::array()},
                          {"bridge", OrderedJson::array()}};
  for (const Row& row : catalogue()) document["car"].push_back(as_json(row));
  for (const CommandRow& row : command_catalogue()) document["commands"].push_back(as_json(row));
  for (const BridgeRow& row : bridge_catalogue()) document["bridge"].push_back(as_json(row));
  return document.dump(2) + "\n";
}

}  // namespace toyota2mqtt::vehicle
