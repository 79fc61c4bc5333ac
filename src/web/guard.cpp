#include "web/guard.hpp"

#include <algorithm>

#include "toyota2mqtt/base/address.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::web {

namespace {

constexpr std::string_view kPathCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-";
constexpr std::size_t kLongestPath = 200;

/// `host:port` of an Origin header; empty for `null` and anything that is no web origin.
std::string_view host_of_origin(std::string_view origin) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (origin.starts_with(scheme)) return origin.substr(scheme.size());
  }
  return {};
}

}  // namespace

bool may_see(const Request& request, Place place) {
  const auto peer = base::plain_address(request.peer).value_or("");
  if (place == Place::app) return peer == kIngressGateway;
  return base::is_loopback(peer) && base::names_this_machine(request.header("Host").value_or(""));
}

bool is_foreign_errand(const Request& request) {
  const auto site = request.header("Sec-Fetch-Site");
  if (!site || *site == "same-origin" || *site == "none") return false;
  return request.header("Sec-Fetch-Dest") != "document";
}

bool from_own_page(const Request& request, Place place) {
  const auto site = request.header("Sec-Fetch-Site");
  if (site && *site != "same-origin") return false;
  const auto origin = request.header("Origin");
  if (!origin) return true;
  // A proxy in front of Home Assistant may have changed Host. What the browser said of the site it
  // said about the addresses that it saw itself, and no page can make it say so.
  if (site && place == Place::app) return true;
  const auto host = host_of_origin(*origin);
  if (host.empty()) return false;
  if (base::equal_ignoring_case(host, request.header("Host").value_or(""))) return true;
  return place == Place::app &&
         base::equal_ignoring_case(host, request.header("X-Forwarded-Host").value_or(""));
}

bool same_secret(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

std::string ingress_path(const Request& request, Place place) {
  const auto path = request.header("X-Ingress-Path").value_or("");
  const bool plain = place == Place::app && path.size() <= kLongestPath && path.starts_with('/') &&
                     path.size() > 1 && base::has_only(path, kPathCharacters) &&
                     !path.contains("//");
  return plain ? std::string(path) : std::string();
}

}  // namespace toyota2mqtt::web
