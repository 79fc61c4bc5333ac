#include "support/memory_archive.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <string_view>

namespace toyota2mqtt::test {

namespace {

using history::Period;
using history::Slice;
using history::Window;

base::Error broken_storage() {
  return {.code = base::ErrorCode::storage_failed, .message = "the disk is broken"};
}

base::Time time_of(const history::TripRecord& trip) { return trip.trip.start; }
base::Time time_of(const history::ChargeRecord& charge) { return charge.start; }
base::Time time_of(const history::SampleRecord& sample) { return sample.at; }
base::Time time_of(const history::EventRecord& event) { return event.at; }

template <class T>
std::vector<T> within(std::vector<T> entries, const Period& period) {
  std::erase_if(entries, [&period](const T& entry) {
    return time_of(entry) < period.from || time_of(entry) >= period.to;
  });
  std::ranges::sort(entries, std::greater<>(), [](const T& entry) { return time_of(entry); });
  return entries;
}

/// A plain function, because a coroutine may not hold what it answers by reference.
template <class T>
base::Result<Slice<T>> slice_of(const std::vector<T>& all, const Window& window) {
  const auto entries = within(all, window.period);
  std::size_t first = 0;
  if (window.before) {
    const auto* end = window.before->data() + window.before->size();
    const auto read = std::from_chars(window.before->data(), end, first);
    if (read.ec != std::errc{} || read.ptr != end || first > entries.size()) {
      return base::fail(base::ErrorCode::config_invalid, "this is no cursor of ours");
    }
  }
  const auto last = std::min(entries.size(), first + window.limit);
  Slice<T> slice;
  for (auto i = first; i < last; ++i) slice.entries.push_back(entries[i]);
  if (last < entries.size()) slice.next = std::to_string(last);
  return slice;
}

}  // namespace

base::Task<base::Result<Slice<history::TripRecord>>> MemoryArchive::trips(base::CarId car,
                                                                          Window window) {
  if (broken) co_return base::fail(broken_storage());
  co_return slice_of(cars[car].trips, window);
}

base::Task<base::Result<Slice<history::ChargeRecord>>> MemoryArchive::charges(base::CarId car,
                                                                              Window window) {
  if (broken) co_return base::fail(broken_storage());
  co_return slice_of(cars[car].charges, window);
}

base::Task<base::Result<Slice<history::SampleRecord>>> MemoryArchive::samples(base::CarId car,
                                                                              Window window) {
  if (broken) co_return base::fail(broken_storage());
  co_return slice_of(cars[car].samples, window);
}

base::Task<base::Result<Slice<history::EventRecord>>> MemoryArchive::events(base::CarId car,
                                                                            Window window) {
  if (broken) co_return base::fail(broken_storage());
  co_return slice_of(cars[car].events, window);
}

base::Task<base::Result<vehicle::Statistics>> MemoryArchive::statistics(base::CarId car,
                                                                        Period period) {
  if (broken) co_return base::fail(broken_storage());
  asked.push_back(period);
  co_return cars[car].statistics;
}

base::Task<base::Result<std::string>> MemoryArchive::export_all(base::CarId car, std::string what,
                                                                Period period,
                                                                history::Format format) {
  if (broken) co_return base::fail(broken_storage());
  const auto& kept = cars[car];
  const auto count = what == "trips"     ? within(kept.trips, period).size()
                     : what == "charges" ? within(kept.charges, period).size()
                     : what == "samples" ? within(kept.samples, period).size()
                                         : within(kept.events, period).size();
  co_return what + (format == history::Format::csv ? " csv " : " json ") + std::to_string(count);
}

base::Task<base::Result<std::size_t>> MemoryArchive::erase(base::CarId car) {
  if (broken) co_return base::fail(broken_storage());
  auto& kept = cars[car];
  const auto count =
      kept.trips.size() + kept.charges.size() + kept.samples.size() + kept.events.size();
  kept = {};
  co_return count;
}

history::BackfillProgress MemoryArchive::backfill(const base::CarId& car) const {
  const auto found = cars.find(car);
  return found == cars.end() ? history::BackfillProgress() : found->second.backfill;
}

}  // namespace toyota2mqtt::test
