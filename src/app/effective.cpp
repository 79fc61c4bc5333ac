#include "app/effective.hpp"

#include <utility>

#include "toyota2mqtt/household/merge.hpp"

namespace toyota2mqtt::app {

bridge::Options bridge_options(const config::Settings& settings) {
  return {.accounts = settings.accounts,
          .endpoints = settings.toyota,
          .vehicles = settings.vehicles,
          .polling = settings.polling,
          .wake = settings.wake,
          .commands = settings.commands,
          .abrp = settings.abrp,
          .mqtt = settings.mqtt,
          .home_assistant = settings.home_assistant,
          .trip_tracks = settings.history.routes,
          .currency = settings.history.prices.currency};
}

base::Task<config::Settings> effective_settings(Runtime& runtime, config::Settings settings) {
  const auto saved = co_await runtime.set_up().load();
  if (!saved) {
    runtime.log.warning("app",
                        "what was entered on the page cannot be read: " + saved.error().message);
    co_return settings;
  }
  auto merged = household::merge(bridge_options(settings), *saved);
  settings.accounts = std::move(merged.accounts);
  settings.vehicles = std::move(merged.vehicles);
  settings.abrp = std::move(merged.abrp);
  runtime.hide_secrets(settings);
  co_return settings;
}

}  // namespace toyota2mqtt::app
