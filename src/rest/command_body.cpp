#include "rest/command_body.hpp"

#include "json/json_io.hpp"

#include <algorithm>
#include <array>

#include "rest/json_body.hpp"
#include "toyota2mqtt/vehicle/command_input.hpp"

namespace toyota2mqtt::rest {

namespace {

using vehicle::Action;
using vehicle::CommandRequest;

/// One member of a body: which commands it belongs to, and how it is read.
struct Member {
  std::string_view name;
  std::string_view takes;
  bool (*belongs)(Action);
  bool (*read)(CommandRequest&, const json_io::Json&);
};

bool of_climate(Action action) {
  return action == Action::climate_start || action == Action::climate_set;
}
bool of_time(Action action) {
  return action == Action::charge_start_time || action == Action::charge_end_time;
}
bool of_guarded(Action action) { return vehicle::spec_of(action).guarded; }

bool read_temperature(CommandRequest& request, const json_io::Json& value) {
  if (!value.is_number()) return false;
  request.climate.temperature = vehicle::Celsius{value.get<double>()};
  return true;
}

bool read_duration(CommandRequest& request, const json_io::Json& value) {
  if (!value.is_number()) return false;
  request.climate.duration = vehicle::wanted_duration(value.get<double>());
  return request.climate.duration.has_value();
}

template <std::optional<bool> vehicle::ClimateOptions::* option>
bool read_switch(CommandRequest& request, const json_io::Json& value) {
  if (!value.is_boolean()) return false;
  request.climate.*option = value.get<bool>();
  return true;
}

bool read_seats(CommandRequest& request, const json_io::Json& value) {
  if (!value.is_object()) return false;
  for (const auto& [name, heat] : value.items()) {
    const auto* seat = std::ranges::find(vehicle::kAllSeats, name,
                                         [](vehicle::Seat one) { return vehicle::to_string(one); });
    if (seat == vehicle::kAllSeats.end() || !heat.is_string()) return false;
    auto& wanted = request.climate.seat(*seat);
    wanted = vehicle::parse_seat_heat(heat.get_ref<const std::string&>());
    if (!wanted) return false;
  }
  return true;
}

bool read_time(CommandRequest& request, const json_io::Json& value) {
  if (!value.is_string()) return false;
  request.time = vehicle::parse_time_of_day(value.get_ref<const std::string&>());
  return request.time.has_value();
}

bool read_code(CommandRequest& request, const json_io::Json& value) {
  constexpr std::size_t kLongest = 64;
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  request.code = base::Secret(text);
  return text.size() <= kLongest;
}

// clang-format off
constexpr auto kMembers = std::to_array<Member>({
    {"temperature", "a number (°C)", of_climate, read_temperature},
    {"duration", "whole minutes from 1 to 20", of_climate, read_duration},
    {"front_defroster", "true or false", of_climate,
     read_switch<&vehicle::ClimateOptions::front_defroster>},
    {"rear_defogger", "true or false", of_climate,
     read_switch<&vehicle::ClimateOptions::rear_defogger>},
    {"steering_heater", "true or false", of_climate,
     read_switch<&vehicle::ClimateOptions::steering_heater>},
    {"seats", "an object of driver, passenger, rear_driver and rear_passenger, each off, low, "
              "medium or high", of_climate, read_seats},
    {"time", "a time such as \"06:30\"", of_time, read_time},
    {"code", "a text of at most 64 bytes", of_guarded, read_code},
});
// clang-format on

std::unexpected<Problem> invalid(std::string detail) {
  return std::unexpected(Problem{.status = 422,
                                 .type = "invalid",
                                 .title = "A value cannot be used",
                                 .detail = std::move(detail)});
}

}  // namespace

std::expected<CommandRequest, Problem> command_request(Action action,
                                                       const vehicle::CommandRow& row,
                                                       const vehicle::Car& car,
                                                       const Request& request) {
  CommandRequest wish{.action = action, .entity = std::string(row.id)};
  auto body = json_io::Json::object();
  if (!request.body.empty()) {
    auto read =
        JsonBody::read(request, {"temperature", "duration", "front_defroster", "rear_defogger",
                                 "steering_heater", "seats", "time", "code"});
    if (!read) return std::unexpected(std::move(read.error()));
    body = read->object();
  }
  for (const auto& [name, value] : body.items()) {
    const auto* member = std::ranges::find(kMembers, name, &Member::name);
    if (member == kMembers.end() || !member->belongs(action)) {
      return invalid("The body has a member that does not belong to this command.");
    }
    if (!member->read(wish, value)) {
      return invalid("`" + std::string(member->name) + "` is " + std::string(member->takes) + ".");
    }
  }
  if (auto& wanted = wish.climate.temperature) {
    const auto limits = vehicle::climate_limits(car);
    wanted = vehicle::wanted_temperature(wanted->value, limits);
    if (!wanted) return invalid("`temperature` is " + vehicle::in_words(limits) + ".");
  }
  if (of_time(action) && !wish.time) return invalid("`time` is missing.");
  if (action == Action::climate_set && wish.climate == vehicle::ClimateOptions{}) {
    return invalid("The body says nothing that could be set.");
  }
  return wish;
}

}  // namespace toyota2mqtt::rest
