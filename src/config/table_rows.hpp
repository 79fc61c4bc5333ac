#pragma once

#include <vector>

#include "config/table.hpp"

namespace toyota2mqtt::config {

/// The table itself, one row for each key; a new key is a row here. Everybody else asks fields().
std::vector<Field> rows();
/// Those of `web`, in a file of their own.
void add_web(std::vector<Field>& table);

}  // namespace toyota2mqtt::config
