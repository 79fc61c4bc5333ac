#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "toyota2mqtt/base/log_limit.hpp"
#include "toyota2mqtt/base/metrics.hpp"
#include "toyota2mqtt/fleet/account_set.hpp"
#include "toyota2mqtt/fleet/listener.hpp"
#include "toyota2mqtt/fleet/services.hpp"
#include "toyota2mqtt/home_assistant/broker_connection.hpp"
#include "toyota2mqtt/home_assistant/day_counts.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"
#include "toyota2mqtt/home_assistant/leftovers.hpp"
#include "toyota2mqtt/home_assistant/namesakes.hpp"

namespace toyota2mqtt::home_assistant {

/// How the broker is reached.
struct MqttServices {
  base::MqttClient& client;
  /// Names the broker before each connect; nullptr = the one of PublisherOptions::mqtt.
  BrokerSource* broker = nullptr;
};

struct PublisherOptions {
  base::MqttConnection mqtt = {};  ///< the broker, unless MqttServices::broker names it
  Settings settings = {};
  friend bool operator==(const PublisherOptions&, const PublisherOptions&) = default;
};

/// How an account is, as the bridge's device shows it.
AccountView view_of(const fleet::AccountSession& account);

/// A configuration that was read while the program runs and cannot be used.
struct ConfigurationState {
  std::vector<std::string> mistakes = {};  ///< with file, line and key; empty = there is none
  std::optional<base::Time> since = {};
};

/// Publishes the owner's accounts and cars to MQTT as Home Assistant's discovery wants them, and
/// hands the commands that come from there to the accounts. A listener of the fleet; adds itself to
/// `services.listeners`. Guests' accounts are not published. Loop thread only.
class Publisher final : public base::MetricsSource, private fleet::Listener {
 public:
  /// Everything that is passed in outlives it.
  Publisher(fleet::Services services, fleet::AccountSet& accounts, MqttServices mqtt,
            PublisherOptions options);
  ~Publisher() override;
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Reads what earlier runs published, and begins to connect and to send. Before
  /// AccountSet::start(), so that nothing is lost.
  base::Task<void> start();
  /// Ends sending, publishes the last results of commands and `offline`, and leaves the broker,
  /// within 1 s. After AccountSet::cancel() and before AccountSet::join(), which may take longer
  /// than the process has. Call it once.
  base::Task<void> stop();

  /// What is wrong with a changed configuration, so that the one before is in use; empty = nothing.
  void show_configuration(std::vector<std::string> mistakes);
  [[nodiscard]] const ConfigurationState& configuration() const { return configuration_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }

  /// Entities announced to Home Assistant: of a car, and of the bridge device. 0 without discovery.
  /// Cheap: counted when a document changes, not when it is asked for.
  [[nodiscard]] std::size_t entities(const fleet::CarSession& car) const;
  [[nodiscard]] std::size_t bridge_entities() const;

  /// Removes every topic of this installation from the broker, leaves it, and publishes nothing
  /// more until the program starts again; the cars are still read. For the owner who is about to
  /// remove the program. Returns how many topics were removed. Errors: unreachable (there is no
  /// connection: nothing was changed), or as base::MqttClient; calling it again goes on. Must have
  /// ended (cancelled) before stop().
  base::Task<base::Result<std::size_t>> clear_topics();

  /// One line per part for `health`: what is wrong with configuration and broker. Empty = nothing.
  [[nodiscard]] std::vector<std::string> troubles() const;
  [[nodiscard]] const BrokerStatus& broker() const { return connection_.status(); }
  /// The connection to the broker, and the entities announced to Home Assistant.
  void collect(std::vector<base::MetricFamily>& into) const override;

 private:
  static constexpr const char* kBridgeOwner = "bridge";

  base::Task<void> leave_broker();
  [[nodiscard]] BridgeView view() const;
  void publish_bridge();
  void publish_car(fleet::AccountSession& account, const fleet::CarView& view);
  void publish_all();
  void send_event(const fleet::CarView& car, base::MqttMessage event);
  void count_entities(const std::string& device, const base::MqttMessage& document);
  [[nodiscard]] std::size_t counted_entities(const std::string& device) const;

  void car_changed(const fleet::CarView& car) override;
  void notified(const fleet::CarView& car, const vehicle::Notification& notification) override;
  void happened(const fleet::CarView& car, const vehicle::CarEvent& event) override;
  void commanded(const fleet::CarView& car, const vehicle::CommandResult& result) override;
  void account_changed(const std::string& account_key) override;
  void cars_changed(const std::string& account_key) override;
  void accounts_changed() override;
  void time_passed(const fleet::TimePassed& passed) override;

  void on_message(const base::MqttReceived& message);
  void on_command(const Command& command);

  void count_day();
  base::Task<void> load_day();
  base::Task<void> store_day();

  // publisher_cleanup.cpp: what earlier runs left, and names that several cars have.
  base::Task<void> load_accounts();
  void record_accounts();
  void remove_unknown_owners();
  /// Takes into account what the broker says that an earlier run left there.
  void on_leftover(const Leftover& leftover, const std::string& topic);
  /// Removes what was found of cars that no account has, once the accounts have said which they
  /// have.
  void remove_orphans();
  base::Task<void> load_namesakes();
  void number_car(fleet::CarSession& car);
  void forget_namesakes();
  void store_namesakes();
  /// Puts a text into the store in a task; a failure is logged as "cannot remember `what`".
  void store_later(const char* space, const char* key, std::string text, const char* what);

  fleet::Services services_;
  fleet::AccountSet& accounts_;
  Settings settings_;
  base::Time started_;
  FixedBroker configured_broker_;
  BrokerConnection connection_;
  base::TaskGroup publishing_;
  bool running_ = false;
  bool stopping_ = false;
  /// What was counted in the discovery document of a device: a car's id, or the bridge.
  struct CountedDocument {
    std::size_t hash = 0;  ///< of its text
    std::size_t entities = 0;
  };
  std::map<std::string, CountedDocument> entity_counts_;
  base::LogLimit flood_;  // of what any client of the broker can make this program say
  std::set<std::string> announced_accounts_;  // keys that the bridge's device ever showed
  int checks_ = 0;                            // Listener::time_passed() since a sleep
  DayCounts day_counts_;
  std::string stored_day_;
  std::string last_error_;
  Namesakes namesakes_;
  std::set<std::string> found_cars_;  // ids on the broker, not yet compared with the accounts
  std::set<std::string> orphans_;     // ids of which everything is removed
  ConfigurationState configuration_;
  bool clearing_ = false;
  bool cleared_ = false;  ///< nothing is published any more
  /// Results of commands that came while the program stops: sent after the sending has ended.
  std::map<base::CarId, std::vector<base::MqttMessage>> last_results_;
};

}  // namespace toyota2mqtt::home_assistant
