#pragma once

#include <map>
#include <string>
#include <vector>

#include "toyota2mqtt/history/archive.hpp"

namespace toyota2mqtt::test {

/// A history in memory. Lists are kept newest first by their own times; a cursor is a position.
class MemoryArchive final : public history::Archive {
 public:
  struct Car {
    std::vector<history::TripRecord> trips = {};
    std::vector<history::ChargeRecord> charges = {};
    std::vector<history::SampleRecord> samples = {};
    std::vector<history::EventRecord> events = {};
    vehicle::Statistics statistics = {};
    history::BackfillProgress backfill = {};
  };

  base::Task<base::Result<history::Slice<history::TripRecord>>> trips(
      base::CarId car, history::Window window) override;
  base::Task<base::Result<history::Slice<history::ChargeRecord>>> charges(
      base::CarId car, history::Window window) override;
  base::Task<base::Result<history::Slice<history::SampleRecord>>> samples(
      base::CarId car, history::Window window) override;
  base::Task<base::Result<history::Slice<history::EventRecord>>> events(
      base::CarId car, history::Window window) override;
  base::Task<base::Result<vehicle::Statistics>> statistics(base::CarId car,
                                                           history::Period period) override;
  /// Answers `<what> <format> <entries>`.
  base::Task<base::Result<std::string>> export_all(base::CarId car, std::string what,
                                                   history::Period period,
                                                   history::Format format) override;
  base::Task<base::Result<std::size_t>> erase(base::CarId car) override;
  [[nodiscard]] history::BackfillProgress backfill(const base::CarId& car) const override;

  bool broken = false;  ///< everything answers storage_failed
  std::map<base::CarId, Car> cars;
  std::vector<history::Period> asked;  ///< the periods of statistics()
};

}  // namespace toyota2mqtt::test
