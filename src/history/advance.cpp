#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <ranges>
#include <utility>

#include "toyota2mqtt/history/recorder.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::history {

namespace {

// A clock of a car that runs ahead of ours tells nothing that could be put in order.
bool believable(base::Time at, base::Time now) {
  constexpr auto kAhead = std::chrono::minutes(5);
  return at <= now + kAhead;
}

using Session = CarMemory::Session;

constexpr auto kSilence = std::chrono::hours(24);  // without a report it counts as ended
constexpr auto kLongGap = std::chrono::hours(2);   // is worth a word
constexpr auto kSameMoment = std::chrono::minutes(10);
constexpr double kMoved = 1;   // km
constexpr double kFallen = 2;  // % points: no rounding

std::optional<double> level_at(const Seen& seen, base::Time at) {
  const auto& level = seen.battery_level;
  if (!level || std::chrono::abs(level->at - at) > kSameMoment) return std::nullopt;
  return level->value;
}

std::string spelled(std::chrono::milliseconds gap) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(gap).count();
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

void add_note(Session& session, const std::string& note) {
  if (!session.record.basis.contains(note)) session.record.basis += "; " + note;
}

/// The energy so far, as if the session ended with its newest report.
void estimate_now(Session& session, const Seen& seen, const Tariff& tariff) {
  auto& record = session.record;
  const auto end = record.end;
  if (!record.end) record.end = session.seen;
  estimate(record, tariff, seen.usable_capacity);
  record.end = end;
}

// A charging session as it is seen from outside: from the first report "charging" to the first one
// that says otherwise.
class SessionTracker {
 public:
  SessionTracker(CarMemory& memory, const Seen& seen, const Tariff& tariff,
                 std::vector<Write>& writes)
      : memory_(memory), seen_(seen), tariff_(tariff), writes_(writes) {}

  void report(Seen::Charging report) {
    const auto level = level_at(seen_, report.at);
    if (memory_.session && (was_driven() || has_fallen(level))) lose();
    if (report.charging) {
      memory_.session ? carry_on(report.at, level) : open(report.at, level);
    } else if (memory_.session) {
      close(report.at, level);
    }
  }

  void passed(base::Time now) {
    if (!memory_.session) return;
    if (was_driven() || now - memory_.session->seen > kSilence) return lose();
    record_odometer();
  }

 private:
  void open(base::Time at, std::optional<double> level) {
    memory_.session =
        Session{.record = {.start = at, .level_start = level, .level_end = level}, .seen = at};
    record_odometer();
    estimate_now(*memory_.session, seen_, tariff_);
    writes_.emplace_back(memory_.session->record);
  }

  void carry_on(base::Time at, std::optional<double> level) {
    auto& session = *memory_.session;
    const auto before = session.record;
    record_gap(at, "while it charged");
    session.seen = at;
    update_level(level);
    estimate_now(session, seen_, tariff_);
    if (session.record != before) writes_.emplace_back(session.record);
  }

  void close(base::Time at, std::optional<double> level) {
    record_gap(at, "before its end");
    memory_.session->seen = at;
    memory_.session->record.end = at;
    update_level(level);
    finish();
  }

  // No report shows the end: what is known ends with the last report.
  void lose() {
    memory_.session->record.end = memory_.session->seen;
    add_note(*memory_.session, "its end was not seen");
    finish();
  }

  void finish() {
    estimate_now(*memory_.session, seen_, tariff_);
    writes_.emplace_back(memory_.session->record);
    memory_.session.reset();
  }

  void update_level(std::optional<double> level) {
    auto& record = memory_.session->record;
    if (!level) return;
    if (!record.level_start) record.level_start = level;
    record.level_end = std::max(*level, record.level_end.value_or(*level));
  }

  void record_gap(base::Time at, const char* when) {
    const auto gap = at - memory_.session->seen;
    if (gap < kLongGap) return;
    add_note(*memory_.session, fmt::format("no report for {} {}", spelled(gap), when));
  }

  void record_odometer() {
    auto& session = *memory_.session;
    const auto& odometer = seen_.odometer;
    if (!session.odometer && odometer && odometer->at >= session.record.start) {
      session.odometer = odometer->value;
    }
  }

  [[nodiscard]] bool was_driven() const {
    const auto& session = *memory_.session;
    return session.odometer && seen_.odometer && seen_.odometer->at > session.seen &&
           seen_.odometer->value > *session.odometer + kMoved;
  }
  [[nodiscard]] bool has_fallen(std::optional<double> level) const {
    const auto& last = memory_.session->record.level_end;
    return level && last && *level < *last - kFallen;
  }

