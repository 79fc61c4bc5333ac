#pragma once

#include <vector>

#include "toyota2mqtt/home_assistant/documents.hpp"

namespace toyota2mqtt::test {

home_assistant::Settings sample_settings();
/// Two accounts: one is well, one was rejected.
home_assistant::BridgeView sample_bridge();

/// Everything that is published for a car at a broker's connect, with one notification.
std::vector<base::MqttMessage> messages_of(
    const vehicle::Car& car, const home_assistant::Settings& settings = sample_settings());

}  // namespace toyota2mqtt::test
