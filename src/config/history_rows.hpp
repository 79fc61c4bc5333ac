#pragma once

#include <vector>

#include "config/table.hpp"

namespace toyota2mqtt::config {

// Rows of the table about the history.
void add_capacity(std::vector<Field>& table);
void add_prices(std::vector<Field>& table);

}  // namespace toyota2mqtt::config
