#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rest/context.hpp"

namespace toyota2mqtt::rest {

/// Every route of the interface.
std::span<const Route> all_routes();

/// What a path leads to.
struct Match {
  const Route* route = nullptr;  ///< nullptr: no route has this path and method
  std::vector<std::string> parameters = {};
  std::string allowed = {};  ///< the methods of this path, as an Allow header; empty: no such path
};
/// `path` is percent-decoded and stands below `/api/v1`.
Match match(std::string_view method, std::string_view path);

// One list of routes per file of the same name.
std::span<const Route> auth_routes();
std::span<const Route> vehicle_routes();
std::span<const Route> history_routes();
std::span<const Route> command_routes();
std::span<const Route> event_routes();
std::span<const Route> admin_routes();
std::span<const Route> metrics_routes();
std::span<const Route> system_routes();
std::span<const Route> openapi_routes();

}  // namespace toyota2mqtt::rest
