#include "toyota2mqtt/base/time.hpp"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <sstream>

namespace toyota2mqtt::base {

namespace {

using std::chrono::milliseconds;

constexpr int kFirstYear = 2000;
constexpr int kLastYear = 2100;
constexpr std::size_t kLongestTimeText = 40;

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

std::optional<Time> parse_as(const std::string& text, const char* format) {
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  date::sys_time<milliseconds> time;
  stream >> date::parse(format, time);
  if (stream.fail() || stream.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  if (!plausible(date::floor<date::days>(time))) return std::nullopt;
  return time;
}

}  // namespace

std::optional<Time> parse_iso8601(std::string_view text) {
  if (text.size() > kLongestTimeText) return std::nullopt;
  if (text.ends_with('Z') || text.ends_with('z')) {
    return parse_as(std::string(text.substr(0, text.size() - 1)), "%FT%T");
  }
  const std::string copy(text);
  if (auto time = parse_as(copy, "%FT%T%Ez")) return time;
  return parse_as(copy, "%FT%T%z");
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
