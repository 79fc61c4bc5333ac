#include "rest/router.hpp"

namespace toyota2mqtt::rest {

std::span<const Route> admin_routes() { return {}; }

}  // namespace toyota2mqtt::rest
