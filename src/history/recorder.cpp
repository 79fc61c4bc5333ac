#include "toyota2mqtt/history/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace toyota2mqtt::history {

namespace {

constexpr const char* kRecorderPart = "history";
constexpr std::size_t kMostWaiting = 1000;
constexpr auto kTogether = std::chrono::seconds(10);  // a reading of several parts is one look
constexpr auto kTryAgain = std::chrono::minutes(1);
constexpr auto kRecent = std::chrono::days(30);
constexpr auto kAfterMidnight = std::chrono::minutes(5);

template <class T>
std::vector<T> copy_leading(const std::deque<Write>& queue) {
  std::vector<T> run;
  for (const auto& write : queue) {
    const auto* entry = std::get_if<T>(&write);
    if (entry == nullptr) break;
    run.push_back(*entry);
  }
  return run;
}

bool changes_statistics(const Write& write) {
  const auto* charge = std::get_if<ChargeRecord>(&write);
  return std::holds_alternative<TripRecord>(write) || (charge != nullptr && charge->end);
}

}  // namespace

/// One car: what is remembered of it, and what waits to be written.
struct Recorder::CarRecorder {
  explicit CarRecorder(base::CarId car) : id(std::move(car)) {}

  base::CarId id;
  CarMemory memory;
  std::optional<Seen> seen;
  bool loaded = false;
  std::deque<Write> queue;
  base::Event wake;
  bool failing = false;
  bool overflowed = false;
  bool statistics_due = true;
  // Counted, because the front of the queue may be dropped while it is being written.
  std::size_t dropped = 0;
};

Recorder::Recorder(Services services, Options options)
    : services_(std::move(services)),
      options_(std::move(options)),
      tasks_(services_.executor, services_.log) {}

Recorder::~Recorder() = default;

Recorder::CarRecorder& Recorder::recorder_of(const base::CarId& car) {
  auto& car_recorder = recorders_[car];
  if (!car_recorder) {
    car_recorder = std::make_unique<CarRecorder>(car);
    if (!tasks_.cancelled()) tasks_.spawn("history of a car", run(*car_recorder));
  }
  return *car_recorder;
}

void Recorder::saw(const vehicle::Car& car) {
  auto& car_recorder = recorder_of(car.identity.id);
  auto seen = seen_of(car);
  if (!options_.routes) {
    for (auto& listed : seen.trips) listed.track.clear();
  }
  if (car_recorder.seen == seen) return;
  const bool other_capacity =
      car_recorder.seen && car_recorder.seen->usable_capacity != seen.usable_capacity;
  car_recorder.statistics_due = car_recorder.statistics_due || other_capacity;
  car_recorder.seen = std::move(seen);
  car_recorder.wake.notify();
}

void Recorder::record_event(const base::CarId& car, EventRecord event) {
  if (event.at == base::Time{}) event.at = services_.clock.now();
  auto& car_recorder = recorder_of(car);
  put(car_recorder, std::move(event));
  car_recorder.wake.notify();
}

void Recorder::use(Options options) {
  options_ = std::move(options);
  for (auto& [id, car_recorder] : recorders_) {
    car_recorder->statistics_due = true;
    car_recorder->wake.notify();
  }
}

void Recorder::forget(const base::CarId& car) {
  const auto found = recorders_.find(car);
  if (found == recorders_.end()) return;
  auto& car_recorder = *found->second;
  if (car_recorder.loaded) advance_car(car_recorder);  // what was seen up to now goes with the rest
  car_recorder.dropped += car_recorder.queue.size();
  car_recorder.queue.clear();
  car_recorder.memory.session.reset();
  car_recorder.statistics_due = true;
  car_recorder.wake.notify();
}

std::optional<double> Recorder::usable_capacity(const base::CarId& car) const {
  const auto found = recorders_.find(car);
  if (found == recorders_.end() || !found->second->seen) return std::nullopt;
  const double capacity = found->second->seen->usable_capacity;
  return capacity > 0 ? std::optional(capacity) : std::nullopt;
}

