#pragma once

#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/history/archive.hpp"
#include "toyota2mqtt/vehicle/figures.hpp"

namespace toyota2mqtt::history {

/// What figures are made of. Each list in the order of time, oldest first.
struct FigureInput {
  std::vector<TripRecord> trips = {};  ///< without routes
  std::vector<ChargeRecord> charges = {};
  std::vector<SampleRecord> samples = {};
};

}  // namespace toyota2mqtt::history
