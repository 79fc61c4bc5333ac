#pragma once

#include "app/runtime.hpp"
#include "toyota2mqtt/setup/set_up.hpp"

/// What the commands work with: the configuration, and what was entered on the page.
namespace toyota2mqtt::app {

/// The configuration completed by the saved set-up, whose secrets the log hides from now on. When
/// the set-up cannot be read, a warning tells so and the configuration alone counts.
base::Task<config::Settings> effective_settings(Runtime& runtime, config::Settings settings);

}  // namespace toyota2mqtt::app
