#include "toyota2mqtt/web/household.hpp"

namespace toyota2mqtt::web {

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::none: return "none";
    case Origin::configuration: return "configuration";
    case Origin::page: return "page";
  }
  return "none";
}

}  // namespace toyota2mqtt::web
