#include "rest/router.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace toyota2mqtt::rest {

namespace {

/// The first segment of `path`, taken off it. A path begins with a slash.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& parameters) {
  parameters.clear();
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_segment(pattern);
    const auto found = take_segment(path);
    if (wanted.starts_with('{')) {
      if (found.empty()) return false;
      parameters.emplace_back(found);
    } else if (wanted != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

std::span<const Route> all_routes() {
  static const auto kRoutes = [] {
    std::vector<Route> routes;
    for (const auto& list : {auth_routes(), vehicle_routes(), history_routes(), command_routes(),
                             event_routes(), admin_routes(), system_routes(), openapi_routes()}) {
      std::ranges::copy(list, std::back_inserter(routes));
    }
    return routes;
  }();
  return kRoutes;
}

Match match(std::string_view method, std::string_view path) {
  Match result;
  if (!path.starts_with('/')) return result;
  // A HEAD is a GET whose body is left out.
  const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
  std::vector<std::string> parameters;
  for (const auto& route : all_routes()) {
    if (!fits(route.path, path, parameters)) continue;
    if (route.method == wanted) {
      result.route = &route;
      result.parameters = std::move(parameters);
      return result;
    }
    result.allowed += (result.allowed.empty() ? "" : ", ") + std::string(route.method);
  }
  return result;
}

}  // namespace toyota2mqtt::rest
