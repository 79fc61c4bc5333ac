#include "toyota2mqtt/base/time.hpp"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <sstream>

namespace toyota2mqtt::base {

namespace {

using std::chrono::milliseconds;

constexpr int kFirstYear = 2000;
constexpr int kLastYear = 2100;
constexpr std::size_t kLongestTimeText = 80;

bool plausible(date::sys_days day) {
  const auto year = static_cast<int>(date::year_month_day(day).year());
  return year >= kFirstYear && year <= kLastYear;
}

date::year_month_day to_date(std::chrono::year_month_day day) {
  return {date::year(static_cast<int>(day.year())), date::month(static_cast<unsigned>(day.month())),
          date::day(static_cast<unsigned>(day.day()))};
}

std::chrono::year_month_day from_date(date::year_month_day day) {
  return {std::chrono::year(static_cast<int>(day.year())),
          std::chrono::month(static_cast<unsigned>(day.month())),
          std::chrono::day(static_cast<unsigned>(day.day()))};
}

/// Takes one number of exactly `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || !any_of.contains(text.front())) return false;
  text.remove_prefix(1);
  return true;
}

/// `YYYY-MM-DD`.
std::optional<date::sys_days> take_day(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const date::year_month_day date(date::year(*year), date::month(static_cast<unsigned>(*month)),
                                  date::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return date::sys_days(date);
}

/// A fraction of a second, of any length; what is finer than a millisecond is cut off.
std::optional<milliseconds> take_fraction(std::string_view& text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0) return std::nullopt;
  std::string thousandths(text.substr(0, std::min<std::size_t>(digits, 3)));
  thousandths.resize(3, '0');
  text.remove_prefix(digits);
  return milliseconds(std::stoi(thousandths));
}

/// `HH:MM`, `HH:MM:SS`, `HH:MM:SS.fraction`.
std::optional<milliseconds> take_clock(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  milliseconds clock = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!take(text, ":")) return clock;
  const auto second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  clock += std::chrono::seconds(*second);
  if (!take(text, ".,")) return clock;
  const auto fraction = take_fraction(text);
  return fraction ? std::optional(clock + *fraction) : std::nullopt;
}

/// `Z`, `+01:00`, `+0100`, `+01`; behind it Java may name the zone: `[Europe/Berlin]`.
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  std::chrono::minutes offset{0};
  if (!take(text, "Zz")) {
    const bool west = text.starts_with('-');
    if (!take(text, "+-")) return std::nullopt;
    const auto hours = take_number(text, 2);
    const bool more = take(text, ":") || (!text.empty() && text.front() != '[');
    const auto minutes = more ? take_number(text, 2) : std::optional(0);
    if (!hours || !minutes || *hours > 18 || *minutes > 59) return std::nullopt;
    offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    if (west) offset = -offset;
  }
  if (text.starts_with('[') && text.ends_with(']')) text = {};
  return offset;
}

}  // namespace

std::optional<Time> parse_iso8601(std::string_view text) {
  if (text.size() > kLongestTimeText) return std::nullopt;
  const auto day = take_day(text);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const Time time = date::sys_time<milliseconds>(*day) + *clock - *offset;
  if (!plausible(date::floor<date::days>(time))) return std::nullopt;
  return time;
}

std::string format_iso8601(Time time) {
  // Not date::format: an export of a year has tens of thousands of times.
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::hh_mm_ss clock(seconds - day);
  return fmt::format("{}T{:02}:{:02}:{:02}Z", format_date(std::chrono::year_month_day(day)),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<std::chrono::year_month_day> parse_date(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  date::year_month_day day;
  stream >> date::parse("%F", day);
  if (stream.fail() || stream.peek() != std::istringstream::traits_type::eof() || !day.ok()) {
    return std::nullopt;
  }
  return from_date(day);
}

std::string format_date(std::chrono::year_month_day day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

Zone Zone::utc() { return Zone(nullptr); }

std::optional<Zone> Zone::named(const std::string& name) {
  if (name == "UTC") return utc();
  try {
    return Zone(date::locate_zone(name));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Zone Zone::of_environment(std::string& warning) {
  if (const char* name = std::getenv("TZ"); name != nullptr && *name != '\0') {
    if (auto zone = named(*name == ':' ? name + 1 : name)) return *zone;
    warning =
        fmt::format("the time zone '{}' in TZ is not known; days begin at midnight UTC", name);
    return utc();
  }
  try {
    return Zone(date::current_zone());
  } catch (const std::exception&) {
    warning = "the system's time zone is not known; days begin at midnight UTC";
    return utc();
  }
}

std::string Zone::name() const { return zone_ == nullptr ? "UTC" : zone_->name(); }

std::chrono::year_month_day Zone::local_date(Time time) const {
  if (zone_ == nullptr) return from_date(date::floor<date::days>(time));
  return from_date(date::year_month_day(date::floor<date::days>(zone_->to_local(time))));
}

Time Zone::midnight(std::chrono::year_month_day day) const {
  return at(day, std::chrono::minutes(0));
}

Time Zone::at(std::chrono::year_month_day day, std::chrono::minutes since_midnight) const {
  const auto local = date::local_days(to_date(day)) + since_midnight;
  if (zone_ == nullptr) return Time(local.time_since_epoch());
  return zone_->to_sys(local, date::choose::earliest);
}

}  // namespace toyota2mqtt::base
