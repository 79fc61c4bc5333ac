#include "toyota/command_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "json/json_io.hpp"
#include "toyota/classify.hpp"
#include "toyota/cloud_text.hpp"

namespace toyota2mqtt::toyota {

namespace {

using json_io::Json;
using Kind = CommandAnswer::Kind;
using vehicle::Command;
using vehicle::CommandRoute;

constexpr std::string_view kAccepted = "000000";
constexpr std::size_t kLongestReturnCode = 20;

const char* on_off(bool on) { return on ? "on" : "off"; }

Json seats_of(const vehicle::ClimateOptions& options) {
  constexpr std::array kNames = {"driverSeat", "passengerSeat", "rearDriverSeat",
                                 "rearPassengerSeat"};
  Json seats = Json::object();
  for (const auto seat : vehicle::kAllSeats) {
    const auto& heat = options.seat(seat);
    if (heat) seats[kNames.at(static_cast<std::size_t>(seat))] = vehicle::to_string(*heat);
  }
  return seats;
}

Json climate_body(const Command& command) {
  Json body = {{"command", vehicle::spec_of(command.action).wire}};
  if (command.action != vehicle::Action::climate_start) return body;
  const auto& options = command.climate;
  if (options.duration) body["duration"] = options.duration->count();
  if (options.temperature) {
    body["temperature"] = {{"value", options.temperature->value}, {"unit", "C"}};
  }
  Json heating = Json::object();
  if (options.front_defroster) heating["frontDefroster"] = on_off(*options.front_defroster);
  if (options.rear_defogger) heating["rearDefogger"] = on_off(*options.rear_defogger);
  if (options.steering_heater) heating["steeringHeater"] = on_off(*options.steering_heater);
  if (!heating.empty()) body["heatingOptions"] = std::move(heating);
  if (auto seats = seats_of(options); !seats.empty()) body["seatOptions"] = std::move(seats);
  return body;
}

Json time_of_day(std::chrono::minutes since_midnight) {
  constexpr int kPerHour = 60;
  const auto count = since_midnight.count();
  return {{"hour", count / kPerHour}, {"minute", count % kPerHour}};
}

Json electric_body(const Command& command) {
  constexpr std::array kDays = {"SUNDAY",   "MONDAY", "TUESDAY", "WEDNESDAY",
                                "THURSDAY", "FRIDAY", "SATURDAY"};
  Json body = {{"command", vehicle::spec_of(command.action).wire}};
  if (!command.charge) return body;
  const auto& event = *command.charge;
  Json reservation = {{"chargeType", event.end ? "startEnd" : "startOnly"},
                      {"day", kDays.at(event.day.c_encoding())},
                      {"startTime", time_of_day(event.start)}};
  if (event.end) reservation["endTime"] = time_of_day(*event.end);
  body["reservationCharge"] = std::move(reservation);
  return body;
}

CommandAnswer failed_command(base::Error error) {
  return {.kind = Kind::failed, .error = std::move(error)};
}

/// 118003, 600000, 200000: unlocked, a door open, the key inside, running already, or the limit of
/// 20 minutes; the cloud does not say which.
CommandAnswer not_ready(std::string_view code, int status) {
  return failed_command(
      {.code = base::ErrorCode::forbidden,
       .message = fmt::format("The car is not ready for it (code {})",
                              presentable(code, kLongestReturnCode)),
       .remedy = "Close and lock the car and take the key out of it. The climate control "
                 "cannot be started while it runs, nor for more than 20 minutes.",
       .http_status = status});
}

/// The request may have been carried out although the answer is no answer.
bool may_have_arrived(const base::Error& error) {
  constexpr int kRequestTimeout = 408;
  constexpr int kServerTrouble = 500;
  if (error.http_status != 0) {
    return error.http_status == kRequestTimeout ||
           (error.http_status >= kServerTrouble && !was_interrupted(error));
  }
  switch (error.code) {
    case base::ErrorCode::timeout:
    case base::ErrorCode::unreachable:
    case base::ErrorCode::cancelled:
    case base::ErrorCode::unexpected_response: return true;
    default: return false;
  }
}

std::string remedy_for(const base::Error& error) {
  if (!error.remedy.empty()) return error.remedy;
  if (was_interrupted(error)) return "Try again.";
  if (error.code == base::ErrorCode::rate_limited) return "Try again in some minutes.";
  return "If the maker's app can do it now, please report this with the log.";
}

CommandAnswer judge_error(base::Error error) {
  if (car_lacks_it(error)) {
    error.message = "The cloud says that this car cannot do it";
    error.remedy = "It is not offered any more.";
    return {.kind = Kind::not_supported, .error = std::move(error)};
  }
  if (needs_activation(error)) return failed_command(std::move(error));
  if (may_have_arrived(error)) return {.kind = Kind::unknown, .error = std::move(error)};
  error.remedy = remedy_for(error);
  if (was_interrupted(error)) error.message = "The car broke the command off";
  return failed_command(std::move(error));
}

}  // namespace

std::string_view command_path(CommandRoute route) {
  switch (route) {
    case CommandRoute::climate: return "/v2/remote/climate-control";
    case CommandRoute::electric: return "/v1/global/remote/electric/command";
    case CommandRoute::remote:
    case CommandRoute::wake:
    case CommandRoute::none: break;
  }
  return "/v1/global/remote/command";
}

std::string command_body(const Command& command) {
  const auto& spec = vehicle::spec_of(command.action);
  switch (spec.route) {
    case CommandRoute::climate: return json_io::to_text(climate_body(command));
    case CommandRoute::electric: return json_io::to_text(electric_body(command));
    default: return json_io::to_text(Json{{"command", spec.wire}});
  }
}

CommandAnswer judge_command(const base::Result<base::HttpResponse>& answer) {
  if (!answer) return judge_error(answer.error());
  const auto body = json_io::parse_repaired(answer->body);
  const auto* payload = body ? json_io::member(*body, "payload") : nullptr;
  const auto code =
      payload != nullptr ? json_io::text_member(*payload, "returnCode") : std::nullopt;
  if (!code || code->empty() || *code == kAccepted) return {};
  return not_ready(*code, answer->status);
}

}  // namespace toyota2mqtt::toyota
