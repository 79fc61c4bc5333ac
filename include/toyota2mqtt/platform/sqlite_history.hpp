#pragma once

#include "toyota2mqtt/history/store.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"

namespace toyota2mqtt::platform {

/// history::HistoryStore in the tables `history_…` of the one database (docs/history.md, "Schema").
class SqliteHistory final : public history::HistoryStore {
 public:
  /// `database` outlives it.
  explicit SqliteHistory(Database& database) : database_(database) {}

  base::Task<base::Result<std::size_t>> put_trips(base::CarId car,
                                                  std::vector<history::TripRecord> trips) override;
  base::Task<base::Result<std::int64_t>> put_charge(base::CarId car,
                                                    history::ChargeRecord charge) override;
  base::Task<base::Result<std::optional<history::ChargeRecord>>> open_charge(
      base::CarId car) override;
  base::Task<base::Result<void>> add_samples(base::CarId car,
                                             std::vector<history::SampleRecord> samples) override;
  base::Task<base::Result<std::optional<history::SampleRecord>>> last_sample(
      base::CarId car) override;
  base::Task<base::Result<void>> add_event(base::CarId car, history::EventRecord event) override;

  base::Task<base::Result<history::Slice<history::TripRecord>>> trips(
      base::CarId car, history::Window window) override;
  base::Task<base::Result<history::Slice<history::ChargeRecord>>> charges(
      base::CarId car, history::Window window) override;
  base::Task<base::Result<history::Slice<history::SampleRecord>>> samples(
      base::CarId car, history::Window window) override;
  base::Task<base::Result<history::Slice<history::EventRecord>>> events(
      base::CarId car, history::Window window) override;
  base::Task<base::Result<history::StatisticsInput>> statistics_input(
      base::CarId car, history::Period period) override;

  base::Task<base::Result<history::BackfillProgress>> backfill(base::CarId car) override;
  base::Task<base::Result<void>> put_backfill(base::CarId car,
                                              history::BackfillProgress progress) override;

  base::Task<base::Result<std::size_t>> prune(base::Time before) override;
  base::Task<base::Result<std::size_t>> drop_routes() override;
  base::Task<base::Result<std::size_t>> erase(base::CarId car) override;

 private:
  base::Task<base::Result<void>> renew_snapshot();
  Database& database_;
};

}  // namespace toyota2mqtt::platform
