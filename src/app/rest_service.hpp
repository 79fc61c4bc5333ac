#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/part_states.hpp"
#include "app/runtime.hpp"
#include "toyota2mqtt/fleet/fleet_metrics.hpp"
#include "toyota2mqtt/fleet/guest_accounts.hpp"
#include "toyota2mqtt/platform/metrics.hpp"
#include "toyota2mqtt/platform/scrypt_hasher.hpp"
#include "toyota2mqtt/platform/sealed_document.hpp"
#include "toyota2mqtt/rest/account_fleet.hpp"
#include "toyota2mqtt/rest/api.hpp"
#include "toyota2mqtt/rest/guest_sign_in.hpp"
#include "toyota2mqtt/setup/owner_actions.hpp"

namespace toyota2mqtt::app {

/// The REST options of the settings; `in_app`: Home Assistant's gateway signs people in.
rest::Options rest_options(const config::Settings& settings, bool in_app);

/// The REST interface with what stands behind it alone: guests, fleet, metrics, keys.
/// Loop thread only; what is passed in outlives it.
class RestService {
 public:
  RestService(Runtime& runtime, fleet::AccountSet& accounts,
              const home_assistant::Publisher& publisher, setup::OwnerActions& owner_actions,
              history::Archive& archive, const config::Settings& settings);
  ~RestService();
  RestService(const RestService&) = delete;
  RestService& operator=(const RestService&) = delete;

  /// Reads keys, sessions and guests, and goes on with those; after the storage was opened and the
  /// bridge knows its accounts. When it cannot, the log says so, requests are answered 503, and it
  /// is tried again every minute.
  base::Task<void> start();
  base::Task<rest::Response> handle(rest::Request request);
  /// As ScryptHasher::hash().
  base::Task<base::Result<std::string>> hash_password(base::Secret password) {
    return passwords_.hash(std::move(password));
  }
  /// Other options of accounts and cars hold for guests, too.
  base::Task<void> use(fleet::Options options);
  /// Other administrators of the configuration, from now on.
  base::Task<void> use_users(std::vector<rest::User> users);
  /// Ends every stream; before the listener stops.
  void end_streams();
  /// Ends the tasks and the reading of guests' cars; after the bridge, whose last words come first.
  base::Task<void> stop();

 private:
  base::Task<bool> load();
  base::Task<void> keep();
  base::Task<void> watch_storage();
  [[nodiscard]] rest::HostInfo host();
  [[nodiscard]] std::vector<rest::PartState> parts();
  [[nodiscard]] std::string configuration() const;
  [[nodiscard]] std::map<std::string, std::uint64_t> unknown_values() const;
  base::Task<base::Result<std::vector<rest::StoredFile>>> storage();

  Runtime& runtime_;
  fleet::AccountSet& accounts_;
  const home_assistant::Publisher& publisher_;
  config::Settings settings_;
  base::TaskGroup tasks_;
  fleet::GuestAccounts guest_accounts_;
  rest::AccountFleet fleet_;
  rest::GuestSignIn guests_;
  fleet::FleetMetrics fleet_metrics_;
  platform::ProcessMetrics process_metrics_;
  platform::StorageMetrics storage_metrics_;
  platform::Worker hashing_;  // a hash takes a third of a second: storage does not wait for it
  platform::ScryptHasher passwords_;
  platform::SealedDocumentFile keys_;
  StorageWatch storage_watch_;
  rest::Api api_;
  bool loaded_ = false;
};

}  // namespace toyota2mqtt::app
