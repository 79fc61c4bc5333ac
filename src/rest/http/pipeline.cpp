#include "rest/http/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "rest/http/client_origin.hpp"
#include "rest/http/json_body.hpp"
#include "toyota2mqtt/base/address.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::rest {

namespace {

constexpr const char* kPolicy = "default-src 'none'; frame-ancestors 'none'";
// Browsers take it for every port of the host: longer, it would lock people out of a Home Assistant
// without HTTPS beside it, if the certificate is ever given up.
constexpr const char* kOneDay = "max-age=86400";

/// Below the prefix; empty: it is not the interface's.
std::string_view path_of(const Request& request) {
  const std::string_view path(request.path);
  return path.starts_with(kApiPath) ? path.substr(kApiPath.size()) : std::string_view();
}

bool changes_something(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

bool has(const Response& response, std::string_view name) {
  return std::ranges::find(response.headers, name, &base::HttpHeader::name) !=
         response.headers.end();
}

void add(Response& response, const char* name, std::string value) {
  response.headers.push_back({.name = name, .value = std::move(value)});
}

void add_unless_there(Response& response, const char* name, const char* value) {
  if (!has(response, name)) add(response, name, value);
}

/// Whether the request carries, or its route takes, what nobody on the way may read.
bool is_confidential(const Exchange& exchange) {
  const auto& route = *exchange.found.route;
  return route.access != Access::open || route.path.starts_with("/auth/") ||
         exchange.context.request.header("Authorization");
}

std::optional<Problem> refuse_body(const Request& request) {
  if (request.body.empty()) return std::nullopt;
  if (request.body.size() > JsonBody::kLargest) return too_large("A body has at most 16 KiB.");
  if (!says_json(request)) return unsupported_media_type();
  return std::nullopt;
}

/// Never a value: a path may hold a VIN.
std::string name_of(const Exchange& exchange) {
  const auto* route = exchange.found.route;
  if (route == nullptr) return "no route";
  return fmt::format("{} {}", route->method, route->path);
}

}  // namespace

Pipeline::Pipeline(RouteDeps& deps, base::Random& random)
    : deps_(deps), limits_(deps.options.requests_per_minute), flood_(deps.services.log) {
  std::array<std::uint8_t, 4> bytes{};
  random.fill(bytes);
  id_prefix_ = base::base64url(bytes);
  for (const auto& proxy : deps.options.trusted_proxies) {
    proxies_.proxies.push_back(base::plain_address(proxy).value_or(proxy));
  }
  proxies_.gateway = deps.options.ingress_gateway;
}

std::string Pipeline::next_id() { return fmt::format("{}-{:08x}", id_prefix_, ++id_count_); }

Exchange Pipeline::receive(Request request) {
  auto arrival = client_origin_of(request, proxies_);
  Exchange exchange{.context = {.deps = deps_, .request = std::move(request)},
                    .from_gateway = arrival.from_gateway};
  auto& context = exchange.context;
  context.client = std::move(arrival.client);
  context.request_id = arrival.request_id.empty() ? next_id() : std::move(arrival.request_id);
  context.secure = arrival.secure;
  context.may_carry_secrets = arrival.may_carry_secrets;
  context.from_this_machine = arrival.from_this_machine;
  context.arrived = deps_.services.clock.steady();
  exchange.origin = allowed_origin(context.request, deps_.options);
  exchange.found = match(context.request.method, path_of(context.request));
  context.parameters = std::move(exchange.found.parameters);
  return exchange;
}

std::optional<Problem> Pipeline::identify(Exchange& exchange) {
  auto& context = exchange.context;
  const auto now = deps_.services.clock.steady();
  const auto* route = exchange.found.route;
  const bool by_password = route != nullptr && route->basic && is_basic(context.request);
  auto caller = by_password ? Caller{} : deps_.auth.identify(context.request);
  context.who = std::move(caller.who);
  if (caller.session) {
    exchange.quota = limits_.take(caller.session->window, now);
  } else if (exchange.from_gateway && !caller.refused) {
    context.who = {
        .kind = Principal::Kind::administrator, .name = "home-assistant", .scope = {.owner = true}};
    exchange.quota = limits_.take(gateway_window_, now);
  } else {
    exchange.quota = limits_.take(base::counted_address(context.client), now);
  }
  if (exchange.quota.exceeded) {
    deps_.http_metrics.record_rate_limit();
    return too_many("More requests came than this session or address may send in a minute.",
                    exchange.quota.reset);
  }
  // Where nobody needs one, an old token is no hindrance: clients send it along when they renew it.
  const bool open = route != nullptr && route->access == Access::open;
  if (caller.refused && !open) return unauthorized("The access token does not hold.");
  return std::nullopt;
}

std::optional<Problem> Pipeline::refuse_access(const Exchange& exchange) const {
  const auto& context = exchange.context;
  const auto access = exchange.found.route->access;
  if (access != Access::open) {
    if (context.who.kind == Principal::Kind::nobody) {
      return unauthorized("Sign in with POST /api/v1/auth/login first.");
    }
    if (access == Access::administrator && context.who.kind != Principal::Kind::administrator) {
      return forbidden("Only administrators may do this.");
    }
  }
  // Users who come through the gateway are known by that alone, so another site could send them.
  const bool by_way = exchange.from_gateway && context.who.session.empty();
  if (by_way && changes_something(context.request.method) && !says_same_origin(context.request)) {
    return cross_site();
  }
  return std::nullopt;
}

std::optional<Response> Pipeline::refusal(Exchange& exchange) {
  auto& context = exchange.context;
  const auto* route = exchange.found.route;
  if (route != nullptr && is_confidential(exchange) && !context.may_carry_secrets) {
    return problem_response(tls_required());
  }
  const auto& allowed = exchange.found.allowed;
  if (route == nullptr && context.request.method == "OPTIONS" && !allowed.empty()) {
    return options_answer(context.request, exchange.origin, allowed);
  }
  // A token on an open line is not even looked at.
  if (context.may_carry_secrets || !context.request.header("Authorization")) {
    if (const auto refused = identify(exchange)) return problem_response(*refused);
  }
  if (route == nullptr && allowed.empty()) {
    return problem_response(not_found("There is no such route; /api/v1/openapi.json lists all."));
  }
  if (route == nullptr) {
    auto response = problem_response(method_not_allowed(allowed));
    add(response, "Allow", allowed);
    return response;
  }
  if (const auto refused = refuse_access(exchange)) return problem_response(*refused);
  if (const auto refused = refuse_body(context.request)) return problem_response(*refused);
  return std::nullopt;
}

void Pipeline::add_headers(const Exchange& exchange, Response& response) const {
  response.headers.reserve(response.headers.size() + 10);
  add(response, "X-Request-Id", exchange.context.request_id);
  add(response, "X-Content-Type-Options", "nosniff");
  add(response, "Referrer-Policy", "no-referrer");
  add_unless_there(response, "Content-Security-Policy", kPolicy);
  add_unless_there(response, "Cache-Control", "no-store");
  if (exchange.context.secure) add(response, "Strict-Transport-Security", kOneDay);
  add_cors(response, exchange.origin, deps_.options);
  const auto& quota = exchange.quota;
  if (quota.limit == 0) return;
  add(response, "RateLimit-Limit", std::to_string(quota.limit));
  add(response, "RateLimit-Remaining", std::to_string(quota.left));
  add(response, "RateLimit-Reset", std::to_string(quota.reset));
}

void Pipeline::log_answer(const Exchange& exchange, int status) {
  constexpr int kServerError = 500;
  const bool failed = status >= kServerError;
  if (!failed && deps_.services.host.log_level() != base::LogLevel::debug) return;
  const auto took = deps_.services.clock.steady() - exchange.context.arrived;
  deps_.services.log.write(failed ? base::LogLevel::warning : base::LogLevel::debug, "rest",
                           fmt::format("{}: {} in {} ms (request {})", name_of(exchange), status,
                                       took.count(), exchange.context.request_id));
}

void Pipeline::record_audit(const Exchange& exchange, int status) {
  constexpr int kDone = 200;
  constexpr int kTooMany = 429;
  const auto& context = exchange.context;
  const auto* route = exchange.found.route;
  if (route == nullptr || !changes_something(context.request.method) || status == kTooMany) return;
  // Renewals are no decision of anybody, and what is refused to nobody would only fill the log.
  if (route->path == "/auth/refresh" && status == kDone) return;
  if (context.who.kind == Principal::Kind::nobody && route->path != "/auth/login") return;
  deps_.audit.add({.at = deps_.services.clock.now(),
                   .who = context.who.name,
                   .client = context.client,
                   .what = name_of(exchange),
                   .target = context.audit_target,
                   .outcome = std::to_string(status)});
  const auto& entry = deps_.audit.entries().back();
  auto line = fmt::format("{} {} by {} from {}: {}", entry.what, entry.target,
                          entry.who.empty() ? "nobody" : entry.who, entry.client, entry.outcome);
  if (!entry.who.empty()) {
    deps_.services.log.info("audit", line);
    return;
  }
  flood_.write(base::LogLevel::info, "audit", entry.what + entry.outcome, std::move(line),
               deps_.services.clock.steady());
}

void Pipeline::tidy() { flood_.tell(deps_.services.clock.steady()); }

void Pipeline::finish(Exchange& exchange, Response& response) {
  if (exchange.context.request.method == "HEAD") response.stream.reset();
  add_headers(exchange, response);
  log_answer(exchange, response.status);
  record_audit(exchange, response.status);
  const std::chrono::duration<double> took =
      deps_.services.clock.steady() - exchange.context.arrived;
  deps_.http_metrics.record_answer(exchange.found.route, response.status, took.count());
}

}  // namespace toyota2mqtt::rest
