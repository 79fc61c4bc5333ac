#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/vehicle/state.hpp"
#include "toyota2mqtt/vehicle/statistics.hpp"

namespace toyota2mqtt::history {

/// From `from` up to, but not including, `to`.
struct Period {
  base::Time from{};
  base::Time to{};
};

/// A part of a list, newest first. `before`: only entries that stand behind this cursor.
struct Window {
  Period period;
  std::size_t limit = 100;  ///< 1 to 1000
  std::optional<std::string> before = {};
};

template <class T>
struct Slice {
  std::vector<T> entries = {};
  std::optional<std::string> next = {};  ///< cursor of what follows; unset = this was the end
};

struct RoutePoint {
  double latitude = 0;
  double longitude = 0;
};

/// One trip as the cloud tells it.
struct TripRecord {
  vehicle::Trip trip;
  std::vector<RoutePoint> route = {};  ///< only with history.routes
};

/// One charging session as it was seen from outside: the cloud tells levels, not energy.
struct ChargeRecord {
  std::int64_t id = 0;
  base::Time start{};                      ///< the car's time of the first report of it
  std::optional<base::Time> end = {};      ///< unset: goes on, or its end was not seen
  std::optional<double> level_start = {};  ///< %
  std::optional<double> level_end = {};    ///< %, the newest one while it goes on
  std::optional<double> energy = {};       ///< kWh, estimated: level times usable capacity
  std::optional<double> cost = {};         ///< of `energy`, by the tariff
  std::string basis = {};                  ///< one sentence about what the estimate stands on
  friend bool operator==(const ChargeRecord&, const ChargeRecord&) = default;
};

/// What a car showed at one of its own times; kept when any of it changed.
struct SampleRecord {
  base::Time at{};
  std::optional<double> battery_level = {};  ///< %
  std::optional<double> ev_range = {};       ///< km
  std::optional<double> fuel_level = {};     ///< %
  std::optional<double> fuel_range = {};     ///< km
  std::optional<double> odometer = {};       ///< km
  friend bool operator==(const SampleRecord&, const SampleRecord&) = default;
};

/// An event of the bridge: a wake, a command, an error.
struct EventRecord {
  enum class Kind : std::uint8_t { wake, command, error };
  Kind kind = Kind::wake;
  base::Time at{};
  std::string name = {};     ///< reason of the wake, id of the command, part of the cloud
  std::string outcome = {};  ///< sent, refused, accepted, done, …
  std::string detail = {};   ///< one sentence; nothing personal
  friend bool operator==(const EventRecord&, const EventRecord&) = default;
};

/// How far the past year was fetched (history.backfill).
struct BackfillProgress {
  std::string state = "off";  ///< off, waiting, running, done
  std::size_t trips = 0;
  std::optional<base::Time> reached = {};  ///< everything newer is there
};

enum class Format : std::uint8_t { json, csv };

/// What is asked of the history. Answers are of one car; whether the asker may see it is the
/// caller's duty. Loop thread only; work happens on the storage worker. Errors: storage_failed,
/// config_invalid (an invalid cursor), cancelled.
class Archive {
 public:
  virtual ~Archive() = default;
  virtual base::Task<base::Result<Slice<TripRecord>>> trips(base::CarId car, Window window) = 0;
  virtual base::Task<base::Result<Slice<ChargeRecord>>> charges(base::CarId car, Window window) = 0;
  virtual base::Task<base::Result<Slice<SampleRecord>>> samples(base::CarId car, Window window) = 0;
  virtual base::Task<base::Result<Slice<EventRecord>>> events(base::CarId car, Window window) = 0;
  virtual base::Task<base::Result<vehicle::Statistics>> statistics(base::CarId car,
                                                                   Period period) = 0;
  /// Everything of a period as one document; `what`: trips, charges, samples, events.
  virtual base::Task<base::Result<std::string>> export_all(base::CarId car, std::string what,
                                                           Period period, Format format) = 0;
  /// Deletes this car's history, durably; returns how many entries there were.
  virtual base::Task<base::Result<std::size_t>> erase(base::CarId car) = 0;
  [[nodiscard]] virtual BackfillProgress backfill(const base::CarId& car) const = 0;
};

}  // namespace toyota2mqtt::history
