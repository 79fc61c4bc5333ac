#pragma once

#include <nlohmann/json.hpp>

namespace toyota2mqtt::test {

/// The facts about Home Assistant that the checker works by (discovery_rules.json).
const nlohmann::json& discovery_rules();

}  // namespace toyota2mqtt::test
