#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::vehicle {

/// A value on its way out: our own type, never JSON. `monostate` = unknown.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, base::Time,
                           std::chrono::year_month_day>;

struct Reading {
  Value value;
  std::optional<base::Time> measured_at = {};  ///< the car's time
  std::optional<base::Time> last_reset = {};   ///< rows with `total` and last_reset only
  std::optional<Source> source = {};           ///< where it comes from; nullopt = none or several
};

enum class Platform : std::uint8_t {
  sensor,
  binary_sensor,
  device_tracker,
  event,
  image,
  button,
  switch_,
  lock,
  climate,
  time
};
std::string_view to_string(Platform platform);

/// Which document carries the row's value.
enum class Topic : std::uint8_t { state, diagnostics, location, picture, event, none };

/// Sets of drives for the "cars" column of docs/entities.md.
enum class Cars : std::uint8_t { all, electric /*EP*/, plug_in /*P*/, fuel /*PHI*/, hybrid /*PH*/ };

/// When a row is announced for a car of the right drive.
enum class Announce : std::uint8_t {
  always,           ///< it can be known for every car
  source_answered,  ///< once `source` has answered for this car
  value_reported,   ///< once the value itself was reported (then it stays)
  abrp_used,
};

/// Further facts about an entity, for people: name and text. Empty texts are shown as unknown.
using Attributes = std::vector<std::pair<std::string_view, std::string>>;

/// One entity of docs/entities.md, which is printed from these rows.
struct Row {
  std::string_view id = {};
  Platform platform = Platform::sensor;
  std::string_view name = {};  ///< empty = takes the device's name
  std::string_view device_class = {};
  std::string_view state_class = {};  ///< measurement, total
  std::string_view unit = {};
  std::string (*unit_of)(const Car&) = nullptr;  ///< instead of `unit`, where the owner decides it
  std::string_view category = {};                ///< diagnostic, config
  std::string_view options = {};                 ///< enum: comma-separated; event: its event types
  bool enabled = true;                           ///< enabled by default
  Cars cars = Cars::all;
  Announce announce = Announce::value_reported;
  Source source = Source::telemetry;  ///< for its time
  Topic topic = Topic::state;
  bool has_last_reset = false;
  int precision = -1;      ///< suggested_display_precision; -1 = none
  bool confirmed = false;  ///< a recording of a real car shows it
  Reading (*read)(const Car&, const base::Zone&) = nullptr;  ///< null for rows without a state
  Attributes (*attributes)(const Car&) = nullptr;            ///< `<id>_attributes` in a document
  /// Which document carries the attributes; `none` = the one with the value. Bridge-side facts
  /// about a value of the car go to `diagnostics`, so that they do not republish its state.
  Topic attributes_topic = Topic::none;
  std::string_view meaning = {};  ///< one sentence for docs/entities.md
};

/// The document in which the attributes of a row stand.
constexpr Topic attributes_topic(const Row& row) {
  return row.attributes_topic == Topic::none ? row.topic : row.attributes_topic;
}

/// Every row, in the order of docs/entities.md.
std::span<const Row> catalogue();
/// `options` of a row, split at the commas.
std::vector<std::string_view> option_list(std::string_view options);
/// nullptr when there is none.
const Row* find_row(std::string_view id);
/// Whether the row is announced for this car now. What was once announced stays until the cloud
/// refuses the source that said it (then `Evidence::refused` holds that source).
bool applies(const Row& row, const Car& car);
/// Whether the "cars" column fits the drive; for a drive still unknown, everything does.
bool fits(Cars cars, Drive drive);
/// One value of a car, as it travels to an interface that prints it.
struct EntityValue {
  std::string_view id = {};
  Value value = {};
  std::string unit = {};                       ///< empty = none
  std::optional<base::Time> measured_at = {};  ///< by the car's clock
  std::optional<Position> position = {};       ///< instead of `value`, of `location` alone
};
using RowFilter = bool (*)(const Row&);
/// The values of all rows of the state document and the location that apply to the car now, in the
/// order of the catalogue; with `wanted`, only those that it accepts. Holds the position of the
/// car.
std::vector<EntityValue> values_of(const Car& car, const base::Zone& zone,
                                   RowFilter wanted = nullptr);
/// The same of what the bridge says of itself about the car (`Topic::diagnostics`).
std::vector<EntityValue> diagnostics_of(const Car& car, const base::Zone& zone);
/// Adds the ids of all rows that have a value now to `evidence.reported`.
Evidence record_reported(Evidence evidence, const Car& car, const base::Zone& zone);
/// docs/entities.md, and `entities --format json`.
std::string catalogue_markdown();
std::string catalogue_json();

/// A row of the bridge device (docs/entities.md, "Bridge"). Rows with `per_account` are repeated.
struct BridgeRow {
  std::string_view id = {};
  Platform platform = Platform::sensor;
  std::string_view name = {};
  std::string_view device_class = {};
  std::string_view state_class = {};
  std::string_view category = {};
  std::string_view options = {};
  bool enabled = true;
  bool per_account = false;
  bool attributes = false;  ///< stand beside its state, as `<id>_attributes`
  std::string_view meaning = {};
};
std::span<const BridgeRow> bridge_catalogue();

}  // namespace toyota2mqtt::vehicle
