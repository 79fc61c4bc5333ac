#include "app/effective.hpp"

#include "toyota2mqtt/setup/effective_options.hpp"

namespace toyota2mqtt::app {

base::Task<config::Settings> effective_settings(Runtime& runtime, config::Settings settings) {
  const auto saved = co_await runtime.set_up().load();
  if (!saved) {
    runtime.log.warning("app",
                        "what was entered on the page cannot be read: " + saved.error().message);
    co_return settings;
  }
  settings.fleet = setup::effective_options(settings.fleet, *saved);
  runtime.hide_secrets(settings);
  co_return settings;
}

}  // namespace toyota2mqtt::app
