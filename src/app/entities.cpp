#include <iostream>

#include "app/commands.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"

namespace toyota2mqtt::app {

Exit print_entities(const std::string& format) {
  std::cout << (format == "json" ? vehicle::catalogue_json() : vehicle::catalogue_markdown());
  return std::cout.good() ? Exit::done : Exit::failed;
}

}  // namespace toyota2mqtt::app
