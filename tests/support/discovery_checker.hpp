#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/mqtt_client.hpp"

/// A judge for what we tell Home Assistant, written from its rules and not from our code. The facts
/// (keys, classes, units) are in discovery_rules.json.
namespace toyota2mqtt::test {

/// One sentence per problem; empty = Home Assistant takes everything and logs nothing.
using Problems = std::vector<std::string>;

/// One document: device form or single form. An empty payload is a removal, and fine.
Problems check_discovery(const std::string& topic, const std::string& payload);

/// Every discovery document among the messages, and unique ids across all of them.
Problems check_discoveries(std::span<const base::MqttMessage> messages);

/// What Home Assistant makes of a message on `topic`, for every component of the discovery document
/// that listens there: missing keys, texts for numbers, times without zone, unknown options, …
Problems check_state(const std::string& discovery_payload, const std::string& topic,
                     const std::string& payload);

/// Discovery documents and states of one device, in the order of their sending: each is held
/// against what stands on the broker then.
Problems check_all(std::span<const base::MqttMessage> messages);

/// Brackets and quotes of a template are closed.
bool template_is_balanced(std::string_view text);
/// Every `value_json.<key>` in a template.
std::set<std::string> template_keys(std::string_view text);

}  // namespace toyota2mqtt::test
