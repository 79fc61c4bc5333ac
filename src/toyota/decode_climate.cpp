#include <array>

#include "toyota/decode.hpp"
#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/vehicle/command_input.hpp"

namespace toyota2mqtt::toyota {

namespace {

using vehicle::Report;
using vehicle::Source;

constexpr std::array kClimateWords{
    Word{"stopped", std::string_view("stopped")}, Word{"starting", std::string_view("starting")},
    Word{"running", std::string_view("running")}, Word{"stopping", std::string_view("stopping")}};

/// The retired shape says 0 or 1 instead of a word.
std::optional<std::string> climate_word(const Reader& read) {
  if (read.is_number("status")) {
    const auto number = read.number_within("status", 0, 1);
    if (number == 0) return "stopped";
    return number == 1 ? std::optional<std::string>("running") : std::nullopt;
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
  const double seconds = read.is_number("status") ? *duration : *duration * 60;
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
  const auto duration = read.is_number("status") ? std::nullopt : read.number("duration");
  if (duration && *duration >= 1 && *duration <= kLongestMinutes) {
    options.duration = std::chrono::minutes(static_cast<int>(*duration));
  }
  if (options == vehicle::ClimateOptions{}) return std::nullopt;
  return options;
}

constexpr double kColdestSetting = 5;
constexpr double kHottestSetting = 45;

/// The unit of bare numbers in the settings. Some cars name none beside their limits; those are °C
/// where they cannot be °F.
std::optional<std::string> settings_unit(const Reader& read, std::string_view path) {
  if (auto unit = read.text("temperatureUnit")) return unit;
  const Json* measure = read.find("temperature");
  if (measure != nullptr && measure->is_object()) {
    if (auto unit = read.child("temperature").text("unit")) return unit;
  }
  if (path == "temperature" || !read.number_within(path, kColdestSetting, kHottestSetting)) {
    return std::nullopt;
  }
  return "C";
}

/// `{"value", "unit"}`, or a bare number.
std::optional<vehicle::Celsius> temperature_or_number(const Reader& read, std::string_view path) {
  const Json* node = read.find(path);
  if (node == nullptr) return std::nullopt;
  if (node->is_object()) return read.temperature(path);
  const auto value = read.number(path);
  return value ? read.celsius(value, settings_unit(read, path), path) : std::nullopt;
}

/// The car's own limits (docs/toyota-protocol.md, "Climate"); what it does not name of them is as
/// usual.
std::optional<vehicle::ClimateLimits> limits_of(const Reader& read) {
  constexpr double kLargestStep = 5;
  constexpr double kFahrenheitPerCelsius = 1.8;
  const auto lowest = temperature_or_number(read, "minTemp");
  const auto highest = temperature_or_number(read, "maxTemp");
  const Json* interval = read.find("tempInterval");
  const bool measured = interval != nullptr && interval->is_object();
  const auto step = read.number(measured ? "tempInterval.value" : "tempInterval");
  if (!lowest && !highest && !step) return std::nullopt;
  auto limits = vehicle::kUsualLimits;
  if (lowest) limits.lowest = *lowest;
  if (highest) limits.highest = *highest;
  if (step) {
    const auto unit = settings_unit(read, "minTemp").value_or("C");
    const bool fahrenheit = base::lower_case(unit).contains('f');
    limits.step = fahrenheit ? *step / kFahrenheitPerCelsius : *step;
  }
  const bool usable = limits.lowest < limits.highest && limits.lowest.value >= kColdestSetting &&
                      limits.highest.value <= kHottestSetting && limits.step > 0 &&
                      limits.step <= kLargestStep;
  if (!usable) read.report_unknown("minTemp", "limits that contradict each other");
  return usable ? std::optional(limits) : std::nullopt;
}

}  // namespace

void decode_climate_status(const Reader& read, vehicle::VehicleState& state) {
  const auto word = climate_word(read);
  auto at = read.timestamp("updatedAt");
  if (!at && !read.has("updatedAt")) at = read.timestamp("currentTemperature.timestamp");
  const Report report(Source::climate_status, at);
  if (!record_time(state, report)) return;
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
  if (!record_time(state, report)) return;
  const auto target = temperature_or_number(read, "temperature");
  report.put(state.target_temperature, target);
  report.put(state.climate_limits, limits_of(read));
  auto options = options_of(read);
  if (!options && target) options.emplace();
  if (options) options->temperature = target;
  report.put(state.climate_saved, options);
}

}  // namespace toyota2mqtt::toyota
