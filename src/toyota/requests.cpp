#include "toyota/api_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "json/json_io.hpp"
#include "toyota/routes.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::toyota {

namespace {

constexpr std::chrono::seconds kApiDeadline{60};

using json_io::Json;
using vehicle::Command;
using vehicle::CommandRoute;

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

}  // namespace

std::string client_ref(const base::Crypto& crypto, std::string_view app_version,
                       std::string_view guid) {
  return base::hex(crypto.hmac_sha256(app_version, guid));
}

std::string uuid4(base::Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  auto text = base::hex(bytes);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

base::HttpRequest api_request(const Services& services, const Account& account,
                              const Tokens& tokens, std::string_view target,
                              std::string_view log_path, const std::optional<base::Vin>& vin) {
  const auto& endpoints = account.endpoints();
  const std::string brand(constants_of(account.credentials().brand).code);
  const std::string api_key(kApiKey);
  base::HttpRequest request{
      .method = "GET",
      .url = fmt::format("{}{}", endpoints.api_url, target),
      .log_path = std::string(log_path),
      .headers = {{"authorization", fmt::format("Bearer {}", tokens.access.reveal())},
                  {"accept", "application/json"},
                  {"x-api-key", api_key},
                  {"api_key", api_key},
                  {"x-guid", tokens.guid},
                  {"guid", tokens.guid},
                  {"x-client-ref", client_ref(services.crypto, endpoints.app_version, tokens.guid)},
                  {"x-appversion", endpoints.app_version},
                  {"x-channel", "ONEAPP"},
                  {"x-correlationid", uuid4(services.random)},
                  {"x-brand", brand},
                  {"x-appbrand", brand},
                  {"brand", brand},
                  {"x-region", "EU"},
                  // Without it some cars' service answers 400 (CTP-GENERIC-40017).
                  {"x-user-region", "EU"},
                  {"user-agent", "okhttp/4.10.0"}},
      .timeout = kApiDeadline};
  if (vin) request.headers.push_back({"vin", vin->reveal()});
  return request;
}

std::string_view to_string(WakeRoute route) {
  switch (route) {
    case WakeRoute::status: return "status";
    case WakeRoute::electric: return "electric";
    case WakeRoute::climate: return "climate";
  }
  return "status";
}

std::string_view wake_path(WakeRoute route) {
  switch (route) {
    case WakeRoute::status: return "/v1/remote/status";
    case WakeRoute::electric: return "/v1/global/remote/electric/realtime-status";
    case WakeRoute::climate: return "/v1/remote/refresh-climate-status";
  }
  return "/v1/remote/status";
}

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

}  // namespace toyota2mqtt::toyota
