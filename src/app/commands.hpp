#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "app/runtime.hpp"
#include "toyota2mqtt/config/load.hpp"
#include "toyota2mqtt/config/settings.hpp"

/// One function per command of docs/install.md, "Commands". Each prints its result to standard
/// output; logs go to standard error.
namespace toyota2mqtt::app {

/// `load` reads the configuration again, as it was read for `settings`; on another thread.
Exit run_bridge(const config::Settings& settings, std::function<config::Loaded()> load);
Exit fetch(const config::Settings& settings, const std::optional<std::string>& vin,
           const std::optional<std::string>& record_file);
Exit doctor(const config::Settings& settings);
Exit health(const config::Settings& settings);
/// `account` = user name or key; unset = every account.
Exit retry_login(const config::Settings& settings, const std::optional<std::string>& account);
/// Removes every topic that this installation published. A running bridge is asked to do it itself,
/// but only with `force`.
Exit clear_topics(const config::Settings& settings, bool force);
/// Offers again the commands that the cloud once rejected: for one car, or for all. A running
/// bridge is asked to do it.
Exit forget_rejections(const config::Settings& settings, const std::optional<std::string>& vin);
/// Reads a password, twice and without showing it from a terminal, else one line of standard input,
/// and prints its hash for web.users. Needs no configuration.
Exit hash_password();
Exit print_entities(const std::string& format);
/// The dashboard of what this installation announced, from its storage directory: no network.
Exit print_dashboard(const config::Settings& settings);

/// What clear_topics() asks the running bridge, and what that answers.
constexpr const char* kClearRequest = "clear-topics";
std::string clear_answer(const base::Result<std::size_t>& removed);

/// What forget_rejections() asks the running bridge (behind a blank: the id of the car), and what
/// that answers.
constexpr const char* kForgetRequest = "forget-rejections";
std::string forget_answer(fleet::AccountSet& accounts, const std::string& car);

/// What a person has to do first.
inline constexpr const char* kNoAccount =
    "no account is set up: sign in on the page of this program, or enter the account in the app's "
    "options or in the configuration file (accounts:, see README)";

/// Where the running bridge answers `health`, `clear-topics` and `forget-rejections`.
std::string control_socket_path(const config::Settings& settings);

}  // namespace toyota2mqtt::app