std::size_t Recorder::waiting() const {
  std::size_t count = 0;
  for (const auto& [id, car_recorder] : recorders_) count += car_recorder->queue.size();
  return count;
}

void Recorder::cancel() { tasks_.cancel(); }

base::Task<void> Recorder::join() { co_await tasks_.join(); }

void Recorder::put(CarRecorder& car_recorder, Write write) {
  // A step of a session that still waits is overtaken by the next one.
  if (const auto* charge = std::get_if<ChargeRecord>(&write)) {
    // Not at the front: that one may be under way.
    for (std::size_t i = 1; i < car_recorder.queue.size(); ++i) {
      auto* other = std::get_if<ChargeRecord>(&car_recorder.queue[i]);
      if (other == nullptr || other->start != charge->start) continue;
      *other = *charge;
      return;
    }
  }
  car_recorder.queue.push_back(std::move(write));
  if (car_recorder.queue.size() <= kMostWaiting) return;
  car_recorder.queue.pop_front();
  ++car_recorder.dropped;
  if (std::exchange(car_recorder.overflowed, true)) return;
  services_.log.warning(kRecorderPart,
                        fmt::format("car {}: more than {} entries wait for the storage; the "
                                    "oldest ones are lost",
                                    car_recorder.id.text, kMostWaiting));
}

void Recorder::advance_car(CarRecorder& car_recorder) {
  if (!car_recorder.seen) return;
  for (auto& write :
       advance(car_recorder.memory, *car_recorder.seen, tariff(), services_.clock.now())) {
    car_recorder.statistics_due = car_recorder.statistics_due || changes_statistics(write);
    put(car_recorder, std::move(write));
  }
}

void Recorder::on_trouble(CarRecorder& car_recorder, const base::Error& error) {
  if (error.code == base::ErrorCode::cancelled || std::exchange(car_recorder.failing, true)) return;
  services_.log.warning(kRecorderPart,
                        fmt::format("car {}: the history cannot be written, it waits: {}",
                                    car_recorder.id.text, error.message));
}

// False: cancelled.
base::Task<bool> Recorder::load(CarRecorder& car_recorder) {
  while (true) {
    auto open = co_await services_.store.open_charge(car_recorder.id);
    const Window newest{.period = {.from = {}, .to = base::Time::max()}, .limit = 1};
    auto last = co_await services_.store.charges(car_recorder.id, newest);
    auto sample = co_await services_.store.last_sample(car_recorder.id);
    if (open && last && sample) {
      std::optional<ChargeRecord> charge;
      if (!last->entries.empty()) charge = last->entries.front();
      car_recorder.memory = remembered(std::move(*open), charge, *sample);
      car_recorder.loaded = true;
      co_return true;
    }
    on_trouble(car_recorder, !open ? open.error() : !last ? last.error() : sample.error());
    const auto slept = co_await base::sleep_for(services_.clock, kTryAgain);
    if (!slept) co_return false;
  }
}

base::Time Recorder::next_night() const {
  const auto now = services_.clock.now();
  const auto today = std::chrono::sys_days(services_.zone.local_date(now));
  auto night = services_.zone.midnight(today) + kAfterMidnight;
  if (night <= now) night = services_.zone.midnight(today + std::chrono::days(1)) + kAfterMidnight;
  return night;
}

base::Task<void> Recorder::run(CarRecorder& car_recorder) {
  if (!co_await load(car_recorder)) co_return;
  while (true) {
    // Even without news: the end of a session may be due, and the figures are of each day.
    const auto pause = std::min<std::chrono::milliseconds>(next_night() - services_.clock.now(),
                                                           std::chrono::hours(1));
    const auto day = services_.zone.local_date(services_.clock.now());
    const auto woken =
        co_await car_recorder.wake.wait_until(services_.clock, services_.clock.steady() + pause);
    if (woken && *woken) (void)co_await base::sleep_for(services_.clock, kTogether);
    car_recorder.statistics_due =
        car_recorder.statistics_due || services_.zone.local_date(services_.clock.now()) != day;
    advance_car(car_recorder);
    if (tasks_.cancelled()) {
      (void)co_await base::shielded(write_waiting(car_recorder));
      co_return;
    }
    if (!co_await write_waiting(car_recorder)) continue;
    if (car_recorder.statistics_due) co_await make_statistics(car_recorder);
  }
}

