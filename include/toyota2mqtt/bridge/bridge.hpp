#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/async_mutex.hpp"
#include "toyota2mqtt/base/log_limit.hpp"
#include "toyota2mqtt/fleet/account_session.hpp"
#include "toyota2mqtt/fleet/guest_accounts.hpp"
#include "toyota2mqtt/fleet/listener.hpp"
#include "toyota2mqtt/fleet/services.hpp"
#include "toyota2mqtt/fleet/unlock_code.hpp"
#include "toyota2mqtt/home_assistant/broker_connection.hpp"
#include "toyota2mqtt/home_assistant/day_counts.hpp"
#include "toyota2mqtt/home_assistant/leftovers.hpp"
#include "toyota2mqtt/home_assistant/namesakes.hpp"

namespace toyota2mqtt::bridge {

using fleet::AccountOptions;
using fleet::AccountSession;
using fleet::CarSession;
using fleet::UnlockCode;
using home_assistant::BrokerCounters;
using home_assistant::BrokerSource;
using home_assistant::BrokerStatus;
using home_assistant::Counts;
using home_assistant::DayCounts;
using home_assistant::FixedBroker;
using home_assistant::Namesakes;
using home_assistant::Rank;

struct Options {
  fleet::Options fleet = {};
  base::MqttConnection mqtt = {};  ///< the broker, unless MqttServices::broker names it
  home_assistant::Settings home_assistant = {};
  friend bool operator==(const Options&, const Options&) = default;
};

/// How the bridge reaches the broker.
struct MqttServices {
  base::MqttClient& client;
  /// Names the broker before each connect; nullptr = the one of Options::mqtt.
  BrokerSource* broker = nullptr;
};

/// How an account is, as the bridge's device shows it.
home_assistant::AccountView view_of(const fleet::AccountSession& account);

/// A configuration that was read while the program runs and cannot be used.
struct ConfigurationState {
  std::vector<std::string> mistakes = {};  ///< with file, line and key; empty = there is none
  std::optional<base::Time> since = {};
};

/// The running bridge: one AccountSession per account, one Publisher, and the documents between
/// them. Loop thread only.
class Bridge final : private fleet::Listener {
 public:
  /// Everything in `services` and `mqtt` outlives it.
  Bridge(fleet::Services services, MqttServices mqtt, Options options);
  ~Bridge() override;
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  void start();
  /// Stops everything that may be stopped, publishes `offline` and leaves the broker (within 1 s),
  /// then waits for what must not be torn: a token refresh that is under way. Call it once.
  base::Task<void> stop();

  /// Takes other options into use while the bridge runs, or before it starts. Accounts that are not
  /// in them any more are stopped and their topics removed; new ones start; one whose password or
  /// endpoints changed starts anew; of the others only cars whose options changed start anew, and
  /// nothing is asked or published again. Returns when that is so; the first requests of new
  /// accounts are under way then. Calls wait for each other. Ends early when cancelled while it
  /// waits or when the bridge stops.
  base::Task<void> reconfigure(fleet::Options options);
  /// Lets a rejected sign-in be tried once more, now. False: there is no such account.
  bool try_again(const std::string& account_key);

  /// As if it had come by MQTT: carried out, or refused. False: there is no such car.
  bool command(const base::CarId& id, const vehicle::CommandRequest& request);

  /// What is wrong with a changed configuration, so that the one before is in use; empty = nothing.
  void show_configuration(std::vector<std::string> mistakes);
  [[nodiscard]] const ConfigurationState& configuration() const { return configuration_; }
  /// CarSession::forget_rejections() of one car, or of all. nullopt: there is no such car.
  std::optional<std::size_t> forget_rejections(const std::optional<base::CarId>& only);

  /// Shows what history made of a car. Nothing happens when there is no such car.
  void show_statistics(const base::CarId& id, const vehicle::CarStatistics& statistics);
  /// Shows how far the past trips were fetched, in words.
  void show_backfill(const base::CarId& id, std::string progress);

  [[nodiscard]] const Options& options() const { return options_; }
  /// Valid until the caller waits for anything.
  [[nodiscard]] const std::vector<std::unique_ptr<AccountSession>>& accounts() const {
    return accounts_;
  }
  [[nodiscard]] AccountSession* find_account(const std::string& key) const;
  /// Entities announced to Home Assistant: of a car, and of the bridge device. 0 without discovery.
  /// Cheap: counted when a document changes, not when it is asked for.
  [[nodiscard]] std::size_t entities(const CarSession& car) const;
  [[nodiscard]] std::size_t bridge_entities() const;

  /// Removes every topic of this installation from the broker, leaves it, and publishes nothing
  /// more until the program starts again; the cars are still read. For the owner who is about to
  /// remove the program. Answers how many topics were removed. Errors: unreachable (there is no
  /// connection: nothing was changed), or as base::MqttClient; calling it again goes on. Must have
  /// ended (cancelled) before stop().
  base::Task<base::Result<std::size_t>> clear_topics();

