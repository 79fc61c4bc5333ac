#pragma once

#include <span>
#include <string>

#include "toyota2mqtt/base/mqtt_client.hpp"

namespace toyota2mqtt::test {

/// Messages as text for people: topic, quality, retain, and the payload indented where it is JSON.
std::string transcript(std::span<const base::MqttMessage> messages);

/// Compares with tests/golden/<path>; with the environment variable T2M_ACCEPT=1 the file is
/// written instead (tests/golden/accept.sh). Returns the first difference, empty when equal.
std::string golden_difference(const std::string& path, const std::string& text);

}  // namespace toyota2mqtt::test
