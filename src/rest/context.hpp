#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/rest/api.hpp"

/// What every route of the interface is given.
namespace toyota2mqtt::rest {

class Auth;
class EventHub;
class AuditLog;
class Traffic;
class Resources;

/// Who asks.
struct Principal {
  enum class Kind : std::uint8_t { nobody, guest, administrator };
  Kind kind = Kind::nobody;
  std::string name = {};     ///< for the audit log: a user of the configuration, or a masked e-mail
  std::string session = {};  ///< its id
  Scope scope = {};
};

/// The parts of the interface that routes work with; as long-lived as the Api.
struct Inside {
  Services& services;
  const Options& options;
  Auth& auth;
  EventHub& events;
  AuditLog& audit;
  Traffic& traffic;
  Resources& resources;
};

struct Context {
  Inside& inside;
  Request request;
  Principal who = {};
  std::string client = {};                   ///< numeric address, behind a trusted proxy too
  std::string request_id = {};               ///< as in the log and in X-Request-Id
  bool secure = false;                       ///< TLS, here or at a trusted proxy
  bool may_carry_secrets = false;            ///< secure, or never outside this machine
  bool from_this_machine = false;            ///< as Arrival says
  base::SteadyTime arrived{};                ///< when the request came
  std::vector<std::string> parameters = {};  ///< what stood for `{…}` in the route's path, in order
  /// Id of the car, session or account that the request is about, for the audit log; handlers of
  /// routes that change something set it. No names.
  std::string audit_target = {};
};

/// Who may ask.
enum class Access : std::uint8_t {
  open,           ///< anybody
  user,           ///< whoever is signed in
  administrator,  ///< administrators only; others are told 403
};

using Handler = base::Task<Response> (*)(Context& context);

/// One route: its path as openapi.json writes it, below `/api/v1`.
struct Route {
  std::string_view method;
  std::string_view path;  ///< "/vehicles/{car}/trips"
  Access access = Access::user;
  Handler handler = nullptr;
  bool basic = false;  ///< the handler looks at a name and a password by itself
};

}  // namespace toyota2mqtt::rest
