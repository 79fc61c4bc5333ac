#pragma once

#include <vector>

#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/home_assistant/dashboard.hpp"

namespace toyota2mqtt::bridge {

/// Keeps what a delivered discovery document announced, or forgets it when the document removed its
/// device; other messages change nothing. So the program can say later, without the cloud, which
/// entities Home Assistant was told of. Errors: storage_failed, cancelled.
base::Task<base::Result<void>> remember_announced(base::Store& store, base::MqttMessage delivered);

/// Every device that stands announced on the broker, as far as this store knows. Errors:
/// storage_failed, cancelled.
base::Task<base::Result<std::vector<home_assistant::AnnouncedDevice>>> load_announced(
    base::Store& store);

}  // namespace toyota2mqtt::bridge
