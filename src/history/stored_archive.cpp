#include "toyota2mqtt/history/stored_archive.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

#include "history/export.hpp"

namespace toyota2mqtt::history {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

namespace {

// The difference of two times that are far apart does not fit into a duration.
std::uint64_t milliseconds_of(const Period& period) {
  return static_cast<std::uint64_t>(period.to.time_since_epoch().count()) -
         static_cast<std::uint64_t>(period.from.time_since_epoch().count());
}

constexpr std::size_t kMostExported = 200'000;
constexpr std::size_t kRowsAtOnce = 1000;

/// All entries of a period, a thousand at a time: the loop is never kept for longer than that, and
/// the storage worker serves others in between. `list` reads one part of it.
template <class List>
Task<Result<std::string>> write_all(List list, base::CarId car, std::string what, Period period,
                                    Format format) {
  Export document(format, car, what, period);
  Window window{.period = period, .limit = kRowsAtOnce};
  do {
    auto slice = co_await list(car, window);
    if (!slice) co_return fail(slice.error());
    for (const auto& entry : slice->entries) document.add(row_of(entry));
    if (document.rows() > kMostExported) {
      co_return fail(ErrorCode::config_invalid, "the export has more than 200,000 entries",
                     "Ask for a shorter period.");
    }
    window.before = std::move(slice->next);
  } while (window.before);
  co_return document.finish();
}

constexpr auto kLongestPeriod = std::chrono::days(400);

/// config_invalid for a period that is too long or ends before it begins.
base::Result<void> check(const Period& period) {
  if (period.to < period.from) {
    return fail(ErrorCode::config_invalid, "the period ends before it begins");
  }
  if (milliseconds_of(period) >
      static_cast<std::uint64_t>(std::chrono::milliseconds(kLongestPeriod).count())) {
    return fail(ErrorCode::config_invalid, "the period is longer than 400 days",
                "Ask for shorter ones, one after another.");
  }
  return {};
}

}  // namespace

Task<Result<Slice<TripRecord>>> StoredArchive::trips(base::CarId car, Window window) {
  return store_.trips(std::move(car), std::move(window));
}

Task<Result<Slice<ChargeRecord>>> StoredArchive::charges(base::CarId car, Window window) {
  auto slice = co_await store_.charges(car, std::move(window));
  if (slice && services_.estimate) {
    for (auto& charge : slice->entries) services_.estimate(car, charge);
  }
  co_return slice;
}

Task<Result<Slice<SampleRecord>>> StoredArchive::samples(base::CarId car, Window window) {
  return store_.samples(std::move(car), std::move(window));
}

Task<Result<Slice<EventRecord>>> StoredArchive::events(base::CarId car, Window window) {
  return store_.events(std::move(car), std::move(window));
}

Task<Result<vehicle::Statistics>> StoredArchive::statistics(base::CarId car, Period period) {
  if (auto good = check(period); !good) co_return fail(good.error());
  if (!services_.statistics) co_return vehicle::Statistics{};
  const auto input = co_await store_.statistics_input(car, period);
  if (!input) co_return fail(input.error());
  co_return services_.statistics(car, *input, period);
}

Task<Result<std::string>> StoredArchive::export_all(base::CarId car, std::string what,
                                                    Period period, Format format) {
  if (auto good = check(period); !good) co_return fail(good.error());
  const auto list = [this](auto member) {
    return [this, member](base::CarId of, Window window) {
      return (this->*member)(std::move(of), std::move(window));
    };
  };
  if (what == "trips") {
    co_return co_await write_all(list(&StoredArchive::trips), car, what, period, format);
  }
  if (what == "charges") {
    co_return co_await write_all(list(&StoredArchive::charges), car, what, period, format);
  }
  if (what == "samples") {
    co_return co_await write_all(list(&StoredArchive::samples), car, what, period, format);
  }
  if (what == "events") {
    co_return co_await write_all(list(&StoredArchive::events), car, what, period, format);
  }
  co_return fail(ErrorCode::config_invalid, "this is not kept in the history",
                 "There are trips, charges, samples and events.");
}

Task<Result<std::size_t>> StoredArchive::erase(base::CarId car) {
  if (services_.forget) services_.forget(car);
  return store_.erase(std::move(car));
}

BackfillProgress StoredArchive::backfill(const base::CarId& car) const {
  return services_.backfill ? services_.backfill(car) : BackfillProgress{};
}

}  // namespace toyota2mqtt::history
