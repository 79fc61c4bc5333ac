#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/http_message.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/setup/owner_actions.hpp"

namespace toyota2mqtt::web {

/// The address of Home Assistant's ingress gateway inside the app's network.
inline constexpr const char* kIngressGateway = "172.30.32.2";

using Request = base::HttpServerRequest;
using Response = base::HttpResponse;

/// Where the page is served, and with that who may see it.
enum class Place : std::uint8_t {
  app,      ///< inside the Home Assistant app: only its ingress gateway, 172.30.32.2, is served
  machine,  ///< anywhere else: only this machine, under a loopback name
};

/// The owner's page: what the bridge does, and the set-up. Plain HTML with forms, in English and
/// German; docs/page.md tells what it shows. Nothing that was typed into it is ever sent back but
/// the user name. Loop thread only; everything passed in outlives the page and its tasks.
class Page {
 public:
  /// Makes of a password what `web.users` takes for it; slow, and not on the loop. Errors:
  /// config_invalid, cancelled.
  using PasswordHash = std::function<base::Task<base::Result<std::string>>(base::Secret)>;

  Page(setup::OwnerActions& actions, const base::Clock& clock, base::Random& random, Place place,
       PasswordHash password_hash);
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  /// Answers any request; what cannot be done is an answer, too. A task may take as long as a
  /// sign-in does; the page must outlive it. Exceptions of `actions` pass through.
  base::Task<Response> handle(Request request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::web
