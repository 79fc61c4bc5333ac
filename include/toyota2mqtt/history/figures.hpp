#pragma once

#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/history/archive.hpp"
#include "toyota2mqtt/vehicle/figures.hpp"

namespace toyota2mqtt::history {

/// What the figures of a period are made of, each list newest first.
struct FigureInput {
  std::vector<TripRecord> trips = {};  ///< without routes
  std::vector<ChargeRecord> charges = {};
  std::vector<SampleRecord> samples = {};
};

}  // namespace toyota2mqtt::history
