#include "home_assistant/dashboard.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "home_assistant/json.hpp"
#include "home_assistant/text.hpp"
#include "toyota2mqtt/home_assistant/dashboard.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

using vehicle::Language;

constexpr int kHistoryHours = 48;
constexpr int kStatisticsDays = 30;
constexpr int kMaxColumns = 4;

constexpr std::string_view kHeader =
    R"(# A dashboard of stock cards, made by toyota2mqtt from what it announced to Home Assistant.
# Paste it into the raw configuration editor of a dashboard (docs/home-assistant.md).
# An entity that you renamed is still called here as it was announced: change it here, too.
)";

using Entities = std::vector<const PublishedEntity*>;

Entities entities_of(std::string_view ids, const PublishedDevice& device) {
  Entities found;
  for (const std::string_view id : vehicle::option_list(ids)) {
    const auto entity = std::ranges::find(device.entities, id, &PublishedEntity::id);
    if (entity != device.entities.end()) found.push_back(&*entity);
  }
  return found;
}

/// The view's title names the car already: a card is called as its entity is without it.
Json named(const PublishedEntity& entity, Json card) {
  card["entity"] = entity.entity_id;
  if (!entity.name.empty()) card["name"] = entity.name;
  return card;
}

Json tile(const PublishedEntity& entity) { return named(entity, {{"type", "tile"}}); }

Json lines(const Entities& entities) {
  Json list = Json::array();
  for (const auto* entity : entities) list.push_back(named(*entity, Json::object()));
  return list;
}

Json condition(std::string_view entity_id, const char* key, std::string_view state) {
  return {{"condition", "state"}, {"entity", entity_id}, {key, state}};
}

Json whole_width() { return {{"columns", "full"}}; }

/// Without colours: a gauge does not know how old its value is, and what is old must not be green.
Json gauge(const PublishedEntity& entity) {
  Json card = named(entity, {{"type", "gauge"}});
  card["min"] = 0;
  card["max"] = 100;
  return card;
}

/// A list across the whole width.
Json wide(const char* type, Json entities) {
  return {{"type", type}, {"entities", std::move(entities)}, {"grid_options", whole_width()}};
}

/// The card without its condition; null when nothing of it was announced.
Json plain_card(const CardSpec& spec, const PublishedDevice& device, Language language) {
  const Entities entities = entities_of(spec.ids, device);
  if (entities.empty()) return nullptr;
  switch (spec.kind) {
    case CardKind::tile: return tile(*entities.front());
    case CardKind::gauge: return gauge(*entities.front());
    case CardKind::map: return wide("map", lines(entities));
    case CardKind::entities: return wide("entities", lines(entities));
    case CardKind::history: {
      Json graph = wide("history-graph", lines(entities));
      graph["hours_to_show"] = kHistoryHours;
      return graph;
    }
    case CardKind::statistics: {
      Json graph = wide("statistics-graph", lines(entities));
      graph["title"] = vehicle::in_language("Distance per day", language);
      graph["chart_type"] = "bar";
      graph["period"] = "day";
      graph["days_to_show"] = kStatisticsDays;
      graph["stat_types"] = Json::array({"change"});
      return graph;
    }
  }
  return nullptr;
}

Json card(const CardSpec& spec, const PublishedDevice& device, Language language) {
  Json result = plain_card(spec, device, language);
  if (result.is_null() || spec.only_while_on.empty()) return result;
  const Entities watched = entities_of(spec.only_while_on, device);
  if (watched.empty()) return nullptr;
  result["visibility"] = Json::array({condition(watched.front()->entity_id, "state", "on")});
  return result;
}

/// Appends the section unless it would be empty.
void add_section(Json& sections, std::string_view title, std::string_view icon, Json cards) {
  if (cards.empty()) return;
  cards.insert(cards.begin(), Json{{"type", "heading"}, {"heading", title}, {"icon", icon}});
  sections.push_back({{"type", "grid"}, {"cards", std::move(cards)}});
}

bool is_of(const PublishedEntity& entity, std::string_view platform) {
  return entity.entity_id.starts_with(fmt::format("{}.", platform));
}

/// What the car takes commands for. Buttons stand in a list, where nothing starts by a touch in
/// passing.
Json remote_cards(const PublishedDevice& device) {
  Json cards = Json::array();
  Entities rows;
  for (const auto& entity : device.entities) {
    if (is_of(entity, "lock")) {
      cards.push_back(tile(entity));
      cards.back()["features"] = Json::array({{{"type", "lock-commands"}}});
    } else if (is_of(entity, "climate")) {
      cards.push_back(tile(entity));
      cards.back()["features"] =
          Json::array({{{"type", "climate-hvac-modes"}}, {{"type", "target-temperature"}}});
    } else if (is_of(entity, "button") || (is_of(entity, "switch") && entity.id != "reading")) {
      rows.push_back(&entity);
    }
  }
  if (!rows.empty()) cards.push_back(wide("entities", lines(rows)));
  return cards;
}

Json view(const PublishedDevice& device, Json sections) {
  return {{"title", device.name},
          {"path", slug(device.name)},
          {"type", "sections"},
          {"max_columns", kMaxColumns},
          {"sections", std::move(sections)}};
}

