#pragma once

#include <string>

namespace toyota2mqtt::docgen {

/// The table of the schedule as Markdown, for docs/schedule.md. Pure.
std::string schedule_markdown();

}  // namespace toyota2mqtt::docgen
