#include "toyota2mqtt/bridge/announced.hpp"

#include <utility>

namespace toyota2mqtt::bridge {

namespace ha = home_assistant;

namespace {

constexpr const char* kAnnouncedSpace = "announced";

}  // namespace

base::Task<base::Result<void>> remember_announced(base::Store& store, base::MqttMessage delivered) {
  if (!delivered.retain || !ha::is_device_document(delivered.topic)) co_return base::Result<void>();
  const auto device = ha::announced(delivered);
  if (!device) co_return co_await store.erase(kAnnouncedSpace, delivered.topic);
  co_return co_await store.put(kAnnouncedSpace, delivered.topic, ha::serialize(*device));
}

base::Task<base::Result<std::vector<ha::AnnouncedDevice>>> load_announced(base::Store& store) {
  const auto stored = co_await store.list(kAnnouncedSpace);
  if (!stored) co_return base::fail(stored.error());
  std::vector<ha::AnnouncedDevice> devices;
  for (const auto& [topic, text] : *stored) {
    if (auto device = ha::parse_announced(text)) devices.push_back(std::move(*device));
  }
  co_return devices;
}

}  // namespace toyota2mqtt::bridge
