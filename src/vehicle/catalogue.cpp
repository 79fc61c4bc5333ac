#include "toyota2mqtt/vehicle/catalogue.hpp"

#include <algorithm>
#include <ranges>
#include <string>

namespace toyota2mqtt::vehicle {
namespace {

bool known(const Reading& reading) {
  return !std::holds_alternative<std::monostate>(reading.value);
}

/// Charging comes with the electric status, for some cars with the telemetry.
bool charging_was_reported(const Car& car) {
  return car.state.charging_status || car.evidence.reported.contains("charging_status");
}

bool answered(const Row& row, const Car& car) {
  return car.evidence.answered.contains(row.source) ||
         (row.source == Source::electric && charging_was_reported(car));
}

bool refused(const Row& row, const Car& car, const Reading& now) {
  Source source = now.source.value_or(row.source);
  if (!known(now) && row.source == Source::electric && car.state.charging_status) {
    source = car.state.charging_status->source;
  }
  return car.evidence.refused.contains(source);
}

constexpr auto kBridgeRows = std::to_array<BridgeRow>({
    {.id = "status",
     .name = "Account",
     .device_class = "enum",
     .options = "ok,set_up,credentials_rejected,action_required,rate_limited,unreachable",
     .per_account = true,
     .attributes = true,
     .meaning =
         "The state of the account; the attributes say since when, why, what helps, and when the "
         "next attempt comes."},
    {.id = "try_again",
     .platform = Platform::button,
     .name = "Try again",
     .category = "config",
     .per_account = true,
     .meaning = "Allows one more attempt of a rejected sign-in."},
    {.id = "cloud",
     .platform = Platform::binary_sensor,
     .name = "Cloud",
     .device_class = "connectivity",
     .category = "diagnostic",
     .meaning =
         "On while every account can be read; off when the cloud cannot be reached, refuses an "
         "account or demands a pause."},
    {.id = "configuration",
     .platform = Platform::binary_sensor,
     .name = "Configuration",
     .device_class = "problem",
     .category = "diagnostic",
     .attributes = true,
     .meaning =
         "On while the changed configuration has a mistake and the previous one is in use; the "
         "attributes name the mistake."},
    {.id = "last_error",
     .name = "Last error",
     .category = "diagnostic",
     .enabled = false,
     .meaning = "The last thing that went wrong, in one sentence."},
    {.id = "requests_today",
     .name = "Requests today",
     .state_class = "total_increasing",
     .category = "diagnostic",
     .meaning = "How often the cloud was asked since midnight."},
    {.id = "unknown_values",
     .name = "Unknown values",
     .state_class = "total_increasing",
     .category = "diagnostic",
     .enabled = false,
     .meaning = "How many values of the cloud were not understood since midnight."},
    {.id = "started",
     .name = "Started",
     .device_class = "timestamp",
     .category = "diagnostic",
     .enabled = false,
     .meaning = "When the bridge was started."},
});

EntityValue value_of(const Row& row, const Car& car, const base::Zone& zone) {
  auto reading = row.read(car, zone);
  return {.id = row.id,
          .value = std::move(reading.value),
          .unit = row.unit_of != nullptr ? row.unit_of(car) : std::string(row.unit),
          .measured_at = reading.measured_at};
}

EntityValue location_of(const Row& row, const Car& car) {
  EntityValue location{.id = row.id, .unit = "°"};
  if (const auto& position = car.state.position) {
    location.position = position->value;
    location.measured_at = position->at;
  }
  return location;
}

}  // namespace

std::string_view to_string(Platform platform) {
  switch (platform) {
    case Platform::sensor: return "sensor";
    case Platform::binary_sensor: return "binary_sensor";
    case Platform::device_tracker: return "device_tracker";
    case Platform::event: return "event";
    case Platform::image: return "image";
    case Platform::button: return "button";
    case Platform::switch_: return "switch";
    case Platform::lock: return "lock";
    case Platform::climate: return "climate";
    case Platform::time: return "time";
  }
  return "sensor";
}

std::span<const BridgeRow> bridge_catalogue() { return kBridgeRows; }

std::vector<std::string_view> option_list(std::string_view options) {
  std::vector<std::string_view> list;
  while (!options.empty()) {
    const std::size_t comma = std::min(options.find(','), options.size());
    list.push_back(options.substr(0, comma));
    options.remove_prefix(std::min(comma + 1, options.size()));
  }
  return list;
}

const Row* find_row(std::string_view id) {
  const auto rows = catalogue();
  const auto found = std::ranges::find(rows, id, &Row::id);
  return found == rows.end() ? nullptr : &*found;
}

bool fits(Cars cars, Drive drive) {
  if (drive == Drive::unknown) return true;
  switch (cars) {
    case Cars::all: return true;
    case Cars::electric: return drive == Drive::bev || drive == Drive::phev;
    case Cars::plug_in: return drive == Drive::phev;
    case Cars::fuel: return drive != Drive::bev;
    case Cars::hybrid: return drive == Drive::phev || drive == Drive::hev;
  }
  return false;
}

bool applies(const Row& row, const Car& car) {
  const Drive drive = drive_of(car.identity, car.evidence);
  if (!fits(row.cars, drive)) return false;
  if (row.announce == Announce::always) return true;
  if (row.announce == Announce::abrp_used) return car.uses_abrp;

  const Reading now = row.read == nullptr ? Reading{} : row.read(car, base::Zone::utc());
  // Home Assistant logs an error for an image whose address is unknown.
  if (row.platform == Platform::image) return known(now);
  if (refused(row, car, now)) return false;
  // What the drive decides waits for the drive: a battery level alone may be a BEV's.
  const bool guessing = drive == Drive::unknown;
  if (guessing && (row.cars == Cars::plug_in || row.cars == Cars::hybrid)) return false;
  if (known(now) || car.evidence.reported.contains(std::string(row.id))) return true;
  if (guessing && row.cars != Cars::all) return false;
  return row.announce == Announce::source_answered && answered(row, car);
}

std::vector<EntityValue> values_of(const Car& car, const base::Zone& zone, RowFilter wanted) {
  std::vector<EntityValue> values;
  for (const Row& row : catalogue()) {
    if (wanted != nullptr && !wanted(row)) continue;
    if (!applies(row, car)) continue;
    if (row.topic == Topic::location) {
      values.push_back(location_of(row, car));
    } else if (row.topic == Topic::state && row.read != nullptr) {
      values.push_back(value_of(row, car, zone));
    }
  }
  return values;
}

std::vector<EntityValue> diagnostics_of(const Car& car, const base::Zone& zone) {
  std::vector<EntityValue> values;
  for (const Row& row : catalogue()) {
    if (row.topic != Topic::diagnostics || row.read == nullptr || !applies(row, car)) continue;
    values.push_back(value_of(row, car, zone));
  }
  return values;
}

Evidence record_reported(Evidence evidence, const Car& car, const base::Zone& zone) {
  for (const Row& row : catalogue()) {
    const bool by_report =
        row.announce == Announce::value_reported || row.announce == Announce::source_answered;
    if (by_report && row.read != nullptr && known(row.read(car, zone))) {
      evidence.reported.emplace(row.id);
    }
  }
  return evidence;
}

}  // namespace toyota2mqtt::vehicle
