#include "toyota2mqtt/fleet/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ranges>

#include "fleet/schedule_table.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::fleet {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using vehicle::Source;

namespace {

constexpr hours kDayBegins{6};
constexpr hours kDayEnds{22};
constexpr int kOpensAfter = 3;
constexpr int kUnreachableAfter = 2;
constexpr std::array kRepeatPauses = {milliseconds(2000), milliseconds(4000), milliseconds(8000)};
constexpr seconds kLongestRepeatPause{30};  // a longer one is a pause of the schedule
constexpr minutes kFirstPause{5};
constexpr hours kLongestReadPause{6};
constexpr hours kDeadPause{24};
constexpr seconds kClockStepSlack{60};  // a clock that is put right by less was not set back
constexpr seconds kJustRead{60};  // a source that was read so lately has seen the change already
constexpr double kMostShortened = 1.0 / 12;
constexpr double kGolden = 0.6180339887498949;
constexpr minutes kReadingTakes{2};  // what a reading may take before its answers are late
constexpr seconds kMidnightSpread{20};

const ScheduleRow& row_of(Source source) {
  return *std::ranges::find(schedule_table::kRows, source, &ScheduleRow::source);
}

/// 0 to 1, another one for each number, fixed per car.
double spread(double phase, std::uint32_t number) {
  const double sum = phase + kGolden * number;
  return sum - std::floor(sum);
}

milliseconds scaled(milliseconds whole, double factor) {
  return milliseconds(std::llround(static_cast<double>(whole.count()) * factor));
}

/// The last proven end of a drive.
std::optional<base::Time> end_of_drive(const vehicle::Evidence& evidence) {
  if (!evidence.odometer_changed) return evidence.parked_at;
  const auto moved = evidence.odometer_changed->at;
  if (evidence.parked_at && *evidence.parked_at >= moved) return evidence.parked_at;
  return moved;
}

/// The odometer moved lately and no evidence of parking came since. Stronger than the activity
/// `driving`, which needs two reports close together: a schedule must not miss the first minutes.
bool moving(const vehicle::Car& car, vehicle::Activity activity, base::Time now) {
  const auto& changed = car.evidence.odometer_changed;
  if (!changed || now - changed->at > kDrivingHolds) return false;
  if (activity == vehicle::Activity::driving) return true;
  // A first report ever proves no movement.
  return activity == vehicle::Activity::unknown && car.evidence.previous_odometer.has_value();
}

bool believable_charging(const vehicle::Car& car, base::Time now) {
  const auto& status = car.state.charging_status;
  return status && status->at && now - *status->at <= kChargingHolds;
}

bool climate_runs(const vehicle::VehicleState& state) {
  return state.climate_status && state.climate_status->value != "stopped";
}

struct Found {
  Mode mode;
  std::string_view why;
};

Found parked_mode(const vehicle::Car& car, const Situation& situation, base::Time now) {
  const auto stood = situation.stopped_at ? now - *situation.stopped_at : milliseconds(0);
  if (situation.stopped_at && stood <= kSettling) {
    return {Mode::just_stopped, "A drive has just ended."};
  }
  if (stood > kLongParked) return {Mode::parked_long, "It has not been driven for three days."};
  if (vehicle::plugged_in(car.state, car.evidence) == true) {
    return {Mode::plugged, "It is plugged in and does not charge."};
  }
  if (!situation.stopped_at) return {Mode::parked, "Nothing says that it moves."};
  return {Mode::parked, "The odometer stands still or the car has reported where it is parked."};
}

Found find_mode(const vehicle::Car& car, const ReadHistory& history, const Situation& situation,
                base::Time now) {
  if (history.unanswered >= kUnreachableAfter) {
    return {Mode::unreachable, "The cloud could not be reached several times."};
  }
  const auto activity = vehicle::activity(car.state, car.evidence);
  if (activity == vehicle::Activity::charging && believable_charging(car, now)) {
    return {Mode::charging, "It says that it charges."};
  }
  if (moving(car, activity, now)) {
    return {Mode::driving, "The odometer has moved and nothing says that the drive has ended."};
  }
  return parked_mode(car, situation, now);
}

/// Short pauses at first: most failures of one route pass by themselves.
milliseconds pause_after(int failures, double phase) {
  const auto doubled = kFirstPause * (1LL << std::clamp(failures - 1, 0, 10));
  const auto pause = std::min<milliseconds>(doubled, kLongestReadPause);
  return scaled(pause, 1.0 - spread(phase, static_cast<std::uint32_t>(failures)) / 5);
}

/// The time of the next repetition; nullopt: there were enough of them.
std::optional<base::Time> repeat_at(int& repeats, double phase, base::Time now) {
  if (repeats >= static_cast<int>(kRepeatPauses.size())) return std::nullopt;
  const auto pause = kRepeatPauses.at(static_cast<std::size_t>(repeats));
  ++repeats;
  return now + scaled(pause, 0.75 + spread(phase, static_cast<std::uint32_t>(repeats)) / 2);
}

base::Time due_at(const SourceHistory& source, milliseconds every, bool first_may_come_early,
                  double phase, base::Time now) {
  if (source.under_way) return now + kDeadPause;
  // A clock that was set back must not turn a pause into a year.
  if (source.retry_at) return *source.retry_at > now + kDeadPause ? now : *source.retry_at;
  if (!source.last_read || source.wanted || *source.last_read > now + kClockStepSlack) return now;
  if (every == milliseconds(0)) return now + kDeadPause;
  double factor = 1.0 - kMostShortened * spread(phase, source.reads);
  if (source.reads <= 1 && first_may_come_early) factor = 0.5 + phase / 2;
  return std::min(*source.last_read, now) + scaled(every, factor);
}

bool newer(std::optional<base::Time> after, std::optional<base::Time> before) {
  return after && (!before || *after > *before);
}

template <class T>
bool changed(const vehicle::Field<T>& before, const vehicle::Field<T>& after) {
  return before && after && before->value != after->value;
}

void want(ReadHistory& history, std::initializer_list<Source> sources, base::Time now) {
  for (const auto source : sources) {
    auto& entry = history.of(source);
    const bool just_read = entry.last_read && now - *entry.last_read < kJustRead;
    if (!just_read) entry.wanted = true;
  }
}

}  // namespace

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::driving: return "driving";
    case Mode::just_stopped: return "just_stopped";
    case Mode::charging: return "charging";
    case Mode::plugged: return "plugged";
    case Mode::parked: return "parked";
    case Mode::parked_long: return "parked_long";
    case Mode::unreachable: return "unreachable";
  }
  return "parked";
}

