#pragma once

#include "toyota2mqtt/platform/http_server.hpp"
#include "toyota2mqtt/rest/message.hpp"

/// Between the listener and the REST interface, which do not know each other.
namespace toyota2mqtt::app {

rest::Request to_rest(platform::HttpServerRequest from);
platform::HttpServerResponse from_rest(rest::Response from);

}  // namespace toyota2mqtt::app
