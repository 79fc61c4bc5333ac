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
std::vector<T> take_leading(const std::deque<Write>& queue) {
  std::vector<T> run;
  for (const auto& write : queue) {
    const auto* entry = std::get_if<T>(&write);
    if (entry == nullptr) break;
    run.push_back(*entry);
  }
  return run;
}

bool changes_figures(const Write& write) {
  const auto* charge = std::get_if<ChargeRecord>(&write);
  return std::holds_alternative<TripRecord>(write) || (charge != nullptr && charge->end);
}

}  // namespace

/// One car: what is remembered of it, and what waits to be written.
struct Recorder::Keeper {
  explicit Keeper(base::CarId car) : id(std::move(car)) {}

  base::CarId id;
  CarMemory memory;
  std::optional<Seen> seen;
  bool loaded = false;
  std::deque<Write> queue;
  base::Event wake;
  bool failing = false;
  bool overflowed = false;
  bool figures_due = true;
  // Told apart from an entry that was written: the front of the queue may be dropped while it is.
  std::size_t dropped = 0;
};

Recorder::Recorder(Services services, Options options)
    : services_(std::move(services)),
      options_(std::move(options)),
      tasks_(services_.executor, services_.log) {}

Recorder::~Recorder() = default;

Recorder::Keeper& Recorder::keeper_of(const base::CarId& car) {
  auto& keeper = keepers_[car];
  if (!keeper) {
    keeper = std::make_unique<Keeper>(car);
    if (!tasks_.cancelled()) tasks_.spawn("history of a car", keep(*keeper));
  }
  return *keeper;
}

void Recorder::saw(const vehicle::Car& car) {
  auto& keeper = keeper_of(car.identity.id);
  auto seen = seen_of(car);
  if (!options_.routes) {
    for (auto& listed : seen.trips) listed.track.clear();
  }
  if (keeper.seen == seen) return;
  const bool other_capacity = keeper.seen && keeper.seen->usable_capacity != seen.usable_capacity;
  keeper.figures_due = keeper.figures_due || other_capacity;
  keeper.seen = std::move(seen);
  keeper.wake.notify();
}

void Recorder::note(const base::CarId& car, EventRecord event) {
  if (event.at == base::Time{}) event.at = services_.clock.now();
  auto& keeper = keeper_of(car);
  put(keeper, std::move(event));
  keeper.wake.notify();
}

void Recorder::use(Options options) {
  options_ = std::move(options);
  for (auto& [id, keeper] : keepers_) {
    keeper->figures_due = true;
    keeper->wake.notify();
  }
}

void Recorder::forget(const base::CarId& car) {
  const auto found = keepers_.find(car);
  if (found == keepers_.end()) return;
  auto& keeper = *found->second;
  if (keeper.loaded) look(keeper);  // what was seen up to now goes with the rest
  keeper.dropped += keeper.queue.size();
  keeper.queue.clear();
  keeper.memory.session.reset();
  keeper.figures_due = true;
  keeper.wake.notify();
}

std::optional<double> Recorder::usable_capacity(const base::CarId& car) const {
  const auto found = keepers_.find(car);
  if (found == keepers_.end() || !found->second->seen) return std::nullopt;
  const double capacity = found->second->seen->usable_capacity;
  return capacity > 0 ? std::optional(capacity) : std::nullopt;
}

std::size_t Recorder::waiting() const {
  std::size_t count = 0;
  for (const auto& [id, keeper] : keepers_) count += keeper->queue.size();
  return count;
}

void Recorder::cancel() { tasks_.cancel(); }

base::Task<void> Recorder::join() { co_await tasks_.join(); }

void Recorder::put(Keeper& keeper, Write write) {
  // A step of a session that still waits is overtaken by the next one.
  if (const auto* charge = std::get_if<ChargeRecord>(&write)) {
    // Not at the front: that one may be under way.
    for (std::size_t i = 1; i < keeper.queue.size(); ++i) {
      auto* other = std::get_if<ChargeRecord>(&keeper.queue[i]);
      if (other == nullptr || other->start != charge->start) continue;
      *other = *charge;
      return;
    }
  }
  keeper.queue.push_back(std::move(write));
  if (keeper.queue.size() <= kMostWaiting) return;
  keeper.queue.pop_front();
  ++keeper.dropped;
  if (std::exchange(keeper.overflowed, true)) return;
  services_.log.warning(kRecorderPart,
                        fmt::format("car {}: more than {} entries wait for the storage; the "
                                    "oldest ones are lost",
                                    keeper.id.text, kMostWaiting));
}

void Recorder::look(Keeper& keeper) {
  if (!keeper.seen) return;
  for (auto& write : advance(keeper.memory, *keeper.seen, tariff(), services_.clock.now())) {
    keeper.figures_due = keeper.figures_due || changes_figures(write);
    put(keeper, std::move(write));
  }
}

void Recorder::note_trouble(Keeper& keeper, const base::Error& error) {
  if (error.code == base::ErrorCode::cancelled || std::exchange(keeper.failing, true)) return;
  services_.log.warning(kRecorderPart,
                        fmt::format("car {}: the history cannot be written, it waits: {}",
                                    keeper.id.text, error.message));
}

