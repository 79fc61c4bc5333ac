#pragma once

#include <memory>
#include <utility>

#include "support/fake_mqtt.hpp"
#include "support/fakes.hpp"
#include "support/loop.hpp"
#include "support/memory_point_queue.hpp"
#include "support/running_bridge.hpp"
#include "toyota2mqtt/platform/crypto.hpp"

namespace toyota2mqtt::test {

/// What is outside of the bridge but the cloud: one fake clock, a fake broker, storage in memory.
/// It survives as many bridges as a test makes.
struct Outside {
  explicit Outside(base::Zone at_home = base::Zone::utc()) : zone(std::move(at_home)) {}
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  /// `http` and `abrp` outlive what is made with the result.
  fleet::Services services_with(base::HttpClient& http, base::HttpClient& abrp) {
    return {.executor = loop.io.get_executor(),
            .http = http,
            .abrp_http = abrp,
            .clock = loop.clock,
            .random = loop.random,
            .crypto = crypto,
            .log = loop.log,
            .store = store,
            .tokens = tokens,
            .points = points,
            .zone = zone,
            .listeners = listeners};
  }
  std::unique_ptr<RunningBridge> bridge_with(fleet::Services services, BridgeOptions options) {
    return std::make_unique<RunningBridge>(
        std::move(services), home_assistant::MqttServices{.client = mqtt}, std::move(options));
  }

  TestLoop loop;
  platform::OpenSslCrypto crypto;
  FakeMqtt mqtt;
  MemoryStore store;
  MemoryTokenStore tokens;
  MemoryPointQueue points;
  base::Zone zone;
  fleet::Listeners listeners;
};

}  // namespace toyota2mqtt::test
