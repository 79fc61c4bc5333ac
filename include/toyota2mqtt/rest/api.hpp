#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/http_message.hpp"
#include "toyota2mqtt/base/metrics.hpp"
#include "toyota2mqtt/base/password_hash.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/history/archive.hpp"
#include "toyota2mqtt/rest/fleet.hpp"
#include "toyota2mqtt/rest/sign_in.hpp"
#include "toyota2mqtt/setup/owner_actions.hpp"

namespace toyota2mqtt::rest {

using Request = base::HttpServerRequest;
using Response = base::HttpResponse;

/// An administrator of the configuration.
struct User {
  std::string name;
  std::string password_hash;  ///< as base::PasswordHasher::hash() wrote it
  friend bool operator==(const User&, const User&) = default;
};

/// What `web` of docs/configuration.md says of the interface, and fixed limits; docs/rest.md gives
/// the times.
struct Options {
  std::vector<User> users = {};
  bool toyota_login = false;
  std::vector<std::string> cors_origins = {};     ///< `https://host[:port]`, compared as text
  std::vector<std::string> trusted_proxies = {};  ///< numeric addresses
  /// Signs the tokens when it was given by hand (at least 32 bytes); empty: keys made at random.
  base::Secret token_secret = {};
  /// Address of Home Assistant's ingress gateway: a user who comes through it was signed in by Home
  /// Assistant and is an administrator. Empty outside the app.
  std::string ingress_gateway = {};
  std::string version = {};
  std::chrono::seconds access_life = std::chrono::minutes(15);
  std::chrono::seconds refresh_life = std::chrono::hours(24 * 7);
  std::chrono::seconds guest_idle = std::chrono::hours(24);     ///< then a guest's session ends
  std::chrono::seconds key_life = std::chrono::hours(24 * 30);  ///< then a new key signs
  std::uint16_t requests_per_minute = 300;  ///< of one session or address; 0 = no limit
  std::string currency = {};  ///< of costs in the history; empty = no tariff is configured
  friend bool operator==(const Options&, const Options&) = default;
};

/// How one part of the program is, for `ready`.
struct PartState {
  std::string name;    ///< toyota, broker, abrp, storage, configuration
  std::string state;   ///< ok, degraded, down, off (not used)
  std::string reason;  ///< one sentence; empty when ok
  std::optional<base::Time> since = {};
  std::string remedy = {};                  ///< what helps; empty when ok
  std::optional<base::Time> next_try = {};  ///< when it is tried again by itself
};

/// A file in the storage directory.
struct StoredFile {
  std::string name;
  std::uint64_t bytes = 0;
};

/// The rest of the program, for what administrators ask. Every function is set.
struct HostInfo {
  std::function<std::vector<PartState>()> parts;
  std::function<std::string()> configuration;  ///< JSON object, secrets left out
  std::function<base::LogLevel()> log_level;
  std::function<void(base::LogLevel)> set_log_level;
  /// The newest lines of the log, as they were written (already without secrets).
  std::function<std::vector<std::string>()> recent_log;
  /// What the storage directory holds. Errors: storage_failed, cancelled.
  std::function<base::Task<base::Result<std::vector<StoredFile>>>()> storage;
  /// The values of the cloud that the decoders do not know, each with a count.
  std::function<std::map<std::string, std::uint64_t>()> unknown_values;
  std::string platform = {};  ///< system and processor, as the machine calls them
};

/// The outside world of the interface. Everything outlives it.
struct Services {
  base::Clock& clock;
  base::Random& random;
  const base::Crypto& crypto;
  base::Log& log;
  base::Store& store;
  Fleet& fleet;
  fleet::Listeners& listeners;
  setup::OwnerActions& owner_actions;
  history::Archive& archive;
  base::PasswordHasher& passwords;
  base::SealedDocument& keys;  ///< the keys that sign the tokens
  Guests& guests;
  /// Writes metrics as text for Prometheus, format 0.0.4.
  std::function<std::string(const std::vector<base::MetricFamily>&)> metrics_text;
  /// What other parts count; the interface adds what it counts itself.
  std::vector<const base::MetricsSource*> metrics_sources = {};
  HostInfo host = {};
  base::Zone zone = base::Zone::utc();
};

/// The REST interface, `/api/v1` (docs/rest.md). Loop thread only.
class Api {
 public:
  Api(Services services, Options options);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Reads keys and sessions from the store, or makes the keys. Call it before the first request.
  base::Task<base::Result<void>> load();
  /// Ends what is due (sessions, keys) and writes down when sessions were used, until cancelled.
  base::Task<void> keep();
  /// Other administrators from now on: the sessions of those who are gone, or have another
  /// password, end at once.
  base::Task<void> use_users(std::vector<User> users);
  /// Whether this path is the interface's, and not the page's.
  [[nodiscard]] static bool owns(std::string_view path);
  /// Answers any request; what cannot be done is an answer, too (problem+json, RFC 9457). The
  /// answer to HEAD has the body of GET: the server leaves it out, and counts its length.
  base::Task<Response> handle(Request request);
  /// Ends every event stream; before the server stops.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::rest
