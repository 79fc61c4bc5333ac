#pragma once

#include <string>
#include <string_view>

#include "toyota2mqtt/web/page.hpp"

/// Who may see the page, and whose forms count. Pure functions of one request.
namespace toyota2mqtt::web {

/// Whether the other side may be served at all. On the machine the Host header must name this
/// machine, too: else any web page could reach this one through a name that it points to loopback.
bool may_see(const Request& request, Place place);

/// Whether another site made the browser ask, and not to show the page: as an image, a frame or a
/// fetch. Such a page could only count or overload; a link from elsewhere still opens.
bool is_foreign_errand(const Request& request);

/// Whether a form can only come from one of our own pages, as far as the browser says. Browsers
/// tell Sec-Fetch-Site to https and loopback addresses only, Origin always; other programs may
/// tell neither, and then the form's token alone decides.
bool from_own_page(const Request& request, Place place);

/// Compares in a time that depends on the lengths alone.
bool same_secret(std::string_view a, std::string_view b);

/// What X-Ingress-Path may be used for: itself when it is a plain path of at most 200 characters,
/// else empty. Only the gateway's word counts.
std::string ingress_path(const Request& request, Place place);

}  // namespace toyota2mqtt::web
