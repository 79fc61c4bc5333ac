#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/history/store.hpp"

namespace toyota2mqtt::test {

/// A history in memory, with a disk that can be full.
class MemoryHistory final : public history::HistoryStore {
 public:
  struct Car {
    std::map<std::string, history::TripRecord> trips = {};
    std::map<base::Time, history::ChargeRecord> charges = {};
    std::map<base::Time, history::SampleRecord> samples = {};
    std::vector<history::EventRecord> events = {};
    history::BackfillProgress backfill = {};
  };

  base::Task<base::Result<std::size_t>> put_trips(base::CarId car,
                                                  std::vector<history::TripRecord> trips) override {
    if (disk_full) co_return full();
    ++writes;
    std::size_t fresh = 0;
    for (auto& record : trips) {
      auto& kept = cars[car].trips;
      const auto known = kept.find(record.trip.id);
      if (known == kept.end()) ++fresh;
      if (known != kept.end() && record.route.empty()) record.route = known->second.route;
      kept[record.trip.id] = std::move(record);
    }
    co_return fresh;
  }
  base::Task<base::Result<std::int64_t>> put_charge(base::CarId car,
                                                    history::ChargeRecord charge) override {
    if (disk_full) co_return full();
    ++writes;
    cars[car].charges[charge.start] = charge;
    co_return 1;
  }
  base::Task<base::Result<std::optional<history::ChargeRecord>>> open_charge(
      base::CarId car) override {
    if (disk_full) co_return full();
    std::optional<history::ChargeRecord> open;
    for (const auto& [start, charge] : cars[car].charges) {
      if (!charge.end) open = charge;
    }
    co_return open;
  }
  base::Task<base::Result<void>> add_samples(base::CarId car,
                                             std::vector<history::SampleRecord> samples) override {
    if (disk_full) co_return full();
    ++writes;
    for (auto& sample : samples) cars[car].samples[sample.at] = sample;
    co_return base::Result<void>();
  }
  base::Task<base::Result<std::optional<history::SampleRecord>>> last_sample(
      base::CarId car) override {
    if (disk_full) co_return full();
    const auto& samples = cars[car].samples;
    co_return samples.empty() ? std::nullopt : std::optional(samples.rbegin()->second);
  }
  base::Task<base::Result<void>> add_event(base::CarId car, history::EventRecord event) override {
    if (disk_full) co_return full();
    ++writes;
    cars[car].events.push_back(std::move(event));
    co_return base::Result<void>();
  }
  base::Task<base::Result<history::Slice<history::TripRecord>>> trips(
      base::CarId car, history::Window window) override {
    history::Slice<history::TripRecord> slice;
    for (const auto& [id, record] : cars[car].trips) slice.entries.push_back(record);
    std::ranges::sort(slice.entries, std::ranges::greater(),
                      [](const auto& record) { return record.trip.start; });
    cut(slice, window);
    co_return slice;
  }
  base::Task<base::Result<history::Slice<history::ChargeRecord>>> charges(
      base::CarId car, history::Window window) override {
    if (disk_full) co_return full();
    history::Slice<history::ChargeRecord> slice;
    for (const auto& [start, charge] : cars[car].charges) {
      slice.entries.insert(slice.entries.begin(), charge);
    }
    cut(slice, window);
    co_return slice;
  }
  base::Task<base::Result<history::Slice<history::SampleRecord>>> samples(
      base::CarId car, history::Window window) override {
    history::Slice<history::SampleRecord> slice;
    for (const auto& [at, sample] : cars[car].samples) {
      slice.entries.insert(slice.entries.begin(), sample);
    }
    cut(slice, window);
    co_return slice;
  }
  base::Task<base::Result<history::Slice<history::EventRecord>>> events(
      base::CarId car, history::Window window) override {
    history::Slice<history::EventRecord> slice;
    slice.entries.assign(cars[car].events.rbegin(), cars[car].events.rend());
    cut(slice, window);
    co_return slice;
  }
  base::Task<base::Result<history::StatisticsInput>> statistics_input(
      base::CarId car, history::Period period) override {
    if (disk_full) co_return full();
    const auto inside = [period](base::Time at) { return at >= period.from && at < period.to; };
    history::StatisticsInput input;
    for (const auto& [id, record] : cars[car].trips) {
      if (inside(record.trip.start)) input.trips.push_back({.trip = record.trip});
    }
    std::ranges::sort(input.trips, {}, [](const auto& record) { return record.trip.start; });
    for (const auto& [start, charge] : cars[car].charges) {
      const bool goes_on = start < period.from && charge.end.value_or(period.to) > period.from;
      if (inside(start) || goes_on) input.charges.push_back(charge);
    }
    for (const auto& [at, sample] : cars[car].samples) {
      if (inside(at)) input.samples.push_back(sample);
      if (at < period.from) input.before = sample;
    }
    input.known = known(cars[car]);
    co_return input;
  }
  base::Task<base::Result<history::BackfillProgress>> backfill(base::CarId car) override {
    if (disk_full) co_return full();
    co_return cars[car].backfill;
  }
  base::Task<base::Result<void>> put_backfill(base::CarId car,
                                              history::BackfillProgress progress) override {
    if (disk_full) co_return full();
    cars[car].backfill = std::move(progress);
    co_return base::Result<void>();
  }
  base::Task<base::Result<std::size_t>> prune(base::Time before) override {
    std::size_t count = 0;
    for (auto& [id, car] : cars) {
      count += std::erase_if(car.samples, [before](const auto& it) { return it.first < before; });
    }
    co_return count;
  }
  base::Task<base::Result<std::size_t>> drop_routes() override {
    std::size_t count = 0;
    for (auto& [id, car] : cars) {
      for (auto& [trip, record] : car.trips) {
        count += record.route.empty() ? 0 : 1;
        record.route.clear();
      }
    }
    co_return count;
  }
  base::Task<base::Result<std::size_t>> erase(base::CarId car) override {
    auto& gone = cars[car];
    const auto count =
        gone.trips.size() + gone.charges.size() + gone.samples.size() + gone.events.size();
    auto backfill = gone.backfill;
    gone = Car{.backfill = std::move(backfill)};
    co_return count;
  }

  bool disk_full = false;  ///< what is asked or written answers storage_failed
  int writes = 0;
  std::map<base::CarId, Car> cars;

 private:
  static history::KnownHistory known(const Car& car) {
    history::KnownHistory all{.trips = car.backfill.reached};
    for (const auto& [id, record] : car.trips) {
      all.trips = std::min(all.trips.value_or(record.trip.start), record.trip.start);
      all.tank |= record.trip.ev_distance || (record.trip.fuel && record.trip.fuel->value > 0);
    }
    for (const auto& [at, sample] : car.samples) {
      if (!all.samples) all.samples = at;
      if (!all.levels && sample.battery_level) all.levels = at;
      all.tank |= sample.fuel_level.value_or(0) > 0;
    }
    return all;
  }
  static std::unexpected<base::Error> full() {
    return base::fail(base::ErrorCode::storage_failed, "the disk is full");
  }
  template <class T>
  static void cut(history::Slice<T>& slice, const history::Window& window) {
    if (slice.entries.size() > window.limit) slice.entries.resize(window.limit);
  }
};

}  // namespace toyota2mqtt::test