  CarMemory& memory_;
  const Seen& seen_;
  const Tariff& tariff_;
  std::vector<Write>& writes_;
};

constexpr auto kShortest = std::chrono::minutes(1);  // between two samples

template <class Tag>
std::optional<Seen::Value> value_of(const vehicle::Field<vehicle::Quantity<Tag>>& field) {
  if (!field || !field->at) return std::nullopt;
  return Seen::Value{.value = field->value.value, .at = *field->at};
}

/// The five values of a sample, so that they are treated alike.
struct Column {
  std::optional<Seen::Value> Seen::* seen;
  std::optional<double> SampleRecord::* kept;
};
constexpr std::array kColumns = {
    Column{.seen = &Seen::battery_level, .kept = &SampleRecord::battery_level},
    Column{.seen = &Seen::ev_range, .kept = &SampleRecord::ev_range},
    Column{.seen = &Seen::fuel_level, .kept = &SampleRecord::fuel_level},
    Column{.seen = &Seen::fuel_range, .kept = &SampleRecord::fuel_range},
    Column{.seen = &Seen::odometer, .kept = &SampleRecord::odometer}};

void advance_sample(CarMemory& memory, const Seen& seen, base::Time now,
                    std::vector<Write>& writes) {
  const auto last = memory.sample.value_or(SampleRecord{});
  SampleRecord sample;
  std::optional<base::Time> changed;
  for (const auto& [from, to] : kColumns) {
    const auto& value = seen.*from;
    if (!value || !believable(value->at, now)) continue;
    sample.*to = value->value;
    if (last.*to == value->value) continue;
    changed = std::max(changed.value_or(value->at), value->at);
  }
  if (!changed) return;
  // What comes within a minute, or late from another part of the cloud, belongs to the last sample.
  const bool same = memory.sample && *changed < last.at + kShortest;
  sample.at = same ? last.at : *changed;
  memory.sample = sample;
  writes.emplace_back(sample);
}

void advance_trips(CarMemory& memory, const Seen& seen, std::vector<Write>& writes) {
  for (const auto& listed : std::views::reverse(seen.trips)) {
    if (std::ranges::find(memory.trips, listed) != memory.trips.end()) continue;
    writes.emplace_back(record_of(listed));
  }
  if (!seen.trips.empty()) memory.trips = seen.trips;
}

void advance_session(CarMemory& memory, const Seen& seen, const Tariff& tariff, base::Time now,
                     std::vector<Write>& writes) {
  SessionTracker tracker(memory, seen, tariff, writes);
  const auto& report = seen.charging;
  const bool fresh = report && believable(report->at, now) && now - report->at <= kSilence &&
                     (!memory.last_report || report->at > *memory.last_report);
  if (fresh) {
    memory.last_report = report->at;
    tracker.report(*report);
  }
  tracker.passed(now);
}

}  // namespace

TripRecord record_of(vehicle::ListedTrip listed) {
  TripRecord record{.trip = std::move(listed.trip)};
  record.route.reserve(listed.track.size());
  for (const auto& point : listed.track) {
    record.route.push_back({.latitude = point.latitude, .longitude = point.longitude});
  }
  return record;
}

Seen seen_of(const vehicle::Car& car) {
  const auto& state = car.state;
  Seen seen{.battery_level = value_of(vehicle::battery_level(state, car.evidence)),
            .ev_range = value_of(state.ev_range),
            .fuel_level = value_of(state.fuel_level),
            .fuel_range = value_of(state.fuel_range),
            .odometer = value_of(state.odometer),
            .usable_capacity = car.usable_capacity};
  if (const auto& status = state.charging_status; status && status->at) {
    seen.charging = {.charging = status->value == vehicle::ChargingStatus::charging,
                     .at = *status->at};
  }
  if (state.listed_trips) seen.trips = *state.listed_trips;
  return seen;
}

CarMemory remembered(std::optional<ChargeRecord> open, const std::optional<ChargeRecord>& newest,
                     std::optional<SampleRecord> sample) {
  CarMemory memory;
  if (newest) memory.last_report = newest->end.value_or(newest->start);
  if (open) {
    // Each new level of the session has left a sample.
    const auto seen = sample ? std::max(open->start, sample->at) : open->start;
    memory.last_report = std::max(memory.last_report.value_or(open->start), open->start);
    memory.session = CarMemory::Session{.record = std::move(*open), .seen = seen};
  }
  memory.sample = sample;
  return memory;
}

std::vector<Write> advance(CarMemory& memory, const Seen& seen, const Tariff& tariff,
                           base::Time now) {
  std::vector<Write> writes;
  advance_session(memory, seen, tariff, now, writes);
  advance_sample(memory, seen, now, writes);
  advance_trips(memory, seen, writes);
  return writes;
}

}  // namespace toyota2mqtt::history
