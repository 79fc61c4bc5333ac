#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::vehicle {

// Units as types: a number from the cloud becomes one of these in the decoder and nowhere else.
// Published units never change: km, %, °C, min, L, km/h (docs/mqtt.md, "What is published").

template <class Tag>
struct Quantity {
  double value = 0;
  friend auto operator<=>(const Quantity&, const Quantity&) = default;
};

using Kilometres = Quantity<struct KilometresTag>;
using Percent = Quantity<struct PercentTag>;
using Celsius = Quantity<struct CelsiusTag>;
using Minutes = Quantity<struct MinutesTag>;
using Litres = Quantity<struct LitresTag>;
using KilometresPerHour = Quantity<struct KilometresPerHourTag>;
using LitresPer100Km = Quantity<struct LitresPer100KmTag>;

struct Position {
  double latitude = 0;   ///< degrees, -90 to 90
  double longitude = 0;  ///< degrees, -180 to 180
  friend bool operator==(const Position&, const Position&) = default;
};

/// Where a value came from: one per read route of the cloud (docs/toyota-protocol.md, "Read
/// routes"). The order is the tie-break: of two values with the same time, the later enumerator
/// wins.
enum class Source : std::uint8_t {
  vehicle_list,
  telemetry,
  status,
  electric,
  climate_settings,
  climate_status,
  location,
  health,
  service_history,
  trips,
  notifications,
};
inline constexpr std::array kAllSources = {
    Source::vehicle_list,     Source::telemetry,      Source::status,       Source::electric,
    Source::climate_settings, Source::climate_status, Source::location,     Source::health,
    Source::service_history,  Source::trips,          Source::notifications};
/// The enumerator's name; also the route's name in `fetch`.
std::string_view to_string(Source source);

/// A value and when the *car* measured it. `at` is nullopt when the answer carried no time; then
/// `after` is the time of the value that it replaced.
template <class T>
struct Measured {
  T value{};
  std::optional<base::Time> at;
  Source source = Source::vehicle_list;
  std::optional<base::Time> after = {};
  friend bool operator==(const Measured&, const Measured&) = default;
};

/// nullopt = unknown: never 0, never "open".
template <class T>
using Field = std::optional<Measured<T>>;

/// One answer of one route, while it is written into a state. The rule for every field:
/// the newest car time wins; ties go to the later Source; a newer answer of the same source that
/// lacks the value makes it unknown; a value without a time loses against one of another source
/// that has it, unless that is older than what the value replaced.
class Report {
 public:
  Report(Source source, std::optional<base::Time> at) : source_(source), at_(at) {}

  [[nodiscard]] Source source() const { return source_; }
  [[nodiscard]] std::optional<base::Time> at() const { return at_; }

  template <class T>
  void put(Field<T>& field, std::optional<T> value) const {
    put_at(field, std::move(value), at_);
  }
  /// For a value with a time of its own inside the answer (a door, a window).
  template <class T>
  void put_at(Field<T>& field, std::optional<T> value, std::optional<base::Time> at) const {
    if (field && field->source != source_ && !beats(at, source_, *field)) return;
    if (field && field->source == source_ && at && field->at && *at < *field->at) return;
    if (value) {
      std::optional<base::Time> after;
      if (!at && field) after = field->at ? field->at : field->after;
      field = Measured<T>{.value = std::move(*value), .at = at, .source = source_, .after = after};
    } else if (field && field->source == source_) {
      field.reset();
    }
  }

 private:
  template <class T>
  static bool beats(std::optional<base::Time> at, Source source, const Measured<T>& held) {
    const auto known = held.at ? held.at : held.after;
    if (!held.at && at) return at > known;
    return at != held.at ? at > held.at : source > held.source;
  }

  Source source_;
  std::optional<base::Time> at_;
};

enum class ChargingStatus : std::uint8_t { none, plugged, charging, charge_complete };

/// What a car says about one door: `nullopt` where it says nothing.
struct Door {
  Field<bool> open;
  Field<bool> locked;
  friend bool operator==(const Door&, const Door&) = default;
};

/// The car's next charging event: local wall clock, no zone (docs/toyota-protocol.md, "Charging
/// event").
struct NextCharging {
  std::chrono::weekday day{};
  std::optional<std::chrono::minutes> start;  ///< since local midnight
  std::optional<std::chrono::minutes> end;
  friend bool operator==(const NextCharging&, const NextCharging&) = default;
};

enum class SeatHeat : std::uint8_t { off, low, medium, high };
std::string_view to_string(SeatHeat heat);

/// The seats of the climate control, in the cloud's order (docs/toyota-protocol.md, "Climate").
/// "Rear driver" is the seat behind the driver.
enum class Seat : std::uint8_t { driver, passenger, rear_driver, rear_passenger };
inline constexpr std::array kAllSeats = {Seat::driver, Seat::passenger, Seat::rear_driver,
                                         Seat::rear_passenger};
std::string_view to_string(Seat seat);

/// What the climate control does or shall do; unset = not said, or to be left as it is.
struct ClimateOptions {
  std::optional<Celsius> temperature;
  std::optional<std::chrono::minutes> duration;
  std::optional<bool> front_defroster;
  std::optional<bool> rear_defogger;
  std::optional<bool> steering_heater;
  std::array<std::optional<SeatHeat>, kAllSeats.size()> seats{};

  [[nodiscard]] const std::optional<SeatHeat>& seat(Seat which) const {
    return seats.at(static_cast<std::size_t>(which));
  }
  [[nodiscard]] std::optional<SeatHeat>& seat(Seat which) {
    return seats.at(static_cast<std::size_t>(which));
  }
  friend bool operator==(const ClimateOptions&, const ClimateOptions&) = default;
};
/// What `over` says, and `under` where it says nothing.
ClimateOptions overlaid(const ClimateOptions& under, const ClimateOptions& over);

