#include "home_assistant/command_components.hpp"

#include <fmt/format.h>

#include <cmath>

#include "toyota2mqtt/vehicle/command_input.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

using vehicle::CommandRow;
using vehicle::Platform;

/// The code goes along as typed, or as an empty text: Home Assistant leaves it undefined when the
/// action was called without one.
constexpr const char* kCodeTemplate =
    "{{ {'action': value, 'code': code | default('', true)} | tojson }}";
/// Any text: the bridge alone judges it. An empty one lets automations lock without a code.
constexpr const char* kCodeFormat = "^.{0,64}$";

constexpr double kHalfDegree = 0.5;
constexpr double kTenthOfDegree = 0.1;

/// 18 rather than 18.0.
Json whole_if_it_is(double value) {
  if (std::trunc(value) == value) return static_cast<int>(value);
  return value;
}

void put_lock(Json& component, const CommandRow& row, const std::string& state,
              const vehicle::Car& car) {
  component["state_topic"] = state;
  component["value_template"] = plain_template(row.id);
  if (!car.commands.asks_code) return;
  component["code_format"] = kCodeFormat;
  component["command_template"] = kCodeTemplate;
}

/// `none` is Home Assistant's own word for "no preset", and stands in no list.
void put_presets(Json& component, vehicle::Language language) {
  constexpr std::string_view kPresets = "front_defrost,rear_defrost,both_defrost";
  component["preset_modes"] = option_words(kPresets, language);
  component["preset_mode_value_template"] = plain_template("climate_preset");
  if (language == vehicle::Language::en) return;
  Json shown = {{"none", "none"}};
  Json meant = Json::object();
  for (const auto preset : vehicle::option_list(kPresets)) {
    const auto word = vehicle::option_name(preset, language);
    shown[std::string(preset)] = word;
    meant[std::string(word)] = preset;
  }
  component["preset_mode_value_template"] =
      fmt::format("{{{{ {}.get(value_json.climate_preset, 'None') }}}}", json_io::to_text(shown));
  component["preset_mode_command_template"] =
      fmt::format("{{{{ {}.get(value, value) }}}}", json_io::to_text(meant));
}

void put_climate(Json& component, const Settings& settings, const vehicle::Car& car,
                 const std::string& state) {
  const auto take = [&](const char* key, const char* attribute) {
    component[key] = car_topic(settings, car, fmt::format("climate/{}/set", attribute));
  };
  const auto show = [&](const char* topic_key, const char* template_key, const char* value) {
    component[topic_key] = state;
    component[template_key] = plain_template(value);
  };
  component["modes"] = {"off", "heat_cool"};
  take("mode_command_topic", "mode");
  show("mode_state_topic", "mode_state_template", "climate_mode");
  take("temperature_command_topic", "temperature");
  show("temperature_state_topic", "temperature_state_template", "climate_temperature");
  show("current_temperature_topic", "current_temperature_template", "climate_current_temperature");
  show("action_topic", "action_template", "climate_action");
  put_presets(component, settings.language);
  take("preset_mode_command_topic", "preset");
  component["preset_mode_state_topic"] = state;
  const auto limits = vehicle::climate_limits(car);
  component["min_temp"] = whole_if_it_is(limits.lowest.value);
  component["max_temp"] = whole_if_it_is(limits.highest.value);
  component["temp_step"] = whole_if_it_is(limits.step);
  component["precision"] = limits.step < kHalfDegree ? kTenthOfDegree : kHalfDegree;
  component["temperature_unit"] = "C";
  component["json_attributes_topic"] = state;
  component["json_attributes_template"] = "{{ value_json.climate_attributes | tojson }}";
  put_delivery(component);
}

Json on_off_or_null(const std::optional<bool>& value) {
  return value ? Json(*value ? "on" : "off") : Json();
}

