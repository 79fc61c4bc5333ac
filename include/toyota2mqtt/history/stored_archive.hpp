#pragma once

#include <functional>
#include <string>
#include <utility>

#include "toyota2mqtt/history/archive.hpp"
#include "toyota2mqtt/history/statistics.hpp"
#include "toyota2mqtt/history/store.hpp"

namespace toyota2mqtt::history {

/// The Archive over a HistoryStore. What prices and capacities make of the entries is computed when
/// they are read, so that a corrected configuration holds for the past, too.
///
/// A period of over 400 days, or one that ends before it begins, is config_invalid for statistics
/// and export; so is an export of over 200,000 entries, or of something that is not kept.
class StoredArchive final : public Archive {
 public:
  /// What the other parts of the history know. Called on the loop; each may be empty.
  struct Services {
    /// The figures of a period, by the tariff and the capacity in use.
    std::function<vehicle::Statistics(const base::CarId&, const StatisticsInput&, Period)>
        statistics = {};
    /// Fills in energy, cost and basis of a session.
    std::function<void(const base::CarId&, ChargeRecord&)> estimate = {};
    std::function<BackfillProgress(const base::CarId&)> backfill = {};
    /// Before a car's history is erased: nothing of it may be written that was seen until now.
    std::function<void(const base::CarId&)> forget = {};
  };

  /// `store` outlives the archive.
  StoredArchive(HistoryStore& store, Services services)
      : store_(store), services_(std::move(services)) {}

  base::Task<base::Result<Slice<TripRecord>>> trips(base::CarId car, Window window) override;
  base::Task<base::Result<Slice<ChargeRecord>>> charges(base::CarId car, Window window) override;
  base::Task<base::Result<Slice<SampleRecord>>> samples(base::CarId car, Window window) override;
  base::Task<base::Result<Slice<EventRecord>>> events(base::CarId car, Window window) override;
  base::Task<base::Result<vehicle::Statistics>> statistics(base::CarId car, Period period) override;
  /// Newest first; names and units of the columns: docs/history.md.
  base::Task<base::Result<std::string>> export_all(base::CarId car, std::string what, Period period,
                                                   Format format) override;
  base::Task<base::Result<std::size_t>> erase(base::CarId car) override;
  [[nodiscard]] BackfillProgress backfill(const base::CarId& car) const override;

 private:
  HistoryStore& store_;
  Services services_;
};

}  // namespace toyota2mqtt::history
