#pragma once

#include <string>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::platform {

/// `20261120T120000Z`: a time as part of a file name. Sorts by time.
inline std::string time_stamp(base::Time time) {
  auto text = base::format_iso8601(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace toyota2mqtt::platform