Json climate_attributes(const vehicle::ClimateOptions& options) {
  Json attributes = {{"duration", options.duration ? Json(options.duration->count()) : Json()},
                     {"front_defroster", on_off_or_null(options.front_defroster)},
                     {"rear_defogger", on_off_or_null(options.rear_defogger)},
                     {"steering_heater", on_off_or_null(options.steering_heater)}};
  for (const auto seat : vehicle::kAllSeats) {
    const auto& heat = options.seat(seat);
    attributes[fmt::format("seat_{}", vehicle::to_string(seat))] =
        heat ? Json(vehicle::to_string(*heat)) : Json();
  }
  return attributes;
}

void put_climate_states(Json& values, const vehicle::Car& car) {
  const auto shown = vehicle::climate_values(car);
  const auto& target = shown.options.temperature;
  const auto& inside = car.state.inside_temperature;
  values["climate_mode"] = to_json(shown.mode);
  values["climate_action"] = to_json(shown.action);
  values["climate_temperature"] = target ? to_json(target->value) : Json();
  values["climate_current_temperature"] = inside ? to_json(inside->value.value) : Json();
  values["climate_preset"] = to_json(shown.preset);
  values["climate_attributes"] = climate_attributes(shown.options);
}

/// A press costs the car's battery something: the button shows how many are left today.
void put_price(Json& component, const Settings& settings, const vehicle::Car& car) {
  component["json_attributes_topic"] = car_topic(settings, car, "diagnostics");
  component["json_attributes_template"] = "{{ value_json.wakes_today_attributes | tojson }}";
}

}  // namespace

Json command_component(const CommandRow& row, const Settings& settings, const vehicle::Car& car,
                       const std::string& stem) {
  const std::string state = car_topic(settings, car, "state");
  Json component = common({.platform = row.platform,
                           .id = row.id,
                           .unique_id = fmt::format("{}_{}", car.identity.id.text, row.id),
                           .name = vehicle::shown_name(row, car, settings.language),
                           .entity_id = fmt::format("{}_{}", stem, row.id)});
  if (!row.category.empty()) component["entity_category"] = row.category;
  switch (row.platform) {
    case Platform::lock: put_lock(component, row, state, car); break;
    case Platform::climate: put_climate(component, settings, car, state); return component;
    case Platform::switch_:
      component["state_topic"] = state;
      component["value_template"] = on_off_template(row.id);
      break;
    case Platform::time:
      component["state_topic"] = state;
      component["value_template"] = plain_template(fmt::format("{}_time", row.id));
      break;
    case Platform::button:
      if (row.id == "refresh") put_price(component, settings, car);
      break;
    default: break;
  }
  put_command(component, car_topic(settings, car, fmt::format("{}/set", row.id)));
  return component;
}

void put_command_components(Json& components, const Settings& settings, const vehicle::Car& car,
                            const std::string& stem) {
  for (const CommandRow& row : vehicle::command_catalogue()) {
    if (row.platform == Platform::time) continue;
    const std::string id(row.id);
    if (vehicle::offered(row, car)) {
      // A row of the catalogue with this id describes the entity more fully.
      if (!components.contains(id)) components[id] = command_component(row, settings, car, stem);
      continue;
    }
    components.erase(id);
    if (car.evidence.announced.contains(id)) {
      components[id] = {{"platform", vehicle::to_string(row.platform)}};
    }
  }
}

void put_command_states(Json& values, const vehicle::Car& car) {
  for (const CommandRow& row : vehicle::command_catalogue()) {
    if (!vehicle::offered(row, car)) continue;
    if (row.id == "doors") values["doors"] = to_json(vehicle::lock_value(car));
    if (row.id == "trunk") values["trunk"] = to_json(vehicle::trunk_value(car));
    if (row.id == "climate") put_climate_states(values, car);
    if (row.id == "charge_schedule") {
      values["charge_schedule"] = to_json(vehicle::charge_schedule_value(car));
    }
    if (row.platform == Platform::time) {
      values[fmt::format("{}_time", row.id)] =
          to_json(vehicle::charge_time_value(car, row.id == "charge_end"));
    }
  }
}

}  // namespace toyota2mqtt::home_assistant
