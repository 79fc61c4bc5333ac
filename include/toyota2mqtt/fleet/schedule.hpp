#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/fleet/options.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

/// When which source of a car is read (docs/schedule.md). Reading asks the cloud's memory and never
/// wakes the car. Everything here is a pure function of what is known and the time.
namespace toyota2mqtt::fleet {

/// What the car is doing, as far as the schedule cares.
enum class Mode : std::uint8_t {
  driving,       ///< the odometer moves, and nothing says that the drive has ended
  just_stopped,  ///< parked for at most kSettling: doors, locks and trips are about to be reported
  charging,      ///< says that it charges, in a report that is not too old to be believed
  plugged,       ///< at the plug without charging
  parked,
  parked_long,  ///< has not moved for kLongParked
  unreachable,  ///< the cloud did not answer several times
};
inline constexpr std::size_t kModes = 7;
std::string_view to_string(Mode mode);

inline constexpr std::chrono::minutes kSettling{20};
inline constexpr std::chrono::hours kLongParked{72};
/// A report of charging or driving that is older proves nothing any more.
inline constexpr std::chrono::hours kChargingHolds{6};
inline constexpr std::chrono::minutes kDrivingHolds{30};

/// Whether a route may be asked: it fails alone, backs off alone, and is tried again alone.
enum class Breaker : std::uint8_t {
  closed,     ///< asked by the table; after a failure a little later
  open,       ///< failed several times: not asked
  half_open,  ///< its pause is over: asked once, and that answer decides
};

/// What happened with one source of one car.
struct SourceHistory {
  std::optional<base::Time> last_read = {};    ///< asked last, whatever came of it
  std::optional<base::Time> last_answer = {};  ///< answered last
  std::optional<base::Time> last_change = {};  ///< last answered something new
  std::optional<base::Time> retry_at = {};     ///< not before this time, after failures
  bool wanted = false;                         ///< a change elsewhere made it interesting
  bool dead = false;                           ///< the car lacks it: one try a day
  bool under_way = false;                      ///< asked, and neither answered nor given up yet
  int failures = 0;                            ///< in a row
  int repeats = 0;                             ///< of these, asked again after seconds
  std::uint32_t reads = 0;                     ///< since the start
};

/// What the schedule remembers of one car. In memory only: after a start everything is read once.
struct ReadHistory {
  std::array<SourceHistory, vehicle::kAllSources.size()> sources = {};
  double phase = 0;    ///< 0 to 1, fixed per car: spreads the cars of an account
  int unanswered = 0;  ///< passes in a row in which the cloud could not be reached
  int repeats = 0;     ///< before that: how often it was tried again after seconds
  std::optional<base::Time> pause_until = {};  ///< nothing is asked before this time
  bool place_expected = false;  ///< the odometer moved, and no new place was reported since

  SourceHistory& of(vehicle::Source source) { return sources.at(static_cast<std::size_t>(source)); }
  [[nodiscard]] const SourceHistory& of(vehicle::Source source) const {
    return sources.at(static_cast<std::size_t>(source));
  }
};

/// The mode of a car, and why.
struct Situation {
  Mode mode = Mode::parked;
  std::string_view why = {};  ///< one sentence for the owner; a fixed text, without figures
  /// The car's time of the last end of a drive that is proven; nullopt while driving.
  std::optional<base::Time> stopped_at = {};
  bool alert = false;         ///< it is day for the owner: a drive may begin
  bool climate_on = false;    ///< the climate control runs
  base::Time day_began = {};  ///< the owner's last midnight
};
/// Follows vehicle::activity(), and what it was derived from.
Situation assess(const vehicle::Car& car, const ReadHistory& history, base::Time now,
                 const base::Zone& zone);

/// How often a source is read in each mode; 0 = only when a change makes it interesting.
std::chrono::seconds interval(vehicle::Source source, const Situation& situation,
                              const Polling& polling);

/// What to read now, in this order, and when to look again.
struct ReadPlan {
  std::vector<vehicle::Source> due = {};
  base::Time next = {};  ///< of what is not due; never later than the probe's interval from now
  vehicle::Source next_source = vehicle::Source::telemetry;  ///< what will be read then
};
/// `sources`: what the car has, in the order of reading (toyota::sources_for()). A source that was
/// never read is due. Intervals are shortened by up to a twelfth, the first one by up to a half, in
/// a way that is fixed by the car's phase, so that cars that started together do not stay together.
/// A wall clock that jumped never delays a read by more than one interval.
ReadPlan next_reads(const ReadHistory& history, const Situation& situation,
                    std::span<const vehicle::Source> sources, const Polling& polling,
                    base::Time now);

/// The source answered: `before` and `after` are the car's states around it. Marks as wanted what a
/// change makes interesting (a car that parked: doors, trips, warnings, messages).
void note_answer(ReadHistory& history, vehicle::Source source, const vehicle::VehicleState& before,
                 const vehicle::VehicleState& after, base::Time now);
/// The source failed in a way that mostly passes in seconds. True: it is asked again after 2, 4 and
/// then 8 s, or after the time that the cloud named, while everything else is read. False: it is
/// known to fail, or was repeated often enough, or the cloud named a longer time; nothing was
/// noted.
bool note_passing_failure(ReadHistory& history, vehicle::Source source, std::chrono::seconds named,
                          base::Time now);
/// The source failed, and the cloud as a whole did not: backs off, for `named` at least, and opens
/// after the third time.
void note_failure(ReadHistory& history, vehicle::Source source, base::Time now,
                  std::chrono::seconds named = std::chrono::seconds(0));
/// The car lacks the source, or the route is dead: one try a day.
void note_dead(ReadHistory& history, vehicle::Source source, base::Time now);
/// As note_passing_failure(), for a cloud that could not be reached: the car pauses for seconds.
bool note_lost_connection(ReadHistory& history, base::Time now);
/// The cloud could not be reached, or the account has to be looked after: a pause for the car.
void note_unreachable(ReadHistory& history, const Polling& polling, base::Time now);

/// The telemetry failed: one other source that does not rest is read with it, so that a route that
/// is ill alone and a cloud that is ill can be told apart.
void want_second_opinion(ReadHistory& history, std::span<const vehicle::Source> sources);

/// Everything is worth a request now, whatever the table and open breakers say; dead routes stay
/// dead.
void want_everything(ReadHistory& history);

/// Whether the source rests until a time that has not come yet.
bool rests(const SourceHistory& source, base::Time now);
/// Whether it was asked since the start, or is being asked: what it has to say is known, or is
/// late.
bool tried(const SourceHistory& source);

/// Until when what is known of a car may be taken for what the cloud knows: its newest answer is no
/// older than the probe's interval and two minutes for the reading itself. nullopt: nothing has
/// answered yet, or the cloud could not be reached when it was asked last.
std::optional<base::Time> fresh_until(const ReadHistory& history, const Situation& situation,
                                      const Polling& polling);

Breaker breaker(const SourceHistory& source, base::Time now);
std::string_view to_string(Breaker breaker);
/// One line for every route that is not closed: `status: open until 2026-11-20T12:00:00Z, failed 3
/// times`, or `trips: not there, asked again at 2026-11-21T12:00:00Z`. In the order of the sources;
/// empty = every route is asked as the table says.
std::vector<std::string> resting_routes(const ReadHistory& history, base::Time now);
/// Those of them that the car has: what fails, without what was never there.
std::vector<std::string> failing_routes(const ReadHistory& history, base::Time now);

}  // namespace toyota2mqtt::fleet
