#include <cmath>
#include <set>

#include "json/json_io.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::vehicle {

namespace {

using json_io::Json;

constexpr double kSameOdometerKm = 0.05;  // a conversion from miles must not look like movement
constexpr std::size_t kLongestText = std::size_t{64} * 1024;
constexpr int kFormat = 1;

void observe_odometer(Evidence& evidence, const Field<Kilometres>& odometer) {
  if (!odometer || !odometer->at) return;
  const Evidence::Reading reading{.odometer_km = odometer->value.value, .at = *odometer->at};
  if (evidence.latest_odometer && reading.at <= evidence.latest_odometer->at) return;
  const bool changed =
      !evidence.latest_odometer ||
      std::abs(reading.odometer_km - evidence.latest_odometer->odometer_km) > kSameOdometerKm;
  evidence.previous_odometer = evidence.latest_odometer;
  evidence.latest_odometer = reading;
  if (changed) evidence.odometer_changed = reading;
}

Json to_json(const std::optional<Evidence::Reading>& reading) {
  if (!reading) return nullptr;
  return Json{{"km", reading->odometer_km}, {"at", json_io::milliseconds(reading->at)}};
}

Json to_json(const std::set<Source>& sources) {
  auto names = Json::array();
  for (const auto source : sources) names.push_back(to_string(source));
  return names;
}

Json to_json(const std::set<Action>& actions) {
  auto names = Json::array();
  for (const auto action : actions) names.push_back(to_string(action));
  return names;
}

/// Reads one stored text; one wrong type makes all of it invalid, because only this program writes
/// it.
class StoredReader {
 public:
  explicit StoredReader(const Json& root) : root_(root) {}
  [[nodiscard]] bool good() const { return good_; }

  void read(const char* name, bool& value) {
    const Json* node = find(name);
    if (node != nullptr && expect(node->is_boolean())) value = node->get<bool>();
  }
  void read(const char* name, std::optional<base::Time>& value) {
    if (const Json* node = find(name)) value = time(*node);
  }
  void read(const char* name, std::optional<Evidence::Reading>& value) {
    const Json* node = find(name);
    if (node == nullptr) return;
    if (!expect(node->is_object() && node->contains("km") && node->contains("at") &&
                node->at("km").is_number())) {
      return;
    }
    if (const auto at = time(node->at("at"))) {
      value = Evidence::Reading{.odometer_km = node->at("km").get<double>(), .at = *at};
    }
  }
  void read(const char* name, std::set<std::string>& value) {
    for_each_text(name, [&](const std::string& text) { value.insert(text); });
  }
  void read(const char* name, std::set<Source>& value) {
    for_each_text(name, [&](const std::string& text) {
      for (const auto source : kAllSources) {
        if (to_string(source) == text) value.insert(source);
      }
    });
  }
  void read(const char* name, std::set<Action>& value) {
    for_each_text(name, [&](const std::string& text) {
      if (const auto action = parse_action(text)) value.insert(*action);
    });
  }

 private:
  bool expect(bool fact) {
    good_ = good_ && fact;
    return fact;
  }
  const Json* find(const char* name) const {
    const auto* found = json_io::member(root_, name);
    return found == nullptr || found->is_null() ? nullptr : found;
  }
  std::optional<base::Time> time(const Json& node) {
    const auto found = json_io::time_of(node);
    expect(found.has_value());
    return found;
  }
  template <class Use>
  void for_each_text(const char* name, const Use& use) {
    const Json* node = find(name);
    if (node == nullptr || !expect(node->is_array())) return;
    for (const auto& item : *node) {
      if (expect(item.is_string())) use(item.get_ref<const std::string&>());
    }
  }

  const Json& root_;
  bool good_ = true;
};

}  // namespace

Evidence observe(Evidence evidence, const VehicleState& state) {
  if (state.charging_status && state.charging_status->value != ChargingStatus::none) {
    evidence.ever_plugged = true;
  }
  evidence.ever_usable_level |= state.battery_level_usable.has_value();
  evidence.ever_fuel_level |= state.fuel_level.has_value();
  evidence.ever_battery_level |= state.battery_level_reported.has_value();
  observe_odometer(evidence, state.odometer);
  if (state.position && state.position->at &&
      (!evidence.parked_at || *state.position->at > *evidence.parked_at)) {
    evidence.parked_at = state.position->at;
  }
  return evidence;
}

std::string key_of(const Warning& warning) {
  return warning.code.empty() ? warning.text : warning.code;
}

std::string serialize(const Evidence& evidence) {
  Json root{{"format", kFormat},
            {"ever_plugged", evidence.ever_plugged},
            {"ever_usable_level", evidence.ever_usable_level},
            {"ever_fuel_level", evidence.ever_fuel_level},
            {"ever_battery_level", evidence.ever_battery_level},
            {"previous_odometer", to_json(evidence.previous_odometer)},
            {"latest_odometer", to_json(evidence.latest_odometer)},
            {"odometer_changed", to_json(evidence.odometer_changed)},
            {"doubted_odometer", to_json(evidence.doubted_odometer)},
            {"reported", evidence.reported},
            {"announced", evidence.announced},
            {"answered", to_json(evidence.answered)},
            {"refused", to_json(evidence.refused)},
            {"rejected", to_json(evidence.rejected)}};
  if (evidence.warned) root["warned"] = *evidence.warned;
  if (evidence.parked_at) root["parked_at"] = json_io::milliseconds(evidence.parked_at);
  if (evidence.last_trip_end) {
    root["last_trip_end"] = json_io::milliseconds(evidence.last_trip_end);
  }
  return json_io::to_text(root);
}

std::optional<Evidence> parse_evidence(std::string_view text) {
  if (text.size() > kLongestText) return std::nullopt;
  const auto read = json_io::parse_object(text);
  if (!read || json_io::integer_member(*read, "format") != kFormat) return std::nullopt;
  const Json& root = *read;
  Evidence evidence;
  StoredReader stored(root);
  stored.read("ever_plugged", evidence.ever_plugged);
  stored.read("ever_usable_level", evidence.ever_usable_level);
  stored.read("ever_fuel_level", evidence.ever_fuel_level);
  stored.read("ever_battery_level", evidence.ever_battery_level);
  stored.read("previous_odometer", evidence.previous_odometer);
  stored.read("latest_odometer", evidence.latest_odometer);
  stored.read("odometer_changed", evidence.odometer_changed);
  stored.read("doubted_odometer", evidence.doubted_odometer);
  stored.read("parked_at", evidence.parked_at);
  stored.read("last_trip_end", evidence.last_trip_end);
  stored.read("reported", evidence.reported);
  stored.read("announced", evidence.announced);
  stored.read("answered", evidence.answered);
  stored.read("refused", evidence.refused);
  stored.read("rejected", evidence.rejected);
  if (root.contains("warned")) stored.read("warned", evidence.warned.emplace());
  if (!stored.good()) return std::nullopt;
  return evidence;
}

}  // namespace toyota2mqtt::vehicle