/// The limits of the climate control's temperature.
struct ClimateLimits {
  Celsius lowest;
  Celsius highest;
  double step = 1;  ///< °C between two settings
  friend bool operator==(const ClimateLimits&, const ClimateLimits&) = default;
};

/// A warning lamp that is lit (docs/toyota-protocol.md, "Health"). Texts are the cloud's; empty =
/// not said.
struct Warning {
  std::string code = {};
  std::string text = {};
  std::string severity = {};
  std::optional<base::Time> at = {};  ///< when the car reported it
  friend bool operator==(const Warning&, const Warning&) = default;
};

struct LastService {
  std::chrono::year_month_day date{};
  std::optional<Kilometres> odometer;
  friend bool operator==(const LastService&, const LastService&) = default;
};

struct Trip {
  std::string id;
  base::Time start{};
  base::Time end{};
  std::optional<Kilometres> distance;
  std::optional<Minutes> duration;
  std::optional<Kilometres> ev_distance;
  std::optional<Litres> fuel;
  std::optional<KilometresPerHour> average_speed;
  std::optional<Percent> score;
  friend bool operator==(const Trip&, const Trip&) = default;
};

/// A trip as a list of trips holds it, with its track where that was asked for.
struct ListedTrip {
  Trip trip;
  std::vector<Position> track = {};
  friend bool operator==(const ListedTrip&, const ListedTrip&) = default;
};

/// Sums over a period of the owner's calendar, and the local midnight at which it began. A sum of
/// which a part is not known is unknown.
struct PeriodTotals {
  base::Time since{};
  std::optional<Kilometres> distance;
  std::optional<Litres> fuel;
  friend bool operator==(const PeriodTotals&, const PeriodTotals&) = default;
};

struct Notification {
  std::string id;
  base::Time at{};
  std::string category;  ///< the cloud's own word, for example "VehicleStatusAlert"
  std::string message;   ///< localised text for the owner; may hold names: never logged
  std::string type;
  std::string status =
      {};  ///< of a remote command: "completed", "interrupted"; the cloud's own word
  bool read = false;
  friend bool operator==(const Notification&, const Notification&) = default;
};

/// Everything that the cloud has said about one car, each value with its time. Written only by the
/// decoders in `toyota`; derived values (activity, any_open, …) are functions in derive.hpp.
struct VehicleState {
  // telemetry and electric status
  Field<Kilometres> odometer;
  Field<Percent> fuel_level;
  Field<Percent> battery_level_reported;  ///< `batteryLevel`: the gross level on a plug-in hybrid
  Field<Percent> battery_level_usable;    ///< `phevUsableBatteryLevel` and its kin
  Field<ChargingStatus> charging_status;
  Field<Minutes> charge_time_left;
  Field<Kilometres> ev_range;
  Field<Kilometres> ev_range_ac;
  Field<Kilometres> fuel_range;
  Field<Kilometres> total_range;
  Field<NextCharging> next_charging;
  Field<bool> can_set_next_charging;

  // status; "left" and "right" already follow leftHandDrive
  Door door_driver, door_passenger, door_rear_left, door_rear_right, door_trunk;
  Field<bool> hood_open;
  Field<bool> window_driver_open, window_passenger_open, window_rear_left_open,
      window_rear_right_open;
  Field<bool> lights_head, lights_tail, lights_hazard;
  Field<bool> rear_seat_reminder;
  /// Parts that the newest report names and whose state was not understood: a word or a key that
  /// is unknown. While there are any, the car cannot be called closed or locked.
  Field<int> unclear_openings, unclear_locks;

  // location
  Field<Position> position;

  // climate
  Field<std::string> climate_status;  ///< stopped, starting, running, stopping
  Field<Celsius> inside_temperature;
  Field<Celsius> target_temperature;
  Field<base::Time> climate_end;
  Field<ClimateOptions> climate_running;  ///< of the run that the climate status tells of
  Field<ClimateOptions>
      climate_saved;  ///< what the next start uses unless the command says otherwise
  Field<ClimateLimits> climate_limits;  ///< the car's own, where it names them

  // health, service, vehicle list
  Field<std::vector<Warning>> warnings;  ///< lamps that are lit, the newest first
  Field<bool> engine_oil_warning;
  Field<LastService> last_service;
  Field<std::chrono::year_month_day> subscription_end;

  // trips
  Field<Trip> last_trip;
  Field<PeriodTotals> day, week, month, year;
  /// The newest list of trips, newest first; nullopt until the route has listed one. For the
  /// history, not for entities.
  std::optional<std::vector<ListedTrip>> listed_trips;

  /// The newest list of notifications, newest first; nullopt until the route has answered.
  std::optional<std::vector<Notification>> notifications;

  /// The car's own time of what is held of each source; nullopt when the newest answer has none.
  std::array<std::optional<base::Time>, kAllSources.size()> reported_at{};
  /// The newest time that each source ever had: an older answer is not used.
  std::array<std::optional<base::Time>, kAllSources.size()> newest_at{};

  [[nodiscard]] std::optional<base::Time> reported(Source source) const {
    return reported_at.at(static_cast<std::size_t>(source));
  }
  /// Notes the car's time of an answer of `source`. False: it is older than one that was taken
  /// before, so nothing of it may be; nothing is noted then.
  bool record_report(Source source, std::optional<base::Time> at);
  friend bool operator==(const VehicleState&, const VehicleState&) = default;
};

}  // namespace toyota2mqtt::vehicle
