#include "toyota/metering.hpp"

#include <algorithm>
#include <array>

#include "toyota/requests.hpp"
#include "toyota/routes.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;

namespace {

constexpr std::array kWakes = {WakeRoute::status, WakeRoute::electric, WakeRoute::climate};
constexpr std::array kCommands = {vehicle::CommandRoute::remote, vehicle::CommandRoute::climate,
                                  vehicle::CommandRoute::electric};

std::string_view answer_word(const base::Result<base::HttpResponse>& answer) {
  if (!answer) return answer.error().code == ErrorCode::timeout ? "timeout" : "none";
  constexpr int kTooMany = 429;
  constexpr int kPerClass = 100;
  if (answer->status == kTooMany) return "429";
  switch (answer->status / kPerClass) {
    case 2: return "2xx";
    case 3: return "3xx";
    case 4: return "4xx";
    case 5: return "5xx";
    default: return "none";
  }
}

std::string_view outcome_word(const Result<Tokens>& outcome) {
  return outcome ? std::string_view("ok") : to_string(outcome.error().code);
}

std::string_view kind_word(RouteResult::Kind kind) {
  switch (kind) {
    case RouteResult::Kind::ok: return "ok";
    case RouteResult::Kind::not_supported: return "not_supported";
    case RouteResult::Kind::failed: break;
  }
  return "failed";
}

}  // namespace

std::string_view route_word(std::string_view method, std::string_view path) {
  if (method == "GET") {
    const auto routes = all_routes();
    const auto found = std::ranges::find_if(routes, [path](const Route& route) {
      return path == route.path || (!route.retired.empty() && path == route.retired);
    });
    return found == routes.end() ? std::string_view("other") : vehicle::to_string(found->source);
  }
  if (std::ranges::find(kWakes, path, wake_path) != kWakes.end()) return "wake";
  if (std::ranges::find(kCommands, path, command_path) != kCommands.end()) return "command";
  return "other";
}

void record_exchange(Meter* meter, std::string_view route,
                     const base::Result<base::HttpResponse>& answer,
                     std::chrono::milliseconds took) {
  if (meter == nullptr) return;
  if (!answer && answer.error().code == ErrorCode::cancelled) return;
  ++meter->requests[{route, answer_word(answer)}];
  if (!answer) return;
  const double seconds = std::chrono::duration<double>(took).count();
  ++meter->answers;
  meter->seconds += seconds;
  const auto bucket = std::ranges::lower_bound(Meter::kBounds, seconds);
  if (bucket == Meter::kBounds.end()) return;
  ++meter->within.at(static_cast<std::size_t>(bucket - Meter::kBounds.begin()));
}

void record_repeat(Meter* meter, std::string_view route) {
  if (meter != nullptr) ++meter->repeats[route];
}

void record_read(Meter* meter, vehicle::Source source, const RouteResult& result) {
  if (meter == nullptr) return;
  if (result.error && result.error->code == ErrorCode::cancelled) return;
  ++meter->reads[{vehicle::to_string(source), kind_word(result.kind)}];
}

void record_sign_in(Meter* meter, const Result<Tokens>& outcome) {
  if (meter != nullptr) ++meter->sign_ins[outcome_word(outcome)];
}

void record_refresh(Meter* meter, const Result<Tokens>& outcome) {
  if (meter != nullptr) ++meter->refreshes[outcome_word(outcome)];
}

void record_unknown_value(Meter* meter) {
  if (meter != nullptr) ++meter->unknown_values;
}

}  // namespace toyota2mqtt::toyota
