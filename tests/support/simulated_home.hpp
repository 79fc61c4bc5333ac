#pragma once

#include <memory>
#include <string>
#include <utility>

#include "support/in_process_cloud.hpp"
#include "support/outside.hpp"
#include "toyota2mqtt/toyota/cloud_metrics.hpp"

namespace toyota2mqtt::test {

/// The way to the cloud, which can be cut.
class Line final : public base::HttpClient {
 public:
  explicit Line(base::HttpClient& cloud) : cloud_(cloud) {}
  base::Task<base::Result<base::HttpResponse>> send(base::HttpRequest request) override {
    return pass(*this, cloud_, std::move(request));
  }
  std::unique_ptr<base::HttpClient> new_session() override {
    return std::make_unique<Session>(*this, cloud_.new_session());
  }

  bool cut = false;
  int requests = 0;

 private:
  class Session final : public base::HttpClient {
   public:
    Session(Line& line, std::unique_ptr<base::HttpClient> session)
        : line_(line), session_(std::move(session)) {}
    base::Task<base::Result<base::HttpResponse>> send(base::HttpRequest request) override {
      return pass(line_, *session_, std::move(request));
    }
    std::unique_ptr<base::HttpClient> new_session() override { return line_.new_session(); }

   private:
    Line& line_;
    std::unique_ptr<base::HttpClient> session_;
  };

  static base::Task<base::Result<base::HttpResponse>> pass(Line& line, base::HttpClient& to,
                                                           base::HttpRequest request) {
    ++line.requests;
    if (line.cut) co_return base::fail(base::ErrorCode::unreachable, "no connection");
    co_return co_await to.send(std::move(request));
  }

  base::HttpClient& cloud_;
};

/// A home under the fake clock: the simulator as the cloud, a fake broker, storage in memory.
/// The bridge is made by start(), as often as a test wants.
struct SimulatedHome : Outside {
  SimulatedHome() : cloud(loop.clock, crypto), line(cloud) {
    options.fleet.endpoints = {.login_url = "http://127.0.0.1:1",
                               .api_url = "http://127.0.0.1:1",
                               .app_version = "2.23.0"};
    options.fleet.policy.abrp.url = "http://127.0.0.1:1";
    options.home_assistant.version = "1.2.3";
    options.home_assistant.support_url = "https://example.com";
  }
  ~SimulatedHome() { stop(); }

  fleet::Services services() {
    auto services = services_with(line, line);
    services.metrics = &cloud_metrics;
    services.sealed = &sealed;
    return services;
  }

  /// `lexus@` owns one car, `subaru@` another, `toyota@` four, `driver@` all six.
  static toyota::Credentials account(const std::string& name,
                                     vehicle::Brand brand = vehicle::Brand::toyota,
                                     const std::string& password = "secret-password") {
    return {.username = name + "@example.com", .password = base::Secret(password), .brand = brand};
  }
  static toyota::Credentials lexus() { return account("lexus", vehicle::Brand::lexus); }
  static toyota::Credentials subaru() { return account("subaru", vehicle::Brand::subaru); }

  void make_bridge() { bridge = bridge_with(services(), options); }
  void start() {
    if (!bridge) make_bridge();
    bridge->start();
    loop.advance(std::chrono::seconds(30));
  }
  void stop() {
    if (!bridge) return;
    loop.run(bridge->stop());
    bridge.reset();
  }
  void reconfigure(const BridgeOptions& to) {
    loop.run(bridge->reconfigure(to.fleet));
    loop.advance(std::chrono::seconds(30));
  }

  [[nodiscard]] std::string id(const std::string& vin) const {
    return base::car_id(base::Vin::parse(vin).value(), crypto).text;
  }
  /// How many topics of the car stand on the broker.
  [[nodiscard]] int topics_of(const std::string& vin) const {
    int count = 0;
    for (const auto& [topic, payload] : mqtt.retained) {
      if (topic.find(id(vin)) != std::string::npos && !payload.empty()) ++count;
    }
    return count;
  }
  [[nodiscard]] int requests_about(const std::string& vin) {
    int count = 0;
    for (const auto& [route, requests] : cloud.world().journal.by_car[vin]) count += requests;
    return count;
  }
  [[nodiscard]] std::string abrp_token(const std::string& vin) {
    for (const auto& [token, whose] : cloud.world().options.abrp_tokens) {
      if (whose == vin) return token;
    }
    return {};
  }

  static constexpr const char* kLexusVin = "JTJSIMRZ450000001";
  static constexpr const char* kSubaruVin = "JF1SIMSOLT0000001";

  InProcessCloud cloud;
  Line line;
  MemoryStore sealed;  // as it is before the encryption
  BridgeOptions options;
  toyota::CloudMetrics cloud_metrics;
  std::unique_ptr<RunningBridge> bridge;
};

}  // namespace toyota2mqtt::test