/// Without an icon, in the place of which Home Assistant shows the title: cars are told apart by
/// their names.
Json car_view(const PublishedDevice& device, Language language) {
  Json sections = Json::array();
  for (const SectionSpec& spec : car_sections()) {
    Json cards = Json::array();
    for (const CardSpec& wanted : spec.cards) {
      Json made = card(wanted, device, language);
      if (!made.is_null()) cards.push_back(std::move(made));
    }
    add_section(sections, vehicle::in_language(spec.title, language), spec.icon, std::move(cards));
  }
  add_section(sections, vehicle::in_language("Remote control", language), "mdi:remote",
              remote_cards(device));
  return view(device, std::move(sections));
}

/// What the owner has to do, shown only while an account is not well.
Json remedy_card(const std::string& status, Language language) {
  return {{"type", "markdown"},
          {"content", fmt::format("{{{{ state_attr('{0}', 'account') }}}}: "
                                  "{{{{ state_attr('{0}', 'remedy') or states('{0}') }}}}",
                                  status)},
          {"visibility",
           Json::array({condition(status, "state_not", vehicle::option_name("ok", language))})},
          {"grid_options", whole_width()}};
}

Json bridge_view(const PublishedDevice& device, Language language) {
  Json accounts = Json::array();
  Entities rest;
  for (const auto& entity : device.entities) {
    if (is_of(entity, "sensor") && entity.id.starts_with("status_")) {
      accounts.push_back(tile(entity));
      accounts.push_back(remedy_card(entity.entity_id, language));
    } else {
      rest.push_back(&entity);
    }
  }
  Json list = Json::array();
  if (!rest.empty()) list.push_back(wide("entities", lines(rest)));
  Json sections = Json::array();
  add_section(sections, vehicle::in_language("Accounts", language), "mdi:account",
              std::move(accounts));
  add_section(sections, vehicle::in_language("Bridge", language), "mdi:bridge", std::move(list));
  Json made = view(device, std::move(sections));
  made["icon"] = "mdi:bridge";
  return made;
}

/// Words that YAML 1.1 reads as something else than text.
bool is_a_word_of_yaml(std::string_view text) {
  constexpr std::array<std::string_view, 9> kWords = {"on", "off",  "yes",   "no",  "y",
                                                      "n",  "true", "false", "null"};
  return std::ranges::find(kWords, text) != kWords.end();
}

bool is_plain(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  };
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         std::ranges::all_of(text, plain) && !is_a_word_of_yaml(text);
}

void emit(YAML::Emitter& out, const Json& node) {
  if (node.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, value] : node.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, value);
    }
    out << YAML::EndMap;
  } else if (node.is_array()) {
    out << YAML::BeginSeq;
    for (const Json& value : node) emit(out, value);
    out << YAML::EndSeq;
  } else if (node.is_string()) {
    const auto& text = node.get_ref<const std::string&>();
    if (!is_plain(text)) out << YAML::DoubleQuoted;
    out << text;
  } else {
    out << json_io::to_text(node);
  }
}

/// Home Assistant finds a view by its path, so it must be there once and must not be a number.
void settle_paths(Json& views) {
  std::set<std::string> taken;
  for (Json& it : views) {
    auto path = it["path"].get<std::string>();
    if (path.empty() || std::ranges::all_of(path, [](char c) { return c >= '0' && c <= '9'; })) {
      path.insert(0, path.empty() ? "car" : "car-");
    }
    const auto wanted = path;
    for (int number = 2; !taken.insert(path).second; ++number) {
      path = fmt::format("{}-{}", wanted, number);
    }
    it["path"] = path;
  }
}

/// A car that shares its name carries the number that stands in its ids: "Yaris 2".
void tell_apart(PublishedDevice& device) {
  const auto stem = slug(device.name) + "_";
  if (device.is_bridge || device.entities.empty()) return;
  const auto& entity = device.entities.front();
  const auto dot = entity.entity_id.find('.');
  auto rest = std::string_view(entity.entity_id).substr(dot == std::string::npos ? 0 : dot + 1);
  if (!rest.starts_with(stem)) return;
  rest.remove_prefix(stem.size());
  const auto number = rest.substr(0, rest.find('_'));
  const bool is_number =
      !number.empty() && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  if (is_number) device.name += fmt::format(" {}", number);
}

}  // namespace

std::string dashboard_yaml(std::vector<PublishedDevice> devices, Language language) {
  for (auto& device : devices) tell_apart(device);
  std::ranges::sort(devices, [](const auto& a, const auto& b) {
    return std::pair(a.is_bridge, std::string_view(a.name)) <
           std::pair(b.is_bridge, std::string_view(b.name));
  });
  Json views = Json::array();
  for (const auto& device : devices) {
    views.push_back(device.is_bridge ? bridge_view(device, language) : car_view(device, language));
  }
  settle_paths(views);
  YAML::Emitter out;
  emit(out, {{"title", vehicle::in_language("Cars", language)}, {"views", std::move(views)}});
  return std::string(kHeader) + out.c_str() + "\n";
}

}  // namespace toyota2mqtt::home_assistant
