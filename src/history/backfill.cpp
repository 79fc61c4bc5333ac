#include "toyota2mqtt/history/backfill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace toyota2mqtt::history {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr const char* kBackfillPart = "history";
constexpr auto kYear = days(365);  // what the cloud remembers
constexpr auto kDaysAtOnce = days(30);
constexpr auto kFirst = std::chrono::minutes(10);
constexpr auto kBetween = std::chrono::minutes(2);
constexpr auto kAfterTrouble = std::chrono::minutes(30);
constexpr auto kNotThere = std::chrono::hours(24);
constexpr std::size_t kMostPages = 200;  // of 30 days: 10,000 trips, or a list that never ends

}  // namespace

std::optional<PastDays> next_past_days(const BackfillProgress& progress, base::Time now,
                                       const base::Zone& zone) {
  const sys_days oldest = sys_days(zone.local_date(now)) - kYear;
  sys_days to = sys_days(zone.local_date(now));
  if (progress.reached) to = sys_days(zone.local_date(*progress.reached)) - days(1);
  if (progress.state == "done" || to < oldest) return std::nullopt;
  return PastDays{.from = std::max(oldest, to - kDaysAtOnce + days(1)), .to = to};
}

std::string said(const BackfillProgress& progress, const base::Zone& zone) {
  if (progress.state == "off" || (!progress.reached && progress.trips == 0)) return {};
  auto text = fmt::format("{} trips", progress.trips);
  if (progress.reached) {
    text += ", back to " + base::format_date(zone.local_date(*progress.reached));
  }
  return progress.state == "done" ? text + ", complete" : text;
}

Backfill::Backfill(Services services, bool with_route)
    : services_(std::move(services)),
      with_route_(with_route),
      tasks_(services_.executor, services_.log) {}

Backfill::~Backfill() = default;

void Backfill::start() { tasks_.spawn("past trips", run()); }

void Backfill::add(const base::CarId& car, std::string shown) {
  if (cars_.try_emplace(car, Past{.shown = std::move(shown)}).second) more_.notify();
}

BackfillProgress Backfill::progress(const base::CarId& car) const {
  const auto found = cars_.find(car);
  return found == cars_.end() ? BackfillProgress{.state = "waiting"} : found->second.progress;
}

void Backfill::cancel() { tasks_.cancel(); }

base::Task<void> Backfill::join() { co_await tasks_.join(); }

void Backfill::set_state(const base::CarId& car, const char* state) {
  auto& progress = cars_.at(car).progress;
  if (std::exchange(progress.state, state) == state) return;
  if (show_) show_(car, progress);
}

std::optional<base::CarId> Backfill::next_car() const {
  const auto now = services_.clock.steady();
  const auto found = std::ranges::find_if(cars_, [now](const auto& entry) {
    const auto& past = entry.second;
    return past.loaded && past.progress.state != "done" && past.not_before <= now;
  });
  return found == cars_.end() ? std::nullopt : std::optional(found->first);
}

base::Task<void> Backfill::load_new() {
  std::vector<base::CarId> fresh;
  for (const auto& [car, past] : cars_) {
    if (!past.loaded) fresh.push_back(car);
  }
  for (const auto& car : fresh) {
    auto stored = co_await services_.store.backfill(car);
    if (!stored) {
      if (stored.error().code == base::ErrorCode::cancelled) co_return;
      services_.log.warning(kBackfillPart, "how far the past trips were fetched cannot be read: " +
                                               stored.error().message);
      continue;
    }
    auto& past = cars_.at(car);
    past.loaded = true;
    past.progress = std::move(*stored);
    if (past.progress.state != "done") past.progress.state = "waiting";
    if (show_) show_(car, past.progress);
  }
}

base::Task<void> Backfill::run() {
  if (!co_await base::sleep_for(services_.clock, kFirst)) co_return;
  while (true) {
    co_await load_new();
    const auto car = next_car();
    if (car) {
      const auto past =
          next_past_days(cars_.at(*car).progress, services_.clock.now(), services_.zone);
      base::Result<void> step;
      if (past) {
        set_state(*car, "running");
        step = co_await fetch_days(*car, *past);
      } else {
        set_state(*car, "done");
        auto progress = cars_.at(*car).progress;
        step = co_await services_.store.put_backfill(*car, std::move(progress));
      }
      if (!step && step.error().code == base::ErrorCode::cancelled) co_return;
      if (!step) rest(*car, step.error());
    }
    // One request every two minutes at most; without work, a look now and then.
    const auto pause = car ? kBetween : kAfterTrouble;
    if (car) {
      if (!co_await base::sleep_for(services_.clock, pause)) co_return;
    } else if (!co_await more_.wait_until(services_.clock, services_.clock.steady() + pause)) {
      co_return;
    }
  }
}

// All pages of these days. Trips of a page that is asked for again are there already.
base::Task<base::Result<void>> Backfill::fetch_days(base::CarId car, PastDays days) {
  std::size_t offset = 0;
  for (std::size_t page = 0; page < kMostPages; ++page) {
    auto answer =
        co_await services_.source.past_trips(car, days.from, days.to, offset, with_route_);
    if (!answer) co_return base::fail(answer.error());
    auto taken = co_await store_page(car, std::move(answer->trips));
    if (!taken) co_return taken;
    if (!answer->next || *answer->next <= offset) break;
    offset = *answer->next;
    auto slept = co_await base::sleep_for(services_.clock, kBetween);
    if (!slept) co_return slept;
  }
  co_return co_await finish_days(car, days);
}

base::Task<base::Result<void>> Backfill::store_page(base::CarId car,
                                                    std::vector<TripRecord> trips) {
  if (trips.empty()) co_return base::Result<void>();
  const auto fresh = co_await services_.store.put_trips(car, std::move(trips));
  if (!fresh) co_return base::fail(fresh.error());
  auto& progress = cars_.at(car).progress;
  progress.trips += *fresh;
  auto counted = progress;
  co_return co_await services_.store.put_backfill(car, std::move(counted));
}

base::Task<base::Result<void>> Backfill::finish_days(base::CarId car, PastDays days) {
  auto& past = cars_.at(car);
  past.progress.reached = services_.zone.midnight(days.from);
  if (!next_past_days(past.progress, services_.clock.now(), services_.zone)) {
    past.progress.state = "done";
  }
  auto progress = past.progress;
  auto stored = co_await services_.store.put_backfill(car, std::move(progress));
  if (!stored) co_return stored;
  services_.log.info(kBackfillPart, fmt::format("{}: past trips: {}", past.shown,
                                                said(past.progress, services_.zone)));
  if (show_) show_(car, past.progress);
  co_return base::Result<void>();
}

void Backfill::rest(const base::CarId& car, const base::Error& error) {
  auto& past = cars_.at(car);
  std::chrono::seconds pause = kAfterTrouble;
  if (error.code == base::ErrorCode::not_supported) pause = kNotThere;
  pause = std::max(pause, error.retry_after.value_or(pause));
  past.not_before = services_.clock.steady() + pause;
  set_state(car, "waiting");
  services_.log.info(
      kBackfillPart,
      fmt::format("{}: past trips: a pause of {} minutes: {}", past.shown,
                  std::chrono::duration_cast<std::chrono::minutes>(pause).count(), error.message));
}

}  // namespace toyota2mqtt::history