  /// One line per part for `health`: "ok", or what is wrong. Empty = all is well.
  [[nodiscard]] std::vector<std::string> troubles() const;
  /// One line per route of a car that is not asked for now because it failed, for `health`: no
  /// trouble of the bridge's.
  [[nodiscard]] std::vector<std::string> failing_routes() const;
  [[nodiscard]] const BrokerStatus& broker() const { return publisher_.status(); }
  [[nodiscard]] const BrokerCounters& broker_counters() const { return publisher_.counters(); }
  /// Messages that the broker has not got yet.
  [[nodiscard]] std::size_t messages_waiting() const { return publisher_.waiting(); }

 private:
  static constexpr const char* kBridgeOwner = "bridge";

  base::Task<bool> begin();
  base::Task<void> leave_broker();
  [[nodiscard]] AccountOptions account_options(const toyota::Credentials& credentials) const;
  [[nodiscard]] std::unique_ptr<AccountSession> make_account(AccountOptions options);
  /// Ends what `wanted` does not name, or names with other credentials; true when any did.
  base::Task<bool> end_accounts(const std::vector<AccountOptions>& wanted);
  /// Starts what is new in `wanted` and hands the others their options; true when any is new.
  bool begin_accounts(std::vector<AccountOptions> wanted);
  void forget_unknown_owners();
  /// Tells whether an account with this key runs.
  [[nodiscard]] std::function<bool(const std::string&)> account_names() const;
  [[nodiscard]] home_assistant::BridgeView view() const;
  base::Task<void> recall_accounts();
  base::Task<void> remember_accounts();
  /// Whether the wall clock has run ahead since the last look, because the machine slept or
  /// somebody set it; then every car is read.
  bool notice_sleep();
  void count_entities(const std::string& device, const base::MqttMessage& document);
  [[nodiscard]] std::size_t counted_entities(const std::string& device) const;
  void publish_bridge();
  void publish_car(AccountSession& account, const fleet::CarView& view);
  void publish_all();
  void car_changed(const fleet::CarView& car) override;
  void notified(const fleet::CarView& car, const vehicle::Notification& notification) override;
  void happened(const fleet::CarView& car, const vehicle::CarEvent& event) override;
  void commanded(const fleet::CarView& car, const vehicle::CommandResult& result) override;
  void account_changed(const std::string& account_key) override;
  void cars_changed(const std::string& account_key) override;
  void on_message(const base::MqttReceived& message);
  /// Takes into account what the broker says that an earlier run left there.
  void learn(const home_assistant::Leftover& leftover, const std::string& topic);
  /// Removes what was found of cars that no account has, once the accounts have said which they
  /// have.
  void remove_orphans();
  base::Task<void> recall_namesakes();
  void call_by_number(CarSession& car);
  void forget_namesakes();
  void keep_namesakes();
  void on_command(const home_assistant::Command& command);
  void give_up_commands();
  /// The first account that has the car; nullptr: none has.
  [[nodiscard]] AccountSession* account_of(const base::CarId& car) const;
  void count_day();
  base::Task<void> recall_day();
  base::Task<void> keep_day();
  /// Since the start of the program.
  [[nodiscard]] Counts counted() const;
  /// At the first look of the owner's day: everything that counts from midnight.
  void begin_day();

  fleet::Services services_;
  Options options_;
  base::Time started_;
  FixedBroker configured_broker_;
  home_assistant::BrokerConnection publisher_;
  UnlockCode unlock_code_;
  base::TaskGroup publishing_;
  std::vector<std::unique_ptr<AccountSession>> accounts_;
  base::AsyncMutex reconfiguring_;
  bool running_ = false;   // accounts are started as soon as they are made
  bool stopping_ = false;  // none is started any more
  /// What was counted in the discovery document of a device: a car's id, or the bridge.
  struct CountedDocument {
    std::size_t hash = 0;  ///< of its text
    std::size_t entities = 0;
  };
  std::map<std::string, CountedDocument> entity_counts_;
  base::LogLimit flood_;  // of what any client of the broker can make this program say
  std::set<std::string>
      announced_accounts_;      // keys of accounts that the bridge's device ever showed
  Counts counts_of_gone_ = {};  // of accounts that have left in this run
  std::chrono::milliseconds clocks_apart_{};  // wall clock less steady clock: grows in a sleep
  DayCounts day_counts_;
  std::string stored_day_;
  base::Time cars_day_{};  // the owner's midnight that the cars know of
  std::string last_error_;
  Namesakes namesakes_;
  std::set<std::string> found_cars_;  // ids on the broker, not yet compared with the accounts
  std::set<std::string> orphans_;     // ids of which everything is removed
  ConfigurationState configuration_;
  bool clearing_ = false;
  bool cleared_ = false;                       ///< nothing is published any more
  std::vector<base::MqttMessage> last_words_;  // told after the sending has ended
};

}  // namespace toyota2mqtt::bridge