// False: cancelled.
base::Task<bool> Recorder::load(Keeper& keeper) {
  while (true) {
    auto open = co_await services_.store.open_charge(keeper.id);
    const Window newest{.period = {.from = {}, .to = base::Time::max()}, .limit = 1};
    auto last = co_await services_.store.charges(keeper.id, newest);
    auto sample = co_await services_.store.last_sample(keeper.id);
    if (open && last && sample) {
      std::optional<ChargeRecord> charge;
      if (!last->entries.empty()) charge = last->entries.front();
      keeper.memory = remembered(std::move(*open), charge, *sample);
      keeper.loaded = true;
      co_return true;
    }
    note_trouble(keeper, !open ? open.error() : !last ? last.error() : sample.error());
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

base::Task<void> Recorder::keep(Keeper& keeper) {
  if (!co_await load(keeper)) co_return;
  while (true) {
    // Even without news: the end of a session may be due, and the figures are of each day.
    const auto pause = std::min<std::chrono::milliseconds>(next_night() - services_.clock.now(),
                                                           std::chrono::hours(1));
    const auto day = services_.zone.local_date(services_.clock.now());
    const auto woken =
        co_await keeper.wake.wait_until(services_.clock, services_.clock.steady() + pause);
    if (woken && *woken) (void)co_await base::sleep_for(services_.clock, kTogether);
    keeper.figures_due =
        keeper.figures_due || services_.zone.local_date(services_.clock.now()) != day;
    look(keeper);
    if (tasks_.cancelled()) {
      (void)co_await base::shielded(write_waiting(keeper));
      co_return;
    }
    if (!co_await write_waiting(keeper)) continue;
    if (keeper.figures_due) co_await make_figures(keeper);
  }
}

// False: cancelled, or the store is in trouble and a pause has been made.
base::Task<bool> Recorder::write_waiting(Keeper& keeper) {
  while (!keeper.queue.empty()) {
    const auto written = co_await write_some(keeper);
    if (written) continue;
    note_trouble(keeper, written.error());
    if (written.error().code == base::ErrorCode::cancelled || tasks_.cancelled()) co_return false;
    (void)co_await base::sleep_for(services_.clock, kTryAgain);
    keeper.wake.notify();
    co_return false;
  }
  if (std::exchange(keeper.failing, false)) {
    services_.log.info(kRecorderPart,
                       fmt::format("car {}: the history is written again", keeper.id.text));
  }
  keeper.overflowed = false;
  co_return true;
}

base::Task<base::Result<void>> Recorder::write_some(Keeper& keeper) {
  auto& store = services_.store;
  std::size_t count = 1;
  const auto dropped = keeper.dropped;
  std::optional<base::Error> error;
  const auto note_error = [&error](const auto& result) {
    if (!result) error = result.error();
  };
  if (auto trips = take_leading<TripRecord>(keeper.queue); !trips.empty()) {
    count = trips.size();
    note_error(co_await store.put_trips(keeper.id, std::move(trips)));
  } else if (auto samples = take_leading<SampleRecord>(keeper.queue); !samples.empty()) {
    count = samples.size();
    note_error(co_await store.add_samples(keeper.id, std::move(samples)));
  } else if (const auto* charge = std::get_if<ChargeRecord>(&keeper.queue.front())) {
    note_error(co_await store.put_charge(keeper.id, *charge));
  } else if (const auto* event = std::get_if<EventRecord>(&keeper.queue.front())) {
    note_error(co_await store.add_event(keeper.id, *event));
  }
  if (error) co_return base::fail(std::move(*error));
  // What was dropped meanwhile stood at the front, too.
  const auto gone = std::min(count, keeper.dropped - dropped);
  const auto left = std::min(count - gone, keeper.queue.size());
  keeper.queue.erase(keeper.queue.begin(),
                     keeper.queue.begin() + static_cast<std::ptrdiff_t>(left));
  co_return base::Result<void>();
}

vehicle::Figures Recorder::figures_of(const base::CarId& car, const FigureInput& input,
                                      Period period) const {
  // What lies ahead is not known to be empty.
  period.to = std::min(period.to, services_.clock.now());
  return figures(input, tariff(), usable_capacity(car), period);
}

void Recorder::estimate(const base::CarId& car, ChargeRecord& charge) const {
  history::estimate(charge, tariff(), usable_capacity(car));
}

base::Task<base::Result<vehicle::Figures>> Recorder::read_figures(Keeper& keeper, Period period) {
  auto input = co_await services_.store.figure_input(keeper.id, period);
  if (!input) co_return base::fail(input.error());
  co_return figures_of(keeper.id, *input, period);
}

base::Task<void> Recorder::make_figures(Keeper& keeper) {
  const auto now = services_.clock.now();
  const auto today = services_.zone.local_date(now);
  vehicle::CarFigures made{.month_began = services_.zone.midnight(today.year() / today.month() / 1),
                           .currency = options_.prices.currency};
  auto recent = co_await read_figures(keeper, {.from = now - kRecent, .to = now});
  auto month = co_await read_figures(keeper, {.from = made.month_began, .to = now});
  if (!recent || !month) co_return note_trouble(keeper, (recent ? month : recent).error());
  keeper.figures_due = false;
  made.recent = std::move(*recent);
  made.month = std::move(*month);
  if (show_) show_(keeper.id, made);
}

}  // namespace toyota2mqtt::history
