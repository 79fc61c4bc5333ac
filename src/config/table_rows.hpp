#pragma once

#include <vector>

#include "config/table.hpp"

namespace toyota2mqtt::config {

/// The table itself, one row for each key; a new key is a row here. Everybody else asks fields().
std::vector<Field> rows();

}  // namespace toyota2mqtt::config
