#pragma once

#include <string>
#include <string_view>

#include "toyota2mqtt/base/http_message.hpp"

namespace toyota2mqtt::test {

/// The first header of that name, also of a temporary answer; empty when there is none.
inline std::string header_of(const base::HttpResponse& response, std::string_view name) {
  return std::string(response.header(name).value_or(""));
}

}  // namespace toyota2mqtt::test
