#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/history/archive.hpp"
#include "toyota2mqtt/history/statistics.hpp"

namespace toyota2mqtt::history {

/// Where the history lies. Each call is done as a whole or not at all. What was written survives a
/// crash of the program at once, and a power cut as soon as anything was put into the base::Store
/// of the same directory afterwards. Numbers that are not finite count as unknown.
///
/// Loop thread only; work happens on the storage worker. Errors: storage_failed, cancelled, and
/// config_invalid for a cursor that is none.
class HistoryStore {
 public:
  virtual ~HistoryStore() = default;

  /// A trip is known by its id: one that is there already is replaced when anything differs, else
  /// nothing is written. One without a route keeps the route that is there. Left out: a trip whose
  /// id is empty or over 200 bytes, a route of fewer than two points; a route of over 10,000 points
  /// is thinned. Answers how many were not there yet.
  virtual base::Task<base::Result<std::size_t>> put_trips(base::CarId car,
                                                          std::vector<TripRecord> trips) = 0;
  /// A session is known by its start: the same start replaces what is there; `id` is not looked at.
  /// Keeps times, levels and basis: energy and cost are estimated when read. Answers its id, which
  /// is never given to another one.
  virtual base::Task<base::Result<std::int64_t>> put_charge(base::CarId car,
                                                            ChargeRecord charge) = 0;
  /// The newest session without an end.
  virtual base::Task<base::Result<std::optional<ChargeRecord>>> open_charge(base::CarId car) = 0;
  /// A sample of a time that is there already takes its place.
  virtual base::Task<base::Result<void>> add_samples(base::CarId car,
                                                     std::vector<SampleRecord> samples) = 0;
  virtual base::Task<base::Result<std::optional<SampleRecord>>> last_sample(base::CarId car) = 0;
  /// Name and outcome are cut at 200 bytes, the detail at 1000.
  virtual base::Task<base::Result<void>> add_event(base::CarId car, EventRecord event) = 0;

  // By the time at which an entry began. A limit outside of 1 to 1000 counts as the nearest one.
  virtual base::Task<base::Result<Slice<TripRecord>>> trips(base::CarId car, Window window) = 0;
  virtual base::Task<base::Result<Slice<ChargeRecord>>> charges(base::CarId car, Window window) = 0;
  virtual base::Task<base::Result<Slice<SampleRecord>>> samples(base::CarId car, Window window) = 0;
  virtual base::Task<base::Result<Slice<EventRecord>>> events(base::CarId car, Window window) = 0;
  /// All trips (without routes), sessions and samples of a period, oldest first.
  virtual base::Task<base::Result<StatisticsInput>> statistics_input(base::CarId car,
                                                                     Period period) = 0;

  /// The default if none was stored for the car.
  virtual base::Task<base::Result<BackfillProgress>> backfill(base::CarId car) = 0;
  virtual base::Task<base::Result<void>> put_backfill(base::CarId car,
                                                      BackfillProgress progress) = 0;

  /// Deletes every entry that began before `before`, of all cars, durably; answers how many.
  virtual base::Task<base::Result<std::size_t>> prune(base::Time before) = 0;
  /// Deletes the routes of all cars, durably; answers how many.
  virtual base::Task<base::Result<std::size_t>> drop_routes() = 0;
  /// Deletes everything of this car, durably and out of the snapshot, too; answers how many entries
  /// there were. What remains is that its past year was fetched, if it was: it is fetched once.
  virtual base::Task<base::Result<std::size_t>> erase(base::CarId car) = 0;
};

}  // namespace toyota2mqtt::history
