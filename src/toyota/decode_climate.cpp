#include <array>

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

constexpr std::array kSeatWords{
    Word{"off", vehicle::SeatHeat::off}, Word{"low", vehicle::SeatHeat::low},
    Word{"medium", vehicle::SeatHeat::medium}, Word{"high", vehicle::SeatHeat::high}};

/// One switch of the retired settings: `acOperations[].acParameters[]`.
std::optional<bool> retired_switch(const Reader& read, std::string_view wanted) {
  for (const auto& group : read.list("acOperations")) {
    for (const auto& parameter : group.list("acParameters")) {
      if (parameter.text("name") == wanted) return parameter.boolean("enabled");
    }
  }
  return std::nullopt;
}

std::optional<bool> first_of(std::optional<bool> one, std::optional<bool> other) {
  return one ? one : other;
}

/// What both shapes say about defrosters, heaters and seats; nullopt when nothing.
std::optional<vehicle::ClimateOptions> options_of(const Reader& read) {
  constexpr double kLongestMinutes = 60;
  vehicle::ClimateOptions options;
  const auto heating = read.child("heatingOptions");
  options.front_defroster = first_of(
      heating.enumeration("frontDefroster", kOnOffWords),
      first_of(read.boolean("options.frontDefogger"), retired_switch(read, "frontDefrost")));
  options.rear_defogger =
      first_of(heating.enumeration("rearDefogger", kOnOffWords),
               first_of(read.boolean("options.rearDefogger"), retired_switch(read, "rearDefrost")));
  options.steering_heater = heating.enumeration("steeringHeater", kOnOffWords);
  constexpr std::array kSeatNames = {"driverSeat", "passengerSeat", "rearDriverSeat",
                                     "rearPassengerSeat"};
  const auto seats = read.child("seatOptions");
  for (const auto seat : vehicle::kAllSeats) {
    const auto* name = kSeatNames.at(static_cast<std::size_t>(seat));
    options.seat(seat) = seats.enumeration(name, kSeatWords);
  }
  const auto duration = read.number("status") ? std::nullopt : read.number("duration");
  if (duration && *duration >= 1 && *duration <= kLongestMinutes) {
    options.duration = std::chrono::minutes(static_cast<int>(*duration));
  }
  if (options == vehicle::ClimateOptions{}) return std::nullopt;
  return options;
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
  auto options = options_of(read);
  if (options) options->temperature = read.temperature("targetTemperature");
  report.put(state.climate_running, options);
}

void decode_climate_settings(const Reader& read, vehicle::VehicleState& state) {
  const Report report(Source::climate_settings, read.timestamp("updatedAt"));
  note_time(state, report);
  auto target = read.temperature("temperature");
  if (!target) {
    target = read.celsius(read.number("temperature"), read.text("temperatureUnit"), "temperature");
  }
  report.put(state.target_temperature, target);
  auto options = options_of(read);
  if (!options && target) options.emplace();
  if (options) options->temperature = target;
  report.put(state.climate_saved, options);
}

}  // namespace toyota2mqtt::toyota
