#include "rest/router.hpp"

namespace toyota2mqtt::rest {

std::span<const Route> system_routes() { return {}; }

}  // namespace toyota2mqtt::rest
