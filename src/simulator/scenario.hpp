#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/fleet.hpp"

namespace toyota2mqtt::simulator {

/// A scenario file (docs/simulator.md, "Scenarios"): which cars there are, what their drivers do,
/// and what is wrong with the cloud.
struct Scenario {
  std::string about;
  std::vector<CarSpec> cars;
  std::vector<std::string> faults;  ///< cold-cache, never-applied
};

/// The error is one sentence with the line.
std::expected<Scenario, std::string> parse_scenario(std::string_view yaml);
/// A shipped scenario by its name, else nullopt.
std::optional<std::string_view> shipped_scenario(std::string_view name);
/// The names of the shipped ones, sorted.
std::vector<std::string_view> shipped_scenarios();

}  // namespace toyota2mqtt::simulator
