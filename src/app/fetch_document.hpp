#pragma once

#include <map>
#include <string>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::app {

/// One car as `fetch` read it.
struct FetchedCar {
  vehicle::Car car;
  std::map<vehicle::Source, toyota::RouteResult> routes;
};

/// The JSON document that `fetch` prints (docs/install.md, "Commands"): full VIN and coordinates
/// are in it, because its owner asked for them on standard output.
std::string fetch_document(const std::vector<FetchedCar>& cars, base::Time fetched_at,
                           const base::Zone& zone);

}  // namespace toyota2mqtt::app
