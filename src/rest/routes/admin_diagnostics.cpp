#include <algorithm>
#include <variant>

#include "rest/auth/auth.hpp"
#include "rest/http/problem.hpp"
#include "rest/routes/admin.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"

/// One document for bug reports. It is put together from what may be shown, field by field; nothing
/// is copied whole and cleaned afterwards, but for the log, which is clean already.
namespace toyota2mqtt::rest::admin {

namespace {

Json parts_body(const HostInfo& host) {
  Json parts = Json::array();
  for (const auto& part : host.parts()) {
    parts.push_back({{"name", part.name},
                     {"state", part.state},
                     {"reason", part.reason},
                     {"since", json_io::iso_or_null(part.since)}});
  }
  return parts;
}

Json accounts_body(const setup::Overview& overview) {
  Json accounts = Json::array();
  for (const auto& account : overview.accounts) {
    accounts.push_back({{"id", account.key},
                        {"name", account.masked},
                        {"brand", to_string(account.brand)},
                        {"origin", to_string(account.origin)},
                        {"status", account.status},
                        {"message", account.message},
                        {"since", json_io::iso_or_null(account.since)}});
  }
  return accounts;
}

Json sources_body(const Fleet& fleet, const base::CarId& car) {
  Json sources = Json::object();
  for (const auto& view : fleet.sources(car)) {
    sources[std::string(to_string(view.source))] = {
        {"breaker", view.breaker},
        {"reads", view.reads},
        {"failures", view.failures},
        {"asked_at", json_io::iso_or_null(view.asked_at)},
        {"reported_at", json_io::iso_or_null(view.reported_at)},
        {"asked_again_at", json_io::iso_or_null(view.asked_again_at)}};
  }
  return sources;
}

/// Entities that are announced for the car and have no value: what a report of a bug is often
/// about.
Json unknown_entities(const vehicle::Car& car, const base::Zone& zone) {
  Json unknown = Json::array();
  for (const auto& row : vehicle::catalogue()) {
    if (row.read == nullptr || !vehicle::applies(row, car)) continue;
    if (std::holds_alternative<std::monostate>(row.read(car, zone).value))
      unknown.push_back(row.id);
  }
  return unknown;
}

Json wakes_body(const vehicle::Diagnostics& told) {
  return {{"state", told.waking},
          {"today", told.wakes_today ? Json(*told.wakes_today) : Json(nullptr)},
          {"last", json_io::iso_or_null(told.last_wake)},
          {"last_reason", told.last_wake_reason},
          {"refusal", told.wake_refusal}};
}

Json car_body(const FleetCar& entry, const Services& services) {
  const auto& car = *entry.car;
  const auto& identity = car.identity;
  Json flags = Json::object();
  for (const auto& [flag, on] : identity.flags) flags[flag] = on;
  return {{"id", identity.id.text},
          {"brand", to_string(identity.brand)},
          {"model", identity.model},
          {"model_year", identity.model_year},
          {"drive", to_string(vehicle::drive_of(identity, car.evidence))},
          {"remote_subscription", identity.remote_subscription},
          {"flags", std::move(flags)},
          {"available", entry.available},
          {"fresh", entry.fresh},
          {"reading", car.diagnostics.reading},
          {"mode", car.diagnostics.mode},
          {"mode_reason", car.diagnostics.mode_reason},
          {"next_read", json_io::iso_or_null(car.diagnostics.next_read)},
          {"sources", sources_body(services.fleet, identity.id)},
          {"wakes", wakes_body(car.diagnostics)},
          {"abrp", car.diagnostics.abrp_status},
          {"unknown_entities", unknown_entities(car, services.zone)}};
}

Json sessions_body(const Auth& auth) {
  const auto sessions = auth.sessions();
  const auto guests = std::ranges::count(sessions, Principal::Kind::guest, &SessionView::kind);
  return {{"administrators", static_cast<std::ptrdiff_t>(sessions.size()) - guests},
          {"guests", guests},
          {"limits", auth.limits().size()}};
}

base::Task<Json> storage_body(const HostInfo& host) {
  Json files = Json::object();
  const auto stored = co_await host.storage();
  if (!stored) co_return Json{{"error", stored.error().message}};
  for (const auto& file : *stored) files[file.name] = file.bytes;
  co_return files;
}

Json unknown_values(const HostInfo& host) {
  Json values = Json::object();
  for (const auto& [name, count] : host.unknown_values()) values[name] = count;
  return values;
}

/// Adds a member whose value is already printed to the text of an object that is not empty.
void add_printed_member(std::string& object, std::string_view name, std::string_view value) {
  object.pop_back();
  object.append(",\"").append(name).append("\":").append(value).append("}");
}

}  // namespace

base::Task<Response> diagnostics(Context& context) {
  const auto& services = context.deps.services;
  const auto& host = services.host;
  auto storage = co_await storage_body(host);
  const auto overview = services.owner_actions.overview();
  Json body{{"version", context.deps.options.version},
            {"created_at", base::format_iso8601(services.clock.now())},
            {"platform", host.platform},
            {"parts", parts_body(host)},
            {"broker",
             {{"connected", overview.broker.connected},
              {"message", overview.broker.message},
              {"since", json_io::iso_or_null(overview.broker.since)}}},
            {"accounts", accounts_body(overview)},
            {"guests", services.guests.list().size()},
            {"vehicles", Json::array()},
            {"unknown_values", unknown_values(host)},
            {"sessions", sessions_body(context.deps.auth)},
            {"storage", std::move(storage)}};
  for (const auto& car : services.fleet.cars(context.who.scope)) {
    body["vehicles"].push_back(car_body(car, services));
  }
  body["log"] = host.recent_log();
  auto response = json_response(200, body);
  add_printed_member(response.body, "configuration", host.configuration());
  response.headers.push_back({.name = "Content-Disposition",
                              .value = "attachment; filename=\"toyota2mqtt-diagnostics.json\""});
  co_return response;
}

}  // namespace toyota2mqtt::rest::admin
