#include "app/fetch_document.hpp"

#include "json/json_io.hpp"

#include "toyota2mqtt/vehicle/catalogue.hpp"

namespace toyota2mqtt::app {

namespace {

using json_io::OrderedJson;

std::string outcome(const toyota::RouteResult& result) {
  switch (result.kind) {
    case toyota::RouteResult::Kind::ok: return "ok";
    case toyota::RouteResult::Kind::not_supported: return "not_supported";
    case toyota::RouteResult::Kind::failed: break;
  }
  return "failed: " + (result.error ? result.error->message : std::string("no reason given"));
}

OrderedJson values_json(const std::vector<vehicle::EntityValue>& values) {
  auto document = OrderedJson::object();
  for (const auto& one : values) {
    auto value = one.position ? OrderedJson{{"latitude", one.position->latitude},
                                            {"longitude", one.position->longitude}}
                              : json_io::value_json(one.value);
    document[one.id] = json_io::reading_json(std::move(value), one.unit, one.measured_at);
  }
  return document;
}

}  // namespace

std::string fetch_document(const std::vector<FetchedCar>& cars, base::Time fetched_at,
                           const base::Zone& zone) {
  OrderedJson vehicles = OrderedJson::array();
  for (const auto& [car, routes] : cars) {
    OrderedJson outcomes = OrderedJson::object();
    for (const auto& [source, result] : routes) outcomes[to_string(source)] = outcome(result);
    vehicles.push_back({{"vin", car.identity.vin.reveal()},
                        {"brand", to_string(car.identity.brand)},
                        {"model", car.identity.model},
                        {"name", car.name},
                        {"drive", to_string(vehicle::drive_of(car.identity, car.evidence))},
                        {"values", values_json(vehicle::values_of(car, zone))},
                        {"routes", outcomes}});
  }
  const OrderedJson document = {{"fetched_at", base::format_iso8601(fetched_at)},
                                {"vehicles", vehicles}};
  return document.dump(2, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace toyota2mqtt::app
