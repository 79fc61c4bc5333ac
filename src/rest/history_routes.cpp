#include <array>

#include "rest/find_car.hpp"
#include "rest/history_json.hpp"
#include "rest/history_query.hpp"
#include "rest/router.hpp"
#include "toyota2mqtt/base/encoding.hpp"

// What the history knows of a car, and how it is deleted.
namespace toyota2mqtt::rest {

namespace {

using history::Archive;
using history::Slice;
using history::Window;

/// A cursor or a period that the archive refuses is the request's mistake, not the program's.
Response refused(const base::Error& error) {
  if (error.code == base::ErrorCode::config_invalid) {
    return problem_response(bad_request(error.message));
  }
  return problem_response(problem_of(error));
}

std::string next_page(const base::CarId& car, std::string_view what, const Window& window,
                      const std::string& cursor) {
  return "/api/v1/vehicles/" + car.text + "/" + std::string(what) +
         "?from=" + base::percent_encode(base::format_iso8601(window.period.from)) +
         "&to=" + base::percent_encode(base::format_iso8601(window.period.to)) +
         "&limit=" + std::to_string(window.limit) + "&cursor=" + base::percent_encode(cursor);
}

template <class Record>
Response page(const base::CarId& car, std::string_view what, const Window& window,
              const Slice<Record>& slice) {
  Json entries = Json::array();
  for (const auto& record : slice.entries) entries.push_back(entry_json(record));
  const Json body{{"vehicle", car.text}, {what, std::move(entries)}, {"next", or_null(slice.next)}};
  auto response = json_response(200, body);
  if (slice.next) {
    response.headers.push_back(
        {.name = "Link",
         .value = "<" + next_page(car, what, window, *slice.next) + ">; rel=\"next\""});
  }
  return response;
}

template <class Record>
using Ask = base::Task<base::Result<Slice<Record>>> (Archive::*)(base::CarId, Window);

template <class Record>
base::Task<Response> list(Context& context, Ask<Record> ask, std::string what) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  const auto car = found->car->identity.id;
  const auto window = window_of(context);
  if (!window) co_return problem_response(window.error());
  const auto slice = co_await (context.inside.services.archive.*ask)(car, *window);
  if (!slice) co_return refused(slice.error());
  co_return page(car, what, *window, *slice);
}

base::Task<Response> trips(Context& context) {
  return list<history::TripRecord>(context, &Archive::trips, "trips");
}
base::Task<Response> charges(Context& context) {
  return list<history::ChargeRecord>(context, &Archive::charges, "charges");
}
base::Task<Response> samples(Context& context) {
  return list<history::SampleRecord>(context, &Archive::samples, "samples");
}
base::Task<Response> events(Context& context) {
  return list<history::EventRecord>(context, &Archive::events, "events");
}

/// Everything of the period as one file.
base::Task<Response> whole(Context& context, std::string what) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  const auto car = found->car->identity.id;
  const auto format = format_of(context);
  if (!format) co_return problem_response(format.error());
  const auto period = period_of(context);
  if (!period) co_return problem_response(period.error());
  auto document = co_await context.inside.services.archive.export_all(car, what, *period, *format);
  if (!document) co_return refused(document.error());
  const bool csv = *format == history::Format::csv;
  const auto name = what + "-" + car.text + (csv ? ".csv" : ".json");
  Response response{.status = 200, .headers = {}, .body = std::move(*document)};
  response.headers.push_back(
      {.name = "Content-Type", .value = csv ? "text/csv; charset=utf-8" : "application/json"});
  response.headers.push_back(
      {.name = "Content-Disposition", .value = "attachment; filename=\"" + name + "\""});
  co_return response;
}

base::Task<Response> export_trips(Context& context) { return whole(context, "trips"); }
base::Task<Response> export_charges(Context& context) { return whole(context, "charges"); }
base::Task<Response> export_samples(Context& context) { return whole(context, "samples"); }
base::Task<Response> export_events(Context& context) { return whole(context, "events"); }

base::Task<Response> statistics(Context& context) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  const auto car = found->car->identity.id;
  const auto period = period_of(context);
  if (!period) co_return problem_response(period.error());
  const auto statistics = co_await context.inside.services.archive.statistics(car, *period);
  if (!statistics) co_return refused(statistics.error());
  const auto& currency = context.inside.options.currency;
  const Json body{{"vehicle", car.text},
                  {"from", base::format_iso8601(period->from)},
                  {"to", base::format_iso8601(period->to)},
                  {"currency", text_or_null(currency)},
                  {"figures", figures_json(*statistics, currency)},
                  {"reasons", reasons_json(*statistics)},
                  {"known_since", known_since_json(*statistics)}};
  co_return json_response(200, body);
}

base::Task<Response> erase(Context& context) {
  const auto found = find_car(context, context.parameters.at(0));
  if (!found) co_return problem_response(no_such_car());
  const auto car = found->car->identity.id;
  context.audit_target = car.text;
  const auto erased = co_await context.inside.services.archive.erase(car);
  if (!erased) co_return refused(erased.error());
  co_return json_response(200, Json{{"deleted", *erased}});
}

// clang-format off
constexpr auto kHistoryRoutes = std::to_array<Route>({
    {.method = "GET", .path = "/vehicles/{car}/trips", .handler = trips},
    {.method = "GET", .path = "/vehicles/{car}/charges", .handler = charges},
    {.method = "GET", .path = "/vehicles/{car}/samples", .handler = samples},
    {.method = "GET", .path = "/vehicles/{car}/events", .handler = events},
    {.method = "GET", .path = "/vehicles/{car}/trips/export", .handler = export_trips},
    {.method = "GET", .path = "/vehicles/{car}/charges/export", .handler = export_charges},
    {.method = "GET", .path = "/vehicles/{car}/samples/export", .handler = export_samples},
    {.method = "GET", .path = "/vehicles/{car}/events/export", .handler = export_events},
    {.method = "GET", .path = "/vehicles/{car}/statistics", .handler = statistics},
    {.method = "DELETE", .path = "/vehicles/{car}/history", .handler = erase},
});
// clang-format on

}  // namespace

std::span<const Route> history_routes() { return kHistoryRoutes; }

}  // namespace toyota2mqtt::rest
