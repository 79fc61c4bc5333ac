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

constexpr int kHistoryHours = 48;
constexpr int kStatisticsDays = 30;
constexpr int kMaxColumns = 4;

constexpr std::string_view kHeader =
    R"(# A dashboard of stock cards, made by toyota2mqtt from what it announced to Home Assistant.
# Paste it into the raw configuration editor of a dashboard (docs/home-assistant.md).
# An entity that you renamed is still called here as it was announced: change it here, too.
)";

Json list_of(std::string_view ids, const AnnouncedDevice& device) {
  Json found = Json::array();
  for (const std::string_view id : vehicle::option_list(ids)) {
    const auto entity = std::ranges::find(device.entities, id, &AnnouncedEntity::id);
    if (entity != device.entities.end()) found.push_back(entity->entity_id);
  }
  return found;
}

Json condition(std::string_view entity_id, const char* key, std::string_view state) {
  return {{"condition", "state"}, {"entity", entity_id}, {key, state}};
}

Json whole_width() { return {{"columns", "full"}}; }

/// Without colours: a gauge does not know how old its value is, and what is old must not be green.
Json gauge(const Json& entity_id) {
  return {{"type", "gauge"}, {"entity", entity_id}, {"min", 0}, {"max", 100}};
}

/// The card without its condition; null when nothing of it was announced.
Json plain_card(const CardSpec& spec, const AnnouncedDevice& device) {
  const Json entities = list_of(spec.ids, device);
  if (entities.empty()) return nullptr;
  switch (spec.kind) {
    case CardKind::tile: return {{"type", "tile"}, {"entity", entities.front()}};
    case CardKind::gauge: return gauge(entities.front());
    case CardKind::map:
      return {{"type", "map"}, {"entities", entities}, {"grid_options", whole_width()}};
    case CardKind::entities:
      return {{"type", "entities"}, {"entities", entities}, {"grid_options", whole_width()}};
    case CardKind::history:
      return {{"type", "history-graph"},
              {"hours_to_show", kHistoryHours},
              {"entities", entities},
              {"grid_options", whole_width()}};
    case CardKind::statistics:
      return {{"type", "statistics-graph"},
              {"title", "Distance per day"},
              {"chart_type", "bar"},
              {"period", "day"},
              {"days_to_show", kStatisticsDays},
              {"stat_types", Json::array({"change"})},
              {"entities", entities},
              {"grid_options", whole_width()}};
  }
  return nullptr;
}

Json card(const CardSpec& spec, const AnnouncedDevice& device) {
  Json result = plain_card(spec, device);
  if (result.is_null() || spec.only_while_on.empty()) return result;
  const Json watched = list_of(spec.only_while_on, device);
  if (watched.empty()) return nullptr;
  result["visibility"] =
      Json::array({condition(watched.front().get<std::string>(), "state", "on")});
  return result;
}

/// Appends the section unless it would be empty.
void add_section(Json& sections, std::string_view title, std::string_view icon, Json cards) {
  if (cards.empty()) return;
  cards.insert(cards.begin(), Json{{"type", "heading"}, {"heading", title}, {"icon", icon}});
  sections.push_back({{"type", "grid"}, {"cards", std::move(cards)}});
}

bool is_of(const AnnouncedEntity& entity, std::string_view platform) {
  return entity.entity_id.starts_with(fmt::format("{}.", platform));
}

/// What the car takes commands for. Buttons stand in a list, where nothing starts by a touch in
/// passing.
Json remote_cards(const AnnouncedDevice& device) {
  Json cards = Json::array();
  Json rows = Json::array();
  for (const auto& entity : device.entities) {
    if (is_of(entity, "lock")) {
      cards.push_back({{"type", "tile"},
                       {"entity", entity.entity_id},
                       {"features", Json::array({{{"type", "lock-commands"}}})}});
    } else if (is_of(entity, "climate")) {
      cards.push_back({{"type", "tile"},
                       {"entity", entity.entity_id},
                       {"features", Json::array({{{"type", "climate-hvac-modes"}},
                                                 {{"type", "target-temperature"}}})}});
    } else if (is_of(entity, "button") || (is_of(entity, "switch") && entity.id != "reading")) {
      rows.push_back(entity.entity_id);
    }
  }
  if (!rows.empty()) {
    cards.push_back(
        {{"type", "entities"}, {"entities", std::move(rows)}, {"grid_options", whole_width()}});
  }
  return cards;
}

Json view(const AnnouncedDevice& device, std::string_view icon, Json sections) {
  return {{"title", device.name}, {"path", slug(device.name)},  {"icon", icon},
          {"type", "sections"},   {"max_columns", kMaxColumns}, {"sections", std::move(sections)}};
}

Json car_view(const AnnouncedDevice& device) {
  Json sections = Json::array();
  for (const SectionSpec& spec : car_sections()) {
    Json cards = Json::array();
    for (const CardSpec& wanted : spec.cards) {
      Json made = card(wanted, device);
      if (!made.is_null()) cards.push_back(std::move(made));
    }
    add_section(sections, spec.title, spec.icon, std::move(cards));
  }
  add_section(sections, "Remote control", "mdi:remote", remote_cards(device));
  return view(device, "mdi:car", std::move(sections));
}

/// What the owner has to do, shown only while an account is not well.
Json remedy_card(const std::string& status) {
  return {{"type", "markdown"},
          {"content", fmt::format("{{{{ state_attr('{0}', 'account') }}}}: "
                                  "{{{{ state_attr('{0}', 'remedy') or states('{0}') }}}}",
                                  status)},
          {"visibility", Json::array({condition(status, "state_not", "ok")})},
          {"grid_options", whole_width()}};
}

Json bridge_view(const AnnouncedDevice& device) {
  Json accounts = Json::array();
  Json rest = Json::array();
  for (const auto& entity : device.entities) {
    if (is_of(entity, "sensor") && entity.id.starts_with("status_")) {
      accounts.push_back({{"type", "tile"}, {"entity", entity.entity_id}});
      accounts.push_back(remedy_card(entity.entity_id));
    } else {
      rest.push_back(entity.entity_id);
    }
  }
  Json list = Json::array();
  if (!rest.empty()) {
    list.push_back(
        {{"type", "entities"}, {"entities", std::move(rest)}, {"grid_options", whole_width()}});
  }
  Json sections = Json::array();
  add_section(sections, "Accounts", "mdi:account", std::move(accounts));
  add_section(sections, "Bridge", "mdi:bridge", std::move(list));
  return view(device, "mdi:bridge", std::move(sections));
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
    out << node.dump();
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

}  // namespace

std::string dashboard_yaml(std::vector<AnnouncedDevice> devices) {
  std::ranges::sort(devices, [](const auto& a, const auto& b) {
    return std::pair(a.is_bridge, std::string_view(a.name)) <
           std::pair(b.is_bridge, std::string_view(b.name));
  });
  Json views = Json::array();
  for (const auto& device : devices) {
    views.push_back(device.is_bridge ? bridge_view(device) : car_view(device));
  }
  settle_paths(views);
  YAML::Emitter out;
  emit(out, {{"title", "Cars"}, {"views", std::move(views)}});
  return std::string(kHeader) + out.c_str() + "\n";
}

}  // namespace toyota2mqtt::home_assistant
