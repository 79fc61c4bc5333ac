#include <algorithm>
#include <array>

#include "json/json_io.hpp"
#include "rest/http/json_body.hpp"
#include "rest/http/router.hpp"
#include "rest/routes/car_views.hpp"
#include "toyota2mqtt/vehicle/command_input.hpp"

// What is asked of the cars, and what became of it.
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

/// An Idempotency-Key, and what it was sent with.
struct Key {
  std::string owner;
  std::string text;
  base::Digest request{};
};

Problem refusal_problem(std::string detail, std::string remedy) {
  return {.status = 409,
          .type = "refused",
          .title = "The bridge does not do this now",
          .detail = std::move(detail),
          .remedy = std::move(remedy)};
}

bool is_key(std::string_view text) {
  constexpr std::size_t kLongest = 128;
  return !text.empty() && text.size() <= kLongest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

/// nullopt: the request has none.
std::expected<std::optional<Key>, Problem> key_of(const Context& context) {
  const auto text = context.request.header("Idempotency-Key");
  if (!text) return std::nullopt;
  if (!is_key(*text)) {
    return std::unexpected(
        bad_request("`Idempotency-Key` has 1 to 128 visible characters of ASCII."));
  }
  const auto asked = context.parameters.at(1) + "\n" + context.request.body;
  // Sign-ins change, the key of a user does not.
  return Key{.owner = context.who.scope.account_key + "\n" + context.who.name,
             .text = std::string(*text),
             .request = context.deps.car_caches.digest(asked)};
}

/// What was answered before, or why the key cannot be taken; nullopt: it is new and will be kept.
std::optional<Response> known_answer(const Context& context, const FleetCar& car, const Key& key) {
  auto& log = context.deps.car_caches.commands;
  if (const auto* kept = log.answered(car, key.owner, key.text)) {
    if (kept->request != key.request) {
      return problem_response(conflict("This Idempotency-Key came with another request before."));
    }
    return Response{.status = kept->status, .headers = kept->headers, .body = kept->body};
  }
  if (const auto until = log.full_until(car)) {
    const auto wait =
        std::chrono::ceil<std::chrono::seconds>(*until - context.deps.services.clock.now());
    return problem_response(
        too_many("Too many Idempotency-Keys came for this car within a day.", wait.count()));
  }
  return std::nullopt;
}

Response answer_to(const FleetCar& car, const CommandRecord& record) {
  if (record.status() == "refused") {
    const auto& result = record.steps.back().result;
    return problem_response(refusal_problem(result.reason, result.remedy));
  }
  auto response = json_response(202, command_json(record));
  response.headers.push_back(
      {.name = "Location",
       .value = api_path("/vehicles/") + car.car->identity.id.text + "/commands/" + record.id});
  return response;
}

/// Hands the command over; nothing may wait between this and the answer, or a repetition of the
/// request could send it twice.
Response hand_over(const Context& context, const FleetCar& car, vehicle::CommandRequest request,
                   const std::optional<Key>& key) {
  auto& deps = context.deps;
  const auto command = vehicle::to_string(request.action);
  const auto entity = request.entity;
  const auto id = deps.services.fleet.command(car.car->identity.id, std::move(request));
  if (!id) return problem_response(problem_of(id.error()));
  deps.car_caches.commands.on_request(car, *id, command, entity);
  auto response = answer_to(car, *deps.car_caches.commands.find(car, *id));
  if (key) {
    deps.car_caches.commands.store_answer(car, key->owner, key->text,
                                          {.request = key->request,
                                           .at = deps.services.clock.now(),
                                           .status = response.status,
                                           .headers = response.headers,
                                           .body = response.body});
  }
  return response;
}

base::Task<Response> post_command(Context& context) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  context.audit_target = found->car->identity.id.text;
  const auto action = vehicle::parse_action(context.parameters.at(1));
  const auto* row = action ? vehicle::row_for(*action, *found->car) : nullptr;
  if (row == nullptr) {
    co_return problem_response(not_found("There is no such command; GET its list."));
  }
  const auto key = key_of(context);
  if (!key) co_return problem_response(key.error());
  auto request = command_request(*action, *row, *found->car, context.request);
  if (!request) co_return problem_response(request.error());
  if (*key) {
    if (auto known = known_answer(context, *found, **key)) co_return std::move(*known);
  }
  co_return hand_over(context, *found, std::move(*request), *key);
}

base::Task<Response> get_command(Context& context) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  const auto* record = context.deps.car_caches.commands.find(*found, context.parameters.at(1));
  if (record == nullptr) {
    co_return problem_response(not_found("There is no such command of this car, or not any more."));
  }
  co_return json_response(200, command_json(*record));
}

base::Task<Response> list_commands(Context& context) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  Json latest = Json::array();
  for (const auto* record : context.deps.car_caches.commands.newest(*found)) {
    latest.push_back(command_json(*record));
  }
  const Json body{{"vehicle", found->car->identity.id.text},
                  {"offered", offers_json(*found->car)},
                  {"rejected", rejections_json(*found->car)},
                  {"latest", std::move(latest)}};
  co_return json_response(200, body);
}

/// What the cloud said that the car cannot do is offered again: all of it, or one command.
base::Task<Response> forget_rejections(Context& context) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  context.audit_target = found->car->identity.id.text;
  std::optional<vehicle::Action> only;
  if (const auto named = context.request.query.find("command");
      named != context.request.query.end()) {
    only = vehicle::parse_action(named->second);
    if (!only) co_return problem_response(bad_request("\"command\" is none that there is."));
  }
  auto& fleet = context.deps.services.fleet;
  const auto forgotten = fleet.forget_rejections(found->car->identity.id, only);
  co_return json_response(200, Json{{"forgotten", forgotten}});
}

base::Task<Response> refresh(Context& context) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  const auto car = found->car->identity.id;
  context.audit_target = car.text;
  auto& services = context.deps.services;
  const auto answer = co_await services.fleet.refresh(car);
  if (!answer) co_return problem_response(problem_of(answer.error()));
  if (answer->sent) co_return json_response(202, Json{{"sent", true}});
  if (!answer->next_at) co_return problem_response(refusal_problem(answer->refusal, {}));
  const auto wait =
      std::chrono::ceil<std::chrono::seconds>(*answer->next_at - services.clock.now());
  auto problem = too_many(answer->refusal, std::max(wait.count(), std::chrono::seconds::rep{1}));
  problem.next_at = answer->next_at;
  co_return problem_response(problem);
}

// clang-format off
constexpr auto kCommandRoutes = std::to_array<Route>({
    {.method = "GET", .path = "/vehicles/{car}/commands", .handler = list_commands},
    {.method = "POST", .path = "/vehicles/{car}/commands/{command}", .handler = post_command},
    {.method = "GET", .path = "/vehicles/{car}/commands/{command}", .handler = get_command},
    {.method = "DELETE", .path = "/vehicles/{car}/rejections", .handler = forget_rejections},
    {.method = "POST", .path = "/vehicles/{car}/refresh", .handler = refresh},
});
// clang-format on

}  // namespace

std::span<const Route> command_routes() { return kCommandRoutes; }

}  // namespace toyota2mqtt::rest
