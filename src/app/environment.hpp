#pragma once

#include <optional>
#include <string>

#include "toyota2mqtt/config/load.hpp"
#include "toyota2mqtt/home_assistant/supervisor.hpp"

namespace toyota2mqtt::app {

/// Whether the program runs inside Home Assistant's app: it does when SUPERVISOR_TOKEN is set.
/// TOYOTA2MQTT_SUPERVISOR_URL may replace the Supervisor's address by plain http on a loopback
/// address with a port (tests); anything else there is config_invalid.
base::Result<std::optional<home_assistant::SupervisorAccess>> find_supervisor(
    const config::Environment& environment);

/// Removes the Supervisor's token from the environment, so that nothing started from here on, and
/// no listing of processes, sees it. Before any thread is started.
void forget_supervisor_token();

/// The app's own directory: the folder of the Supervisor's options.json, which is /data.
std::string data_directory(const std::string& settings_file);

/// Makes `settings` those of an app: they get `supervisor`, and the storage is the app's directory
/// unless an option names one below it. Nothing else of the container outlives an update, so any
/// other directory is a problem.
std::optional<config::Problem> apply_app_rules(config::Settings& settings,
                                               home_assistant::SupervisorAccess supervisor);

}  // namespace toyota2mqtt::app
