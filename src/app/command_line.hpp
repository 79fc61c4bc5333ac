#pragma once

#include <expected>
#include <iosfwd>
#include <optional>
#include <string>

#include "app/runtime.hpp"

namespace toyota2mqtt::app {

/// What the command line asks for.
struct CommandLine {
  std::string command;              ///< one of docs/install.md, "Commands"
  std::optional<std::string> file;  ///< --config
  std::optional<std::string> vin;
  std::optional<std::string> record;
  std::optional<std::string> account;
  std::string format = "markdown";
  bool dashboard = false;
  bool force = false;
};

/// Reads the command line. Help and version go to `out`, and what is wrong to `err`, with the
/// nearest command or option; then the answer is the exit status.
std::expected<CommandLine, Exit> read_command_line(int argc, const char* const* argv,
                                                   const std::string& version, std::ostream& out,
                                                   std::ostream& err);

}  // namespace toyota2mqtt::app
