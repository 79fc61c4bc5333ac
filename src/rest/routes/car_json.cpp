#include "rest/routes/car_json.hpp"

#include <algorithm>
#include <array>

#include "rest/context.hpp"
#include "toyota2mqtt/vehicle/command_input.hpp"

namespace toyota2mqtt::rest {

namespace {

using vehicle::Source;

constexpr std::array kLocation = {Source::location};
constexpr std::array kTelemetry = {Source::telemetry, Source::electric};
constexpr std::array kStatus = {Source::status, Source::climate_status, Source::health};

bool of_telemetry(const vehicle::Row& row) {
  return row.topic == vehicle::Topic::state &&
         std::ranges::find(kTelemetry, row.source) != kTelemetry.end();
}

bool of_status(const vehicle::Row& row) {
  return row.topic == vehicle::Topic::state &&
         std::ranges::find(kStatus, row.source) != kStatus.end();
}

std::string path_of(const vehicle::Car& car) {
  return api_path("/vehicles/") + car.identity.id.text;
}

Json links(const vehicle::Car& car) {
  const auto self = path_of(car);
  Json links{{"self", self}};
  for (const auto* what : {"location", "telemetry", "status", "abrp", "trips", "charges",
                           "statistics", "samples", "events", "commands"}) {
    links[what] = self + "/" + what;
  }
  return links;
}

Json source_json(const SourceView& source) {
  return {{"source", to_string(source.source)},
          {"asked_at", json_io::iso_or_null(source.asked_at)},
          {"reported_at", json_io::iso_or_null(source.reported_at)},
          {"reads", source.reads},
          {"failures", source.failures},
          {"breaker", source.breaker},
          {"asked_again_at", json_io::iso_or_null(source.asked_again_at)},
          {"cleared", source.cleared}};
}

/// How old it is, and why.
void put_truth(Json& document, View view, const FleetCar& car,
               const std::vector<SourceView>& sources) {
  document["stale"] = !car.fresh;
  if (!car.fresh) document["stale_reason"] = stale_reason(car, sources);
  document["reported_at"] = json_io::iso_or_null(reported_at(view, *car.car));
}

Json whole_car(const FleetCar& found, const std::vector<SourceView>& sources,
               const base::Zone& zone) {
  const auto& car = *found.car;
  Json document = car_summary(found);
  put_truth(document, View::car, found, sources);
  auto values = values_json(vehicle::values_of(car, zone));
  Json entities = Json::array();
  for (const auto& [id, value] : values.items()) entities.push_back(id);
  document["capabilities"] = {{"entities", std::move(entities)}, {"commands", offers_json(car)}};
  document["values"] = std::move(values);
  document["diagnostics"] = values_json(vehicle::diagnostics_of(car, zone));
  Json parts = Json::array();
  for (const auto& source : sources) parts.push_back(source_json(source));
  document["sources"] = std::move(parts);
  return document;
}

Json some_values(View view, const FleetCar& car, const std::vector<SourceView>& sources,
                 const base::Zone& zone) {
  Json document{{"vehicle", car.car->identity.id.text}};
  put_truth(document, view, car, sources);
  document["values"] = values_json(
      vehicle::values_of(*car.car, zone, view == View::telemetry ? of_telemetry : of_status));
  return document;
}

std::optional<Json> location(const FleetCar& car, const std::vector<SourceView>& sources) {
  const auto& position = car.car->state.position;
  if (!position) return std::nullopt;
  Json document{{"vehicle", car.car->identity.id.text}};
  put_truth(document, View::location, car, sources);
  document["latitude"] = position->value.latitude;
  document["longitude"] = position->value.longitude;
  return document;
}

bool troubled(const SourceView& source) {
  return source.breaker == "open" || source.breaker == "half_open" || source.failures > 0;
}

}  // namespace

Json values_json(const std::vector<vehicle::EntityValue>& values) {
  auto document = Json::object();
  for (const auto& one : values) {
    auto value = one.position ? Json{{"latitude", one.position->latitude},
                                     {"longitude", one.position->longitude}}
                              : json_io::value_json(one.value);
    document[one.id] = json_io::reading_json(std::move(value), one.unit, one.measured_at);
  }
  return document;
}

std::string_view to_string(View view) {
  switch (view) {
    case View::car: return "car";
    case View::location: return "location";
    case View::telemetry: return "telemetry";
    case View::status: return "status";
  }
  return "car";
}

std::span<const vehicle::Source> sources_of(View view) {
  switch (view) {
    case View::car: return vehicle::kAllSources;
    case View::location: return kLocation;
    case View::telemetry: return kTelemetry;
    case View::status: return kStatus;
  }
  return vehicle::kAllSources;
}

std::string stale_reason(const FleetCar& car, const std::vector<SourceView>& sources) {
  if (car.fresh) return {};
  if (std::ranges::none_of(sources, [](const auto& one) { return one.asked_at.has_value(); })) {
    return "The car has not been read yet.";
  }
  if (std::ranges::any_of(sources, &SourceView::cleared)) return "It is about to be read anew.";
  std::string names;
  for (const auto& source : sources) {
    if (!troubled(source)) continue;
    names += (names.empty() ? "" : ", ") + std::string(to_string(source.source));
  }
  if (!names.empty()) return "The cloud does not answer for: " + names + ".";
  if (!car.available) return "The cloud does not answer.";
  return "It was not read as often as its schedule says.";
}

std::optional<base::Time> reported_at(View view, const vehicle::Car& car) {
  if (view == View::location) {
    return car.state.position ? car.state.position->at : std::nullopt;
  }
  std::optional<base::Time> newest;
  for (const auto source : sources_of(view)) newest = std::max(newest, car.state.reported(source));
  return newest;
}

Json car_summary(const FleetCar& found) {
  const auto& car = *found.car;
  const auto& identity = car.identity;
  return {{"id", identity.id.text},
          {"vin", identity.vin.reveal()},
          {"name", car.name},
          {"brand", to_string(identity.brand)},
          {"model", identity.model},
          {"drive", to_string(vehicle::drive_of(identity, car.evidence))},
          {"available", found.available},
          {"links", links(car)}};
}

Json offers_json(const vehicle::Car& car) {
  Json offers = Json::array();
  for (const auto action : vehicle::all_actions()) {
    const auto* row = vehicle::row_for(action, car);
    if (row == nullptr) continue;
    Json offer{{"name", vehicle::to_string(action)},
               {"entity", row->id},
               {"offered", true},
               {"experimental", !row->confirmed},
               {"against_flags", vehicle::against_the_flags(*row, car)},
               {"needs_code", vehicle::spec_of(action).guarded && car.commands.asks_code}};
    if (const auto refusal = vehicle::refusal_of(*row, car)) {
      offer["offered"] = false;
      offer["reason"] = refusal->reason;
      if (!refusal->remedy.empty()) offer["remedy"] = refusal->remedy;
    }
    offers.push_back(std::move(offer));
  }
  return offers;
}

Json rejections_json(const vehicle::Car& car) {
  Json rejected = Json::array();
  for (const auto action : car.evidence.rejected) rejected.push_back(vehicle::to_string(action));
  return rejected;
}

std::optional<std::string> render(View view, const FleetCar& car,
                                  const std::vector<SourceView>& sources, const base::Zone& zone) {
  switch (view) {
    case View::car: return json_io::to_text(whole_car(car, sources, zone));
    case View::location: {
      const auto document = location(car, sources);
      if (!document) return std::nullopt;
      return json_io::to_text(*document);
    }
    case View::telemetry:
    case View::status: return json_io::to_text(some_values(view, car, sources, zone));
  }
  return std::nullopt;
}

}  // namespace toyota2mqtt::rest
