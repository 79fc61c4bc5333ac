#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/answers.hpp"
#include "support/fake_fleet.hpp"
#include "support/fake_owner_actions.hpp"
#include "support/fake_sign_in.hpp"
#include "support/fakes.hpp"
#include "support/loop.hpp"
#include "support/memory_archive.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/rest/api.hpp"

namespace toyota2mqtt::test {

/// Two administrators, "anna" and "ben", whose passwords are `<name>'s password`; Toyota's account
/// holders may sign in; no limit of requests.
rest::Options rest_options();

/// A host about which there is nothing to say: no parts, no files, an empty log.
rest::HostInfo quiet_host();

/// The REST interface over fakes, as a client on this machine sees it. Tokens are real.
class RestRig {
 public:
  explicit RestRig(rest::Options options = rest_options());
  ~RestRig();
  RestRig(const RestRig&) = delete;
  RestRig& operator=(const RestRig&) = delete;

  rest::Response ask(rest::Request request) { return loop.run(api->handle(std::move(request))); }
  /// A request from 127.0.0.1. `target` stands below /api/v1 and may have a query; an empty token
  /// is left out.
  static rest::Request request(std::string method, const std::string& target,
                               const std::string& token = {});
  rest::Response get(const std::string& target, const std::string& token = {});
  rest::Response send(std::string method, const std::string& target, const std::string& token = {},
                      const nlohmann::json& body = nullptr);

  /// The answer of auth/login.
  rest::Response login(const std::string& name, const std::string& password);
  /// The access token of a new session of "anna" or "ben".
  std::string administrator(const std::string& name = "anna");
  /// The access token of a new session of `<name>@example.com`, whose Toyota account has the key
  /// `key-<name>`.
  std::string guest(const std::string& name);
  /// What the program forgets and finds again when it starts anew.
  void restart();
  /// What an interface over the same fakes needs; another hasher or store, where one is given.
  rest::Services services(base::PasswordHasher* other_hasher = nullptr,
                          base::Store* other_store = nullptr);

  TestLoop loop;
  platform::OpenSslCrypto crypto;
  MemoryStore store;
  MemoryKeyStore keys;
  FakeOwnerActions actions{loop.clock.now()};
  FakeFleet fleet{loop.clock};
  MemoryArchive archive;
  FakeHasher hasher;
  FakeGuests guests;
  PlainMetricsWriter writer;
  rest::Options options;
  rest::HostInfo host = quiet_host();                            ///< taken by restart()
  std::vector<const base::MetricsSource*> metrics_sources = {};  ///< taken by restart()
  std::unique_ptr<rest::Api> api;
};

/// The body; the test fails when it is no JSON.
nlohmann::json json_of(const rest::Response& response);
/// The last part of a problem's type, such as "not-found"; empty when it is no problem.
std::string problem_of(const rest::Response& response);

}  // namespace toyota2mqtt::test
