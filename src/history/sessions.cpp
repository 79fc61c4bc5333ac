#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "history/advance.hpp"

// Charging sessions as they are seen from outside: from the first report "charging" to the first
// one that says otherwise.
namespace toyota2mqtt::history {

namespace {

using Session = CarMemory::Session;

constexpr auto kSilence = std::chrono::hours(24);  // without a report nobody knows that it goes on
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

void say(Session& session, const std::string& note) {
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

class Judge {
 public:
  Judge(CarMemory& memory, const Seen& seen, const Tariff& tariff, std::vector<Write>& writes)
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
    note_odometer();
  }

 private:
  void open(base::Time at, std::optional<double> level) {
    memory_.session =
        Session{.record = {.start = at, .level_start = level, .level_end = level}, .seen = at};
    note_odometer();
    estimate_now(*memory_.session, seen_, tariff_);
    writes_.emplace_back(memory_.session->record);
  }

  void carry_on(base::Time at, std::optional<double> level) {
    auto& session = *memory_.session;
    const auto before = session.record;
    note_gap(at, "while it charged");
    session.seen = at;
    take_level(level);
    estimate_now(session, seen_, tariff_);
    if (session.record != before) writes_.emplace_back(session.record);
  }

  void close(base::Time at, std::optional<double> level) {
    note_gap(at, "before its end");
    memory_.session->seen = at;
    memory_.session->record.end = at;
    take_level(level);
    finish();
  }

  // Nobody saw the end: what is known ends with the last report.
  void lose() {
    memory_.session->record.end = memory_.session->seen;
    say(*memory_.session, "its end was not seen");
    finish();
  }

  void finish() {
    estimate_now(*memory_.session, seen_, tariff_);
    writes_.emplace_back(memory_.session->record);
    memory_.session.reset();
  }

  void take_level(std::optional<double> level) {
    auto& record = memory_.session->record;
    if (!level) return;
    if (!record.level_start) record.level_start = level;
    record.level_end = std::max(*level, record.level_end.value_or(*level));
  }

  void note_gap(base::Time at, const char* when) {
    const auto gap = at - memory_.session->seen;
    if (gap < kLongGap) return;
    say(*memory_.session, fmt::format("no report for {} {}", spelled(gap), when));
  }

  void note_odometer() {
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

}  // namespace

void advance_session(CarMemory& memory, const Seen& seen, const Tariff& tariff, base::Time now,
                     std::vector<Write>& writes) {
  Judge judge(memory, seen, tariff, writes);
  const auto& report = seen.charging;
  const bool fresh = report && believable(report->at, now) && now - report->at <= kSilence &&
                     (!memory.judged || report->at > *memory.judged);
  if (fresh) {
    memory.judged = report->at;
    judge.report(*report);
  }
  judge.passed(now);
}

}  // namespace toyota2mqtt::history
