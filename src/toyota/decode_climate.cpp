#include "toyota/decode_routes.hpp"

namespace toyota2mqtt::toyota {

namespace {

using vehicle::Report;
using vehicle::Source;

constexpr std::array kClimateWords{
    Word{"stopped", std::string_view("stopped")}, Word{"starting", std::string_view("starting")},
    Word{"running", std::string_view("running")}, Word{"stopping", std::string_view("stopping")}};

/// The retired shape says 0 or 1 instead of a word.
std::optional<std::string> climate_word(const Reader& read) {
  if (const auto number = read.number("status")) {
    if (*number == 0) return "stopped";
    if (*number == 1) return "running";
    return std::nullopt;
  }
  const auto word = read.enumeration("status", kClimateWords);
  return word ? std::optional<std::string>(*word) : std::nullopt;
}

/// `duration` is minutes today; the retired shape, known by its numeric status, had seconds.
std::optional<base::Time> climate_end(const Reader& read, const std::optional<std::string>& word) {
  if (word != "running" && word != "starting") return std::nullopt;
  const auto start = read.timestamp("startedAt");
  const auto duration = read.number("duration");
  if (!start || !duration) return std::nullopt;
  const double seconds = read.number("status") ? *duration : *duration * 60;
  if (!(seconds > 0 && seconds <= 86400)) return std::nullopt;
  return *start + std::chrono::seconds(static_cast<int>(seconds));
}

}  // namespace

void decode_climate_status(const Reader& read, vehicle::VehicleState& state) {
  const auto word = climate_word(read);
  auto at = read.timestamp("updatedAt");
  if (!at && !read.has("updatedAt")) at = read.timestamp("currentTemperature.timestamp");
  const Report report(Source::climate_status, at);
  note_time(state, report);
  report.put(state.climate_status, word);
  report.put(state.inside_temperature, read.temperature("currentTemperature"));
  report.put(state.target_temperature, read.temperature("targetTemperature"));
  report.put(state.climate_end, climate_end(read, word));
}

void decode_climate_settings(const Reader& read, vehicle::VehicleState& state) {
  const Report report(Source::climate_settings, read.timestamp("updatedAt"));
  note_time(state, report);
  auto target = read.temperature("temperature");
  if (!target) {
    target = read.celsius(read.number("temperature"), read.text("temperatureUnit"), "temperature");
  }
  report.put(state.target_temperature, target);
}

}  // namespace toyota2mqtt::toyota
