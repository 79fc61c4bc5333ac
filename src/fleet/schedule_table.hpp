#pragma once

#include <array>
#include <cstdint>

#include "toyota2mqtt/fleet/schedule.hpp"

/// How often each source is read in each mode. Private to this part and to the tool that prints it.
namespace toyota2mqtt::fleet {

/// What an interval is a multiple of.
enum class Tempo : std::uint8_t {
  change,    ///< only when a change makes it interesting
  driving,   ///< polling.driving
  charging,  ///< polling.charging
  parked,    ///< polling.parked
  alert,     ///< polling.driving by day, else polling.parked
  minutes,   ///< a fixed time
};

/// How often a source is read in a mode.
struct Every {
  Tempo tempo = Tempo::change;
  int times = 1;  ///< or the minutes themselves
};

/// One source; the columns are the modes in their order.
struct ScheduleRow {
  vehicle::Source source;
  std::array<Every, kModes> every;
};

namespace schedule_table {

using vehicle::Source;

constexpr Every on_change() { return {Tempo::change, 0}; }
constexpr Every driving(int times) { return {Tempo::driving, times}; }
constexpr Every charging(int times) { return {Tempo::charging, times}; }
constexpr Every parked(int times) { return {Tempo::parked, times}; }
constexpr Every alert(int times) { return {Tempo::alert, times}; }
constexpr Every fixed(int of_minutes) { return {Tempo::minutes, of_minutes}; }

// The telemetry is the probe: one small answer that says whether the car drives, charges and lives,
// and with that what else is worth a request.
// clang-format off
inline constexpr std::array kRows = {
    //                                     driving       just_stopped  charging      plugged       parked        parked_long   unreachable
    ScheduleRow{Source::telemetry,        {driving(1),   driving(1),   charging(1),  alert(1),     alert(1),     alert(1),     parked(1)}},
    ScheduleRow{Source::location,         {driving(3),   driving(2),   fixed(360),   fixed(360),   fixed(360),   fixed(1440),  fixed(1440)}},
    ScheduleRow{Source::electric,         {driving(2),   driving(2),   charging(3),  fixed(60),    fixed(360),   fixed(1440),  fixed(1440)}},
    ScheduleRow{Source::status,           {fixed(60),    driving(1),   parked(1),    parked(1),    parked(1),    parked(4),    parked(4)}},
    ScheduleRow{Source::climate_status,   {on_change(),  fixed(60),    fixed(60),    fixed(60),    fixed(60),    fixed(240),   fixed(240)}},
    ScheduleRow{Source::climate_settings, {on_change(),  fixed(1440),  fixed(1440),  fixed(1440),  fixed(1440),  fixed(1440),  fixed(1440)}},
    ScheduleRow{Source::health,           {on_change(),  fixed(360),   fixed(720),   fixed(720),   fixed(720),   fixed(1440),  fixed(1440)}},
    ScheduleRow{Source::service_history,  {on_change(),  fixed(1440),  fixed(1440),  fixed(1440),  fixed(1440),  fixed(1440),  fixed(1440)}},
    ScheduleRow{Source::trips,            {on_change(),  fixed(8),     fixed(360),   fixed(360),   fixed(360),   fixed(1440),  fixed(1440)}},
    ScheduleRow{Source::notifications,    {fixed(30),    fixed(10),    fixed(30),    fixed(30),    fixed(30),    fixed(60),    fixed(60)}},
};
// clang-format on
static_assert(kRows.size() + 1 ==
              vehicle::kAllSources.size());  // the vehicle list is the account's

}  // namespace schedule_table

}  // namespace toyota2mqtt::fleet
