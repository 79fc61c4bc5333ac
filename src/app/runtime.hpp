#pragma once

#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "toyota2mqtt/config/settings.hpp"
#include "toyota2mqtt/fleet/services.hpp"
#include "toyota2mqtt/home_assistant/publisher.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/platform/curl_http_client.hpp"
#include "toyota2mqtt/platform/event_loop.hpp"
#include "toyota2mqtt/platform/file_token_store.hpp"
#include "toyota2mqtt/platform/paho_mqtt_client.hpp"
#include "toyota2mqtt/platform/sealed_document.hpp"
#include "toyota2mqtt/platform/sealed_store.hpp"
#include "toyota2mqtt/platform/spdlog_log.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"
#include "toyota2mqtt/platform/worker.hpp"
#include "toyota2mqtt/setup/set_up.hpp"
#include "toyota2mqtt/toyota/cloud_metrics.hpp"

namespace toyota2mqtt::app {

/// The exit statuses of docs/install.md, "Commands".
enum class Exit : int { done = 0, failed = 1, usage = 2, owner_must_act = 3, no_broker = 4 };
Exit exit_for(const base::Error& error);

/// The loop and every adapter of the process, made from the settings, in the order in which they
/// depend on each other. One per process.
class Runtime {
 public:
  /// The log goes to `log_to`, which outlives this.
  explicit Runtime(const config::Settings& settings, std::ostream& log_to = std::cerr);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Opens the storage directory, so that a start can say what is wrong with it (and logs that).
  base::Task<base::Result<void>> open_storage();
  platform::Database& database() { return *database_; }
  platform::Worker& worker() { return *worker_; }
  fleet::Services services();
  home_assistant::MqttServices mqtt_services() { return {.client = mqtt, .broker = broker_.get()}; }
  base::Store& store() { return *store_; }
  /// What was entered on the page.
  setup::SetUpStore& set_up() { return *set_up_; }
  /// Keeps every secret of the settings out of the log from now on.
  void hide_secrets(const config::Settings& settings);
  /// Who says where the broker is: the configuration, or inside the app without `mqtt.host` the
  /// Supervisor.
  home_assistant::BrokerSource& broker() { return *broker_; }
  /// Runs the loop until `task` has ended; its result. SIGINT and SIGTERM cancel it and make it
  /// `failed`. `beside`: runs meanwhile, and ends with it.
  Exit run(base::Task<Exit> task, std::optional<base::Task<void>> beside = std::nullopt);

  platform::EventLoop loop;
  platform::SystemClock clock;
  platform::SpdLog log;
  platform::OpenSslRandom random;
  platform::OpenSslCrypto crypto;
  platform::CurlHttpClient http;
  platform::CurlHttpClient abrp_http;
  platform::PahoMqttClient mqtt;
  base::Zone zone;
  fleet::Listeners listeners;  ///< notified of what happens to cars and accounts
  toyota::CloudMetrics cloud_metrics;

 private:
  void make_storage(const std::string& directory);
  void make_broker(const config::Settings& settings);

  std::unique_ptr<platform::CurlHttpClient> supervisor_http_;
  std::unique_ptr<home_assistant::BrokerSource> broker_;
  std::unique_ptr<platform::Worker> worker_;
  std::unique_ptr<platform::Database> database_;
  std::unique_ptr<platform::SqliteStore> store_;
  std::unique_ptr<platform::SealedStore> sealed_;
  std::unique_ptr<platform::SqlitePointQueue> points_;
  std::unique_ptr<platform::FileTokenStore> tokens_;
  std::unique_ptr<platform::SealedDocumentFile> set_up_file_;
  std::unique_ptr<setup::SealedSetUpStore> set_up_;
};

}  // namespace toyota2mqtt::app
