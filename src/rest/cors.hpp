#pragma once

#include <string>
#include <string_view>

#include "rest/context.hpp"

/// Which other web sites may read answers (web.cors_origins). Tokens travel in a header that pages
/// set themselves, so credentials are never allowed. Pure.
namespace toyota2mqtt::rest {

/// The Origin of the request when it is on the list; else empty.
std::string_view allowed_origin(const Request& request, const Options& options);
/// What a browser wants to see in the answer to a request of `origin`.
void add_cors(Response& response, std::string_view origin, const Options& options);
/// The answer to OPTIONS of a path that takes `methods` (an Allow header); with what a browser asks
/// before it sends a request of another site.
Response options_answer(const Request& request, std::string_view origin,
                        const std::string& methods);

}  // namespace toyota2mqtt::rest
