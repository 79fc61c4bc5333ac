#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rest/http/json_body.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/rest/fleet.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"

/// What is shown of a car, as JSON. Everything here holds its VIN or its place, and is for users
/// who may see the car. Pure functions. Private to this part.
namespace toyota2mqtt::rest {

/// The documents of one car that are kept once they are rendered.
enum class View : std::uint8_t { car, location, telemetry, status };
inline constexpr std::size_t kViews = 4;
std::string_view to_string(View view);

/// The parts of the cloud's memory that a view shows.
std::span<const vehicle::Source> sources_of(View view);
/// Why the car's data is older than it should be, one sentence; empty while it is fresh.
std::string stale_reason(const FleetCar& car, const std::vector<SourceView>& sources);
/// The car's own time of the newest thing in the view.
std::optional<base::Time> reported_at(View view, const vehicle::Car& car);

/// `{"<entity id>": {"value": …, "unit": …, "measured_at": …}, …}` in the order of the catalogue.
/// What is unknown is null; the value of `location` is `{"latitude", "longitude"}`.
Json values_json(const std::vector<vehicle::EntityValue>& values);
/// One entry of `GET /vehicles`.
Json car_summary(const FleetCar& car);
/// What can be asked of the car, and why something is not offered.
Json offers_json(const vehicle::Car& car);
/// Names of the commands that the cloud once rejected for the car.
Json rejections_json(const vehicle::Car& car);
/// The whole document; nullopt: nothing that the view is about is known.
std::optional<std::string> render(View view, const FleetCar& car,
                                  const std::vector<SourceView>& sources, const base::Zone& zone);

}  // namespace toyota2mqtt::rest
