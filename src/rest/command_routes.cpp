#include <algorithm>
#include <array>

#include "rest/command_body.hpp"
#include "rest/find_car.hpp"
#include "rest/resources.hpp"
#include "rest/router.hpp"
#include "toyota2mqtt/vehicle/command_input.hpp"

// What is asked of the cars, and what became of it.
namespace toyota2mqtt::rest {

namespace {

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
  // Sign-ins change, the key of somebody does not.
  return Key{.owner = context.who.scope.account_key + "\n" + context.who.name,
             .text = std::string(*text),
             .request = context.inside.resources.digest(asked)};
}

/// What was answered before, or why the key cannot be taken; nullopt: it is new and will be kept.
std::optional<Response> known_answer(const Context& context, const FleetCar& car, const Key& key) {
  auto& log = context.inside.resources.commands;
  if (const auto* kept = log.answered(car, key.owner, key.text)) {
    if (kept->request != key.request) {
      return problem_response(conflict("This Idempotency-Key came with another request before."));
    }
    return Response{.status = kept->status, .headers = kept->headers, .body = kept->body};
  }
  if (const auto until = log.full_until(car)) {
    const auto wait =
        std::chrono::ceil<std::chrono::seconds>(*until - context.inside.services.clock.now());
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
       .value = "/api/v1/vehicles/" + car.car->identity.id.text + "/commands/" + record.id});
  return response;
}

/// Hands the command over; nothing may wait between this and the answer, or a repetition of the
/// request could send it twice.
Response hand_over(const Context& context, const FleetCar& car, vehicle::CommandRequest request,
                   const std::optional<Key>& key) {
  auto& inside = context.inside;
  const auto command = vehicle::to_string(request.action);
  const auto entity = request.entity;
  const auto id = inside.services.fleet.command(car.car->identity.id, std::move(request));
  if (!id) return problem_response(problem_of(id.error()));
  inside.resources.commands.taken(car, *id, command, entity);
  auto response = answer_to(car, *inside.resources.commands.find(car, *id));
  if (key) {
    inside.resources.commands.keep(car, key->owner, key->text,
                                   {.request = key->request,
                                    .at = inside.services.clock.now(),
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
  const auto* record = context.inside.resources.commands.find(*found, context.parameters.at(1));
  if (record == nullptr) {
    co_return problem_response(not_found("There is no such command of this car, or not any more."));
  }
  co_return json_response(200, command_json(*record));
}

base::Task<Response> list_commands(Context& context) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  Json latest = Json::array();
  for (const auto* record : context.inside.resources.commands.newest(*found)) {
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
  auto& fleet = context.inside.services.fleet;
  const auto forgotten = fleet.forget_rejections(found->car->identity.id, only);
  co_return json_response(200, Json{{"forgotten", forgotten}});
}

base::Task<Response> refresh(Context& context) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  const auto car = found->car->identity.id;
  context.audit_target = car.text;
  auto& services = context.inside.services;
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
