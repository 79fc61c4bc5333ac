#pragma once

#include <optional>
#include <string>

#include "app/runtime.hpp"
#include "toyota2mqtt/config/settings.hpp"

/// One function per command of contract.md, "Programs". Each prints its result to standard output;
/// logs go to standard error.
namespace toyota2mqtt::app {

Exit run_bridge(const config::Settings& settings);
Exit fetch(const config::Settings& settings, const std::optional<std::string>& vin,
           const std::optional<std::string>& record_file);
Exit doctor(const config::Settings& settings);
Exit health(const config::Settings& settings);
/// `account` = user name or key; unset = every account.
Exit retry_login(const config::Settings& settings, const std::optional<std::string>& account);
Exit print_entities(const std::string& format);
/// The dashboard of what this installation announced, from its storage directory: no network.
Exit print_dashboard(const config::Settings& settings);

/// Where the running bridge answers `health`.
std::string control_socket_path(const config::Settings& settings);

}  // namespace toyota2mqtt::app
