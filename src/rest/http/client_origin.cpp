#include "rest/http/client_origin.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <string_view>

#include "toyota2mqtt/base/address.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::rest {

namespace {

constexpr std::size_t kMostHops = 16;
constexpr std::size_t kLongestId = 64;

/// The entries of every header of that name, the last one first; at most kMostHops.
std::vector<std::string_view> entries_from_right(const Request& request, std::string_view name) {
  std::vector<std::string_view> found;
  for (const auto& header : request.headers | std::views::reverse) {
    if (!base::equal_ignoring_case(header.name, name)) continue;
    std::string_view rest(header.value);
    while (found.size() < kMostHops) {
      const auto comma = rest.rfind(',');
      found.push_back(
          base::trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1)));
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return found;
}

bool is_id_shaped(std::string_view text) {
  const auto fits = [](char c) {
    return base::is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kLongestId && std::ranges::all_of(text, fits);
}

std::string client_behind(const Request& request, std::string peer,
                          const std::vector<std::string>& proxies) {
  auto client = std::move(peer);
  for (const auto entry : entries_from_right(request, "X-Forwarded-For")) {
    auto address = base::plain_address(entry);
    if (!address) break;
    client = std::move(*address);
    if (std::ranges::find(proxies, client) == proxies.end()) break;
  }
  return client;
}

/// Every proxy has to say https: a list of several is as weak as its weakest.
bool came_encrypted(const Request& request) {
  const auto schemes = entries_from_right(request, "X-Forwarded-Proto");
  if (schemes.empty()) return request.encrypted;
  return std::ranges::all_of(
      schemes, [](std::string_view scheme) { return base::equal_ignoring_case(scheme, "https"); });
}

}  // namespace

bool is_forwarded(const Request& request) {
  constexpr std::array kSigns = {"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP",
                                 "Via"};
  return std::ranges::any_of(kSigns,
                             [&](const char* name) { return request.header(name).has_value(); });
}

ClientOrigin client_origin_of(const Request& request, const TrustedProxies& proxies) {
  auto peer = base::plain_address(request.peer).value_or("");
  if (!proxies.gateway.empty() && peer == proxies.gateway) {
    return {.client = client_behind(request, std::move(peer), {}),
            .secure = request.encrypted,
            .may_carry_secrets = true,
            .from_gateway = true};
  }
  const bool trusted = std::ranges::find(proxies.proxies, peer) != proxies.proxies.end();
  if (!trusted) {
    const bool local = base::is_loopback(peer) && !is_forwarded(request) &&
                       base::names_this_machine(request.header("Host").value_or(""));
    return {.client = std::move(peer),
            .secure = request.encrypted,
            .may_carry_secrets = request.encrypted || local,
            .from_this_machine = local};
  }
  ClientOrigin arrival{.client = client_behind(request, std::move(peer), proxies.proxies),
                       .secure = came_encrypted(request)};
  arrival.may_carry_secrets = arrival.secure || base::is_loopback(arrival.client);
  if (const auto id = request.header("X-Request-Id"); id && is_id_shaped(*id)) {
    arrival.request_id = *id;
  }
  return arrival;
}

bool says_same_origin(const Request& request) {
  if (const auto site = request.header("Sec-Fetch-Site")) return *site == "same-origin";
  const auto origin = request.header("Origin");
  if (!origin) return false;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!origin->starts_with(scheme)) continue;
    const auto host = origin->substr(scheme.size());
    return !host.empty() &&
           (base::equal_ignoring_case(host, request.header("Host").value_or("")) ||
            base::equal_ignoring_case(host, request.header("X-Forwarded-Host").value_or("")));
  }
  return false;
}

std::string_view allowed_origin(const Request& request, const Options& options) {
  if (options.cors_origins.empty()) return {};
  const auto origin = request.header("Origin");
  if (!origin || std::ranges::find(options.cors_origins, *origin) == options.cors_origins.end()) {
    return {};
  }
  return *origin;
}

void add_cors(Response& response, std::string_view origin, const Options& options) {
  if (options.cors_origins.empty()) return;
  response.headers.push_back({.name = "Vary", .value = "Origin"});
  if (origin.empty()) return;
  response.headers.push_back({.name = "Access-Control-Allow-Origin", .value = std::string(origin)});
  response.headers.push_back({.name = "Access-Control-Expose-Headers",
                              .value = "Age, Content-Disposition, ETag, Link, Location, "
                                       "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
                                       "Retry-After, X-Cache, X-Request-Id"});
}

Response options_answer(const Request& request, std::string_view origin,
                        const std::string& methods) {
  Response response{.status = 204, .headers = {{.name = "Allow", .value = methods}}};
  if (origin.empty() || !request.header("Access-Control-Request-Method")) return response;
  response.headers.push_back({.name = "Access-Control-Allow-Methods", .value = methods});
  response.headers.push_back(
      {.name = "Access-Control-Allow-Headers",
       .value = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, "
                "X-Request-Id"});
  response.headers.push_back({.name = "Access-Control-Max-Age", .value = "600"});
  return response;
}

}  // namespace toyota2mqtt::rest
