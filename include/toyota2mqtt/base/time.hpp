#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): the name is the library's
}

namespace toyota2mqtt::base {

/// Wall-clock time (UTC). For tokens, time stamps of the car, and everything shown to people.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
/// Monotonic time. For intervals, deadlines and back-off; never jumps.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

/// Parses `2023-11-27T17:53:59Z`, with a fraction of any length or none, with or without seconds,
/// with `Z` or a numeric offset (`+01:00`, `+0100`, `+01`), behind which a zone may be named in
/// brackets. A text without an offset, or anything else, is nullopt. Years 2000 to 2100 only.
std::optional<Time> parse_iso8601(std::string_view text);
/// `2023-11-27T17:53:59Z`, whole seconds (fractions cut off).
std::string format_iso8601(Time time);

/// Parses `YYYY-MM-DD`; nullopt for anything that is not a day of the calendar.
std::optional<std::chrono::year_month_day> parse_date(std::string_view text);
/// `YYYY-MM-DD`.
std::string format_date(std::chrono::year_month_day day);

/// The time zone in which the owner's days begin. Cheap to copy; immutable.
class Zone {
 public:
  static Zone utc();
  /// An IANA name such as `Europe/Berlin`; nullopt when the zone data does not know it.
  static std::optional<Zone> named(const std::string& name);
  /// The zone that `TZ` names, else the system's, else UTC. (date's current_zone() ignores TZ.)
  /// `warning` receives one sentence when the fallback to UTC was taken.
  static Zone of_environment(std::string& warning);

  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::chrono::year_month_day local_date(Time time) const;
  /// The instant at which `day` begins here (the first valid instant when midnight is skipped).
  [[nodiscard]] Time midnight(std::chrono::year_month_day day) const;
  /// The instant of a local wall-clock time on `day`.
  [[nodiscard]] Time at(std::chrono::year_month_day day, std::chrono::minutes since_midnight) const;

 private:
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_ = nullptr;  // nullptr = UTC; owned by the zone database
};

}  // namespace toyota2mqtt::base
