#include "rest/router.hpp"

namespace toyota2mqtt::rest {

std::span<const Route> vehicle_routes() { return {}; }

}  // namespace toyota2mqtt::rest
