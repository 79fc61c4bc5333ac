#pragma once

#include <string>

/// Documents that follow from tables in the program. Pure.
namespace toyota2mqtt::docgen {

/// config/toyota2mqtt.example.yaml, from the table: every key with its default and help.
std::string example_yaml();
/// The table as Markdown, for docs/configuration.md.
std::string reference_markdown();
/// `options:` and `schema:` of addon/config.yaml, from the table: what the Home Assistant app's
/// form offers. Every key is optional there; secrets are of the kind `password`.
std::string addon_options_yaml();

/// The table of the schedule as Markdown, for docs/schedule.md. Pure.
std::string schedule_markdown();

}  // namespace toyota2mqtt::docgen