std::string_view to_string(Breaker breaker) {
  switch (breaker) {
    case Breaker::closed: return "closed";
    case Breaker::open: return "open";
    case Breaker::half_open: return "half_open";
  }
  return "closed";
}

Situation assess(const vehicle::Car& car, const ReadHistory& history, base::Time now,
                 const base::Zone& zone) {
  Situation situation;
  situation.day_began = zone.midnight(zone.local_date(now));
  situation.stopped_at = end_of_drive(car.evidence);
  situation.climate_on = climate_runs(car.state);
  const auto found = find_mode(car, history, situation, now);
  situation.mode = found.mode;
  situation.why = found.why;
  const auto of_day = now - situation.day_began;
  situation.alert = of_day >= kDayBegins && of_day < kDayEnds;
  if (situation.mode == Mode::driving) situation.stopped_at.reset();
  return situation;
}

seconds interval(Source source, const Situation& situation, const Polling& polling) {
  if (source == Source::vehicle_list) return seconds(0);
  if (source == Source::climate_status && situation.climate_on) return polling.driving;
  const auto every = row_of(source).every.at(static_cast<std::size_t>(situation.mode));
  switch (every.tempo) {
    case Tempo::change: return seconds(0);
    case Tempo::driving: return polling.driving * every.times;
    case Tempo::charging: return polling.charging * every.times;
    case Tempo::parked: return polling.parked * every.times;
    case Tempo::alert:
      return std::min(polling.parked, situation.alert ? polling.driving : polling.parked) *
             every.times;
    case Tempo::minutes: return minutes(every.times);
  }
  return seconds(0);
}

ReadPlan next_reads(const ReadHistory& history, const Situation& situation,
                    std::span<const Source> sources, const Polling& polling, base::Time now) {
  ReadPlan plan;
  const auto longest = interval(Source::telemetry, situation, polling);
  plan.next = now + longest;
  const auto longest_pause = now + std::max<milliseconds>(polling.parked, kClockStepSlack);
  if (history.pause_until && *history.pause_until > now && *history.pause_until <= longest_pause) {
    plan.next = *history.pause_until;
    return plan;
  }
  for (const auto source : sources) {
    const auto& entry = history.of(source);
    auto due = due_at(entry, interval(source, situation, polling), source == Source::telemetry,
                      history.phase, now);
    // The sums of a day begin anew with the owner's day.
    const auto new_day = situation.day_began + scaled(kMidnightSpread, history.phase);
    if (source == Source::trips && !entry.retry_at && entry.last_read &&
        *entry.last_read < situation.day_began) {
      due = std::min(due, std::max(new_day, now));
    }
    if (due <= now) {
      plan.due.push_back(source);
    } else if (due < plan.next) {
      plan.next = due;
      plan.next_source = source;
    }
  }
  return plan;
}

