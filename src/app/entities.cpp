#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "app/commands.hpp"
#include "toyota2mqtt/home_assistant/dashboard.hpp"
#include "toyota2mqtt/home_assistant/published_entities.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr const char* kNothingYet =
    "no car was announced to Home Assistant from this storage directory yet. Start the bridge, "
    "wait for its first reading, and try again as the same user";

bool announces_a_car(const std::vector<home_assistant::PublishedDevice>& devices) {
  return std::ranges::any_of(devices, [](const auto& device) { return !device.is_bridge; });
}

base::Task<Exit> dashboard(Runtime& runtime, vehicle::Language language) {
  if (!co_await runtime.open_storage()) co_return Exit::failed;
  auto devices = co_await home_assistant::load_published(runtime.services().store);
  if (!devices) {
    runtime.log.error("entities", devices.error().message);
    co_return Exit::failed;
  }
  if (!announces_a_car(*devices)) {
    runtime.log.error("entities", kNothingYet);
    co_return Exit::failed;
  }
  std::cout << home_assistant::dashboard_yaml(std::move(*devices), language);
  std::cout.flush();
  co_return std::cout.good() ? Exit::done : Exit::failed;
}

}  // namespace

Exit print_entities(const std::string& format) {
  std::cout << (format == "json" ? vehicle::catalogue_json() : vehicle::catalogue_markdown());
  return std::cout.good() ? Exit::done : Exit::failed;
}

Exit print_dashboard(const config::Settings& settings) {
  Runtime runtime(settings);
  // Looking must not make a directory that the service could not write later.
  std::error_code ignored;
  if (!std::filesystem::exists(settings.storage_directory, ignored)) {
    runtime.log.error("entities", kNothingYet);
    return Exit::failed;
  }
  return runtime.run(dashboard(runtime, settings.home_assistant.language));
}

}  // namespace toyota2mqtt::app
