#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rest/context.hpp"
#include "toyota2mqtt/rest/api.hpp"

/// Where a request came from, as far as it can be believed. Pure functions of one request.
namespace toyota2mqtt::rest {

/// Whose word about others counts.
struct TrustedProxies {
  std::vector<std::string> proxies = {};  ///< plain addresses, web.trusted_proxies
  std::string gateway = {};  ///< Home Assistant's ingress gateway; empty: there is none
};

struct ClientOrigin {
  std::string client = {};         ///< plain address of who asks; behind a proxy what that says
  bool secure = false;             ///< TLS all the way, as far as is known
  bool may_carry_secrets = false;  ///< secure, or never outside this machine or Home Assistant
  bool from_gateway = false;       ///< Home Assistant has signed them in
  bool from_this_machine = false;  ///< a program here asked this machine by its own name
  std::string request_id = {};     ///< a trusted proxy's; empty: it named none
};

/// Whether a proxy passed the request on. Its client is then not the peer, and a peer on this
/// machine proves nothing: the proxy may speak for any client.
bool is_forwarded(const Request& request);

/// X-Forwarded-For, X-Forwarded-Proto and X-Request-Id count from trusted proxies only. Of the
/// addresses the rightmost that is no proxy's counts: what stands to its left anybody may have
/// written. Who forwards without being trusted is never taken for this host; neither is who
/// names another host, as a web page does that has pointed its own name to a browser's loopback
/// address.
ClientOrigin client_origin_of(const Request& request, const TrustedProxies& proxies);

/// Whether the browser says that a page of the same origin asks. For requests whose sender is
/// known by the way they come, not by a token that other sites do not have.
bool says_same_origin(const Request& request);

/// The Origin of the request when it is on the list; else empty.
std::string_view allowed_origin(const Request& request, const Options& options);
/// What a browser wants to see in the answer to a request of `origin`.
void add_cors(Response& response, std::string_view origin, const Options& options);
/// The answer to OPTIONS of a path that takes `methods` (an Allow header); with what a browser asks
/// before it sends a request of another site.
Response options_answer(const Request& request, std::string_view origin,
                        const std::string& methods);

}  // namespace toyota2mqtt::rest