// False: cancelled, or the store is in trouble and a pause has been made.
base::Task<bool> Recorder::write_waiting(CarRecorder& car_recorder) {
  while (!car_recorder.queue.empty()) {
    const auto written = co_await write_some(car_recorder);
    if (written) continue;
    on_trouble(car_recorder, written.error());
    if (written.error().code == base::ErrorCode::cancelled || tasks_.cancelled()) co_return false;
    (void)co_await base::sleep_for(services_.clock, kTryAgain);
    car_recorder.wake.notify();
    co_return false;
  }
  if (std::exchange(car_recorder.failing, false)) {
    services_.log.info(kRecorderPart,
                       fmt::format("car {}: the history is written again", car_recorder.id.text));
  }
  car_recorder.overflowed = false;
  co_return true;
}

base::Task<base::Result<void>> Recorder::write_some(CarRecorder& car_recorder) {
  auto& store = services_.store;
  std::size_t count = 1;
  const auto dropped = car_recorder.dropped;
  std::optional<base::Error> error;
  const auto check = [&error](const auto& result) {
    if (!result) error = result.error();
  };
  if (auto trips = copy_leading<TripRecord>(car_recorder.queue); !trips.empty()) {
    count = trips.size();
    check(co_await store.put_trips(car_recorder.id, std::move(trips)));
  } else if (auto samples = copy_leading<SampleRecord>(car_recorder.queue); !samples.empty()) {
    count = samples.size();
    check(co_await store.add_samples(car_recorder.id, std::move(samples)));
  } else if (const auto* charge = std::get_if<ChargeRecord>(&car_recorder.queue.front())) {
    check(co_await store.put_charge(car_recorder.id, *charge));
  } else if (const auto* event = std::get_if<EventRecord>(&car_recorder.queue.front())) {
    check(co_await store.add_event(car_recorder.id, *event));
  }
  if (error) co_return base::fail(std::move(*error));
  // What was dropped meanwhile stood at the front, too.
  const auto gone = std::min(count, car_recorder.dropped - dropped);
  const auto left = std::min(count - gone, car_recorder.queue.size());
  car_recorder.queue.erase(car_recorder.queue.begin(),
                           car_recorder.queue.begin() + static_cast<std::ptrdiff_t>(left));
  co_return base::Result<void>();
}

vehicle::Statistics Recorder::statistics_of(const base::CarId& car, const StatisticsInput& input,
                                            Period period) const {
  // What lies ahead is not known to be empty.
  period.to = std::min(period.to, services_.clock.now());
  return statistics(input, tariff(), usable_capacity(car), period);
}

void Recorder::estimate(const base::CarId& car, ChargeRecord& charge) const {
  history::estimate(charge, tariff(), usable_capacity(car));
}

base::Task<base::Result<vehicle::Statistics>> Recorder::read_statistics(CarRecorder& car_recorder,
                                                                        Period period) {
  auto input = co_await services_.store.statistics_input(car_recorder.id, period);
  if (!input) co_return base::fail(input.error());
  co_return statistics_of(car_recorder.id, *input, period);
}

base::Task<void> Recorder::make_statistics(CarRecorder& car_recorder) {
  const auto now = services_.clock.now();
  const auto today = services_.zone.local_date(now);
  vehicle::CarStatistics made{
      .month_began = services_.zone.midnight(today.year() / today.month() / 1),
      .currency = options_.prices.currency};
  auto recent = co_await read_statistics(car_recorder, {.from = now - kRecent, .to = now});
  auto month = co_await read_statistics(car_recorder, {.from = made.month_began, .to = now});
  if (!recent || !month) co_return on_trouble(car_recorder, (recent ? month : recent).error());
  car_recorder.statistics_due = false;
  made.recent = std::move(*recent);
  made.month = std::move(*month);
  if (show_) show_(car_recorder.id, made);
}

}  // namespace toyota2mqtt::history
