#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/fleet/options.hpp"
#include "toyota2mqtt/fleet/schedule.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

/// When the car itself may be asked (docs/schedule.md, "Wakes"). A wake costs the car's 12 V
/// battery, so each one needs a reason, a budget, and a car that answers. Pure functions; the
/// history is persisted per car (store, space "wakes").
namespace toyota2mqtt::fleet {

using toyota::WakeRoute;

inline constexpr std::array kWakeRoutes = {WakeRoute::status, WakeRoute::electric,
                                           WakeRoute::climate};

enum class WakeReason : std::uint8_t {
  stopped,   ///< a drive ended and the locks are not known yet
  charging,  ///< the level is about to be older than wake.while_charging
  owner,     ///< the button
  command,   ///< to see whether a command was carried out
  idle,      ///< wake.idle
};
std::string_view to_string(WakeReason reason);

/// What is remembered of one wake route of one car.
struct WakeRouteHistory {
  int without_effect = 0;  ///< in a row; 3 = soft-disabled until the car shows life
  int rejections = 0;      ///< by the cloud; the first holds for a day, the second for good
  std::optional<base::Time> rejected_at = {};
  friend bool operator==(const WakeRouteHistory&, const WakeRouteHistory&) = default;
};

/// A wake whose effect is not seen yet. Not persisted.
struct PendingWake {
  WakeRoute route = WakeRoute::status;
  base::Time sent_at = {};
  std::optional<base::Time> before = {};  ///< the source's car time when it was sent
  int looks = 0;                          ///< how often the source was read since
  friend bool operator==(const PendingWake&, const PendingWake&) = default;
};

struct WakeHistory {
  base::Time day = {};  ///< the owner's midnight that the counters belong to
  int today = 0;        ///< times it was woken today, charging included
  int today_charging = 0;
  std::optional<base::Time> last = {};
  std::optional<base::Time> last_charging = {};
  std::optional<WakeReason> last_reason = {};
  std::optional<base::Time> stop = {};  ///< the stop that stop_served is about
  int stop_served = 0;                  ///< how many of wake.after_stop are done with
  std::optional<base::Time> life = {};  ///< the newest car time seen when a route was soft-disabled
  std::array<WakeRouteHistory, 3> routes = {};
  std::vector<PendingWake> pending = {};

  WakeRouteHistory& of(WakeRoute route) { return routes.at(static_cast<std::size_t>(route)); }
  [[nodiscard]] const WakeRouteHistory& of(WakeRoute route) const {
    return routes.at(static_cast<std::size_t>(route));
  }
  friend bool operator==(const WakeHistory&, const WakeHistory&) = default;
};
/// JSON text for the store, and back; nullopt for anything that is not such a text.
std::string serialize(const WakeHistory& history);
std::optional<WakeHistory> parse_wakes(std::string_view text);

/// The answer to "may the car be asked?".
struct WakeDecision {
  std::vector<WakeRoute> routes = {};      ///< to be sent, in this order; empty = refused
  std::string refusal = {};                ///< one sentence for the owner; empty = allowed
  std::optional<base::Time> next_at = {};  ///< when it may be asked again, if time decides
  [[nodiscard]] bool allowed() const { return !routes.empty(); }
};

/// The one place where wakes are allowed or refused.
/// - Never while driving; never when `limits.enabled` is false.
/// - After 72 h without a drive only for the owner and for commands.
/// - `min_interval` since the last wake, but for commands: the command has woken the car already.
/// - Budgets per day of the owner: charging wakes have `max_per_day_charging` of their own; all
///   others share `max_per_day`, of which commands alone may use the last `reserved_for_commands`.
///   What is asked at one time wakes the car once, and is one step of the budget.
/// - A soft-disabled route only for the owner and for commands, a rejected one for nobody.
/// `wanted`: the routes asked for, most important first.
WakeDecision decide_wake(const WakeHistory& history, const WakeLimits& limits, WakeReason reason,
                         const Situation& situation, const std::vector<WakeRoute>& wanted,
                         base::Time now);

/// The routes that serve a reason: the doors for a stop, the level while charging, both for the
/// owner of a car with a battery.
std::vector<WakeRoute> routes_for(const WakeHistory& history, WakeReason reason, bool battery);

/// What the automatic reasons need to know of the car.
struct WakeFacts {
  std::optional<base::Time> doors_at = {};  ///< car time of the status report
  std::optional<base::Time> level_at = {};  ///< car time of the newest battery level
  std::optional<base::Time> newest = {};    ///< newest car time of any source
  bool secured = false;                     ///< that status says: all locked, nothing open
  bool battery = false;                     ///< the car has a battery to charge
};
WakeFacts wake_facts(const vehicle::Car& car);

struct WakeWish {
  WakeReason reason = WakeReason::stopped;
  base::Time at = {};  ///< may be past: now
  int stop_index = 0;  ///< of wake.after_stop, for `stopped`
};
/// The next wake that the bridge itself would want, before decide_wake() is asked; nullopt = none
/// in sight. A stop whose doors are known locked wants none.
std::optional<WakeWish> wanted_wake(const WakeHistory& history, const WakeLimits& limits,
                                    const Situation& situation, const WakeFacts& facts,
                                    base::Time now);

/// Notes that the car is about to be woken, by these routes. Store the history before sending: a
/// crash must not make a wake uncounted.
void note_sent(WakeHistory& history, WakeReason reason, const std::vector<WakeRoute>& routes,
               const Situation& situation, const vehicle::VehicleState& state, base::Time now);
/// A stop's wake number `index` was sent, refused or not needed.
void note_stop_served(WakeHistory& history, base::Time stop, int index);
/// The car has told that it is locked and closed since this stop: it is done with, whatever the
/// doors do later. True when something changed.
bool note_secured(WakeHistory& history, const WakeLimits& limits, const Situation& situation,
                  const WakeFacts& facts);
/// The cloud's answer to a wake. Only a rejection says something about the route.
void note_wake_answer(WakeHistory& history, WakeRoute route, toyota::WakeAnswer::Kind kind,
                      base::Time now);

/// When the source of a pending wake is to be read next, to see its effect.
struct WakeLook {
  WakeRoute route = WakeRoute::status;
  base::Time at = {};
};
std::optional<WakeLook> next_look(const WakeHistory& history, base::Time now);
/// Takes what the cloud says now into account: wakes that had an effect or are given up leave
/// `pending`, and a car that shows life lifts the soft disable. True when something changed.
bool note_effects(WakeHistory& history, const vehicle::VehicleState& state, base::Time now);

/// The source whose car time a wake advances.
vehicle::Source source_of(WakeRoute route);
/// How often the owner may still have the car woken today.
int refreshes_left(const WakeHistory& history, const WakeLimits& limits,
                   const Situation& situation);
/// Wakes since the owner's midnight.
int wakes_today(const WakeHistory& history, base::Time day_began);

}  // namespace toyota2mqtt::fleet
