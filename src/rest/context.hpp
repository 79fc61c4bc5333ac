#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/rest/api.hpp"

/// What every route of the interface is given.
namespace toyota2mqtt::rest {

/// Every path of the interface begins with this.
inline constexpr std::string_view kApiPath = "/api/v1";
/// The same with more behind it, for links.
inline std::string api_path(std::string_view rest) { return std::string(kApiPath).append(rest); }

class Auth;
class EventHub;
class AuditLog;
class HttpMetrics;
class CarCaches;

/// Who asks.
struct Principal {
  enum class Kind : std::uint8_t { nobody, guest, administrator };
  Kind kind = Kind::nobody;
  std::string name = {};     ///< for the audit log: a user of the configuration, or a masked e-mail
  std::string session = {};  ///< its id
  Scope scope = {};
};

/// The parts of the interface that routes work with; as long-lived as the Api.
struct RouteDeps {
  Services& services;
  const Options& options;
  Auth& auth;
  EventHub& events;
  AuditLog& audit;
  HttpMetrics& http_metrics;
  CarCaches& car_caches;
};

struct Context {
  RouteDeps& deps;
  Request request;
  Principal who = {};
  std::string client = {};                   ///< numeric address, behind a trusted proxy too
  std::string request_id = {};               ///< as in the log and in X-Request-Id
  bool secure = false;                       ///< TLS, here or at a trusted proxy
  bool may_carry_secrets = false;            ///< secure, or never outside this machine
  bool from_this_machine = false;            ///< as ClientOrigin says
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

/// Who did what, when, from where. No secrets, no names of Toyota accounts in full, no places.
struct AuditEntry {
  base::Time at{};
  std::string who;           ///< Principal::name; empty: nobody was signed in
  std::string client;        ///< numeric address
  std::string what;          ///< `POST /vehicles/{car}/commands/{name}`: a route, never a value
  std::string target = {};   ///< id of a car, a session or an account; empty = none
  std::string outcome = {};  ///< done, refused, failed, or the HTTP status
};

/// The newest entries, in memory and in the log. Loop thread only.
class AuditLog {
 public:
  static constexpr std::size_t kCapacity = 1000;
  void add(AuditEntry entry) {
    entries_.push_back(std::move(entry));
    if (entries_.size() > kCapacity) entries_.pop_front();
    ++added_;
  }
  /// How many there ever were; the newest one has this number.
  [[nodiscard]] std::uint64_t added() const { return added_; }
  [[nodiscard]] const std::deque<AuditEntry>& entries() const { return entries_; }

 private:
  std::deque<AuditEntry> entries_;
  std::uint64_t added_ = 0;
};

}  // namespace toyota2mqtt::rest
