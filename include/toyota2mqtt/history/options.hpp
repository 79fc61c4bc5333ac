#pragma once

#include <chrono>

#include "toyota2mqtt/history/prices.hpp"

namespace toyota2mqtt::history {

/// `history` of docs/configuration.md: what is kept of the cars.
struct Options {
  std::chrono::seconds retention = std::chrono::days(365);  ///< 0 = nothing is kept
  bool routes = false;    ///< keep where trips went; false also deletes what was kept
  bool backfill = false;  ///< fetch the trips of the past year once
  Prices prices = {};
  friend bool operator==(const Options&, const Options&) = default;
};

}  // namespace toyota2mqtt::history