void note_answer(ReadHistory& history, Source source, const vehicle::VehicleState& before,
                 const vehicle::VehicleState& after, base::Time now) {
  auto& entry = history.of(source);
  entry.last_read = entry.last_answer = now;
  if (before != after) entry.last_change = now;
  entry.retry_at.reset();
  entry.dead = false;
  entry.failures = entry.repeats = 0;
  entry.wanted = false;
  ++entry.reads;
  history.unanswered = history.repeats = 0;
  history.pause_until.reset();

  const bool told_more = newer(after.reported(source), before.reported(source));
  const bool moved = changed(before.odometer, after.odometer);
  history.place_expected = history.place_expected || moved;
  if (moved) {
    want(history, {Source::electric}, now);
  } else if (source == Source::telemetry && told_more) {
    want(history, {Source::electric, Source::status}, now);
  }
  // Also when the last few metres did not move the odometer's last digit: that may be the stop.
  if (history.place_expected && (moved || (source == Source::telemetry && told_more))) {
    want(history, {Source::location}, now);
  }
  if (source == Source::location && told_more) {
    history.place_expected = false;
    want(history, {Source::status, Source::trips, Source::health, Source::notifications}, now);
  }
  if (changed(before.charging_status, after.charging_status)) {
    want(history, {Source::electric, Source::notifications}, now);
  }
  if (changed(before.climate_status, after.climate_status)) {
    want(history, {Source::climate_settings, Source::notifications}, now);
  }
}

bool note_passing_failure(ReadHistory& history, Source source, seconds named, base::Time now) {
  auto& entry = history.of(source);
  if (entry.failures > 0 || named > kLongestRepeatPause) return false;
  const auto at = repeat_at(entry.repeats, history.phase, now);
  if (!at) return false;
  entry.last_read = now;
  entry.retry_at = std::max<base::Time>(*at, now + named);
  return true;
}

bool note_lost_connection(ReadHistory& history, base::Time now) {
  if (history.unanswered > 0) return false;
  const auto at = repeat_at(history.repeats, history.phase, now);
  if (at) history.pause_until = at;
  return at.has_value();
}

void note_failure(ReadHistory& history, Source source, base::Time now, seconds named) {
  auto& entry = history.of(source);
  entry.last_read = now;
  entry.wanted = false;
  ++entry.reads;
  entry.dead = false;
  ++entry.failures;
  const auto pause = pause_after(entry.failures, history.phase);
  entry.retry_at =
      now + std::max<milliseconds>(pause, std::min<milliseconds>(named, kLongestReadPause));
}

void note_dead(ReadHistory& history, Source source, base::Time now) {
  auto& entry = history.of(source);
  entry.last_read = now;
  entry.wanted = false;
  ++entry.reads;
  entry.dead = true;
  entry.failures = std::max(entry.failures, kOpensAfter);
  entry.retry_at = now + kDeadPause;
}

void note_unreachable(ReadHistory& history, const Polling& polling, base::Time now) {
  const auto pause = pause_after(++history.unanswered, history.phase);
  history.pause_until = now + std::min<milliseconds>(pause, polling.parked);
}

void want_second_opinion(ReadHistory& history, std::span<const Source> sources) {
  for (const auto source : std::views::reverse(sources)) {
    auto& entry = history.of(source);
    if (source == Source::telemetry || entry.retry_at) continue;
    entry.wanted = true;
    return;
  }
}

void want_everything(ReadHistory& history) {
  history.pause_until.reset();
  for (auto& source : history.sources) {
    source.wanted = true;
    if (!source.dead) source.retry_at.reset();
  }
}

bool rests(const SourceHistory& source, base::Time now) {
  return source.retry_at && *source.retry_at > now && *source.retry_at <= now + kDeadPause;
}

bool tried(const SourceHistory& source) {
  return source.under_way || source.reads > 0 || source.repeats > 0;
}

std::optional<base::Time> fresh_until(const ReadHistory& history, const Situation& situation,
                                      const Polling& polling) {
  if (history.unanswered > 0) return std::nullopt;
  std::optional<base::Time> newest;
  for (const auto& source : history.sources) {
    if (newer(source.last_answer, newest)) newest = source.last_answer;
  }
  if (!newest) return std::nullopt;
  return *newest + interval(Source::telemetry, situation, polling) + kReadingTakes;
}

Breaker breaker(const SourceHistory& source, base::Time now) {
  if (source.failures < kOpensAfter || !source.retry_at) return Breaker::closed;
  return now < *source.retry_at ? Breaker::open : Breaker::half_open;
}

}  // namespace toyota2mqtt::fleet
