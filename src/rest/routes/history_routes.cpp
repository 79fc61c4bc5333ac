#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "rest/http/router.hpp"
#include "rest/routes/car_views.hpp"
#include "toyota2mqtt/base/encoding.hpp"

// What the history knows of a car, and how it is deleted.
namespace toyota2mqtt::rest {

namespace {

template <class Quantity>
Json number(const std::optional<Quantity>& quantity) {
  return quantity ? Json(quantity->value) : Json(nullptr);
}

std::string_view word(history::EventRecord::Kind kind) {
  switch (kind) {
    case history::EventRecord::Kind::wake: return "wake";
    case history::EventRecord::Kind::command: return "command";
    case history::EventRecord::Kind::error: return "error";
  }
  return "error";
}

Json statistic(const vehicle::KnownStatistic& known, std::string_view unit) {
  if (!known) return nullptr;
  return {{"value", known->value},
          {"unit", text_or_null(unit)},
          {"basis", known->basis},
          {"since", base::format_iso8601(known->since)},
          {"until", base::format_iso8601(known->until)}};
}

struct NamedFigure {
  const char* name;
  vehicle::KnownStatistic vehicle::Statistics::* which;
  std::string_view unit;  ///< empty: the currency
};
constexpr auto kFigureNames = std::to_array<NamedFigure>({
    {"electric_consumption", &vehicle::Statistics::electric_consumption, "kWh/100 km"},
    {"fuel_consumption", &vehicle::Statistics::fuel_consumption, "L/100 km"},
    {"ev_share", &vehicle::Statistics::ev_share, "%"},
    {"distance", &vehicle::Statistics::distance, "km"},
    {"energy", &vehicle::Statistics::energy, "kWh"},
    {"fuel", &vehicle::Statistics::fuel, "L"},
    {"cost", &vehicle::Statistics::cost, ""},
    {"co2", &vehicle::Statistics::co2, "kg"},
    {"range_ratio", &vehicle::Statistics::range_ratio, "%"},
    {"range_at_full", &vehicle::Statistics::range_at_full, "km"},
});

Json entry_json(const history::TripRecord& record) {
  const auto& trip = record.trip;
  Json entry{{"id", trip.id},
             {"start", base::format_iso8601(trip.start)},
             {"end", base::format_iso8601(trip.end)},
             {"distance", number(trip.distance)},
             {"duration", number(trip.duration)},
             {"ev_distance", number(trip.ev_distance)},
             {"fuel", number(trip.fuel)},
             {"average_speed", number(trip.average_speed)},
             {"score", number(trip.score)}};
  if (record.route.empty()) return entry;
  Json route = Json::array();
  for (const auto& point : record.route) {
    route.push_back({{"latitude", point.latitude}, {"longitude", point.longitude}});
  }
  entry["route"] = std::move(route);
  return entry;
}

Json entry_json(const history::ChargeRecord& record) {
  return {{"id", record.id},
          {"start", base::format_iso8601(record.start)},
          {"end", json_io::iso_or_null(record.end)},
          {"level_start", or_null(record.level_start)},
          {"level_end", or_null(record.level_end)},
          {"energy", or_null(record.energy)},
          {"cost", or_null(record.cost)},
          {"basis", record.basis}};
}

Json entry_json(const history::SampleRecord& record) {
  return {
      {"at", base::format_iso8601(record.at)},    {"battery_level", or_null(record.battery_level)},
      {"ev_range", or_null(record.ev_range)},     {"fuel_level", or_null(record.fuel_level)},
      {"fuel_range", or_null(record.fuel_range)}, {"odometer", or_null(record.odometer)}};
}

Json entry_json(const history::EventRecord& record) {
  return {{"kind", word(record.kind)},
          {"at", base::format_iso8601(record.at)},
          {"name", record.name},
          {"outcome", record.outcome},
          {"detail", record.detail}};
}

Json figures_json(const vehicle::Statistics& statistics, std::string_view currency) {
  Json json = Json::object();
  for (const auto& [name, which, unit] : kFigureNames) {
    json[name] = statistic(statistics.*which, unit.empty() ? currency : unit);
  }
  return json;
}

Json reasons_json(const vehicle::Statistics& statistics) {
  Json json = Json::object();
  for (const auto& [name, which, unit] : kFigureNames) {
    if (const auto& known = statistics.*which; !known) json[name] = known.error().reason;
  }
  return json;
}

Json known_since_json(const vehicle::Statistics& statistics) {
  return {{"trips", json_io::iso_or_null(statistics.trips_since)},
          {"charges", json_io::iso_or_null(statistics.charges_since)},
          {"samples", json_io::iso_or_null(statistics.samples_since)}};
}

// What a request asks of the history.

constexpr std::size_t kMostEntries = 1000;
constexpr std::size_t kLongestCursor = 200;
constexpr auto kUsually = std::chrono::days(30);

std::optional<std::string> asked(const Context& context, const char* name) {
  const auto found = context.request.query.find(name);
  if (found == context.request.query.end()) return std::nullopt;
  return found->second;
}

/// A time, or the midnight at which a day begins; `next_day`: at which it ends.
std::optional<base::Time> moment(std::string text, const base::Zone& zone, bool next_day) {
  if (const auto day = base::parse_date(text)) {
    const auto wanted = std::chrono::sys_days(*day) + std::chrono::days(next_day ? 1 : 0);
    return zone.midnight(std::chrono::year_month_day(wanted));
  }
  // In a query a plus sign that was not escaped is a space.
  std::ranges::replace(text, ' ', '+');
  return base::parse_iso8601(text);
}

Problem no_time(const char* name) {
  return bad_request(std::string("`") + name +
                     "` is a time such as 2026-03-01T08:00:00Z or a day such as 2026-03-01.");
}

bool wants_csv(const Context& context) {
  const auto accept = context.request.header("Accept");
  return accept && accept->find("text/csv") != std::string_view::npos;
}

std::expected<history::Period, Problem> period_of(const Context& context) {
  const auto& services = context.deps.services;
  history::Period period{.from = {}, .to = services.clock.now()};
  if (const auto text = asked(context, "to")) {
    const auto to = moment(*text, services.zone, true);
    if (!to) return std::unexpected(no_time("to"));
    period.to = *to;
  }
  period.from = period.to - kUsually;
  if (const auto text = asked(context, "from")) {
    const auto from = moment(*text, services.zone, false);
    if (!from) return std::unexpected(no_time("from"));
    period.from = *from;
  }
  if (period.from >= period.to) {
    return std::unexpected(bad_request("`from` is not before `to`."));
  }
  return period;
}

std::expected<history::Window, Problem> window_of(const Context& context) {
  const auto period = period_of(context);
  if (!period) return std::unexpected(period.error());
  history::Window window{.period = *period};
  if (const auto text = asked(context, "limit")) {
    const char* end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, window.limit);
    const bool number = !text->empty() && read.ec == std::errc() && read.ptr == end;
    if (!number || window.limit < 1 || window.limit > kMostEntries) {
      return std::unexpected(bad_request("`limit` is a number from 1 to 1000."));
    }
  }
  window.before = asked(context, "cursor");
  if (window.before && (window.before->empty() || window.before->size() > kLongestCursor)) {
    return std::unexpected(bad_request("`cursor` is what `next` of the page before said."));
  }
  return window;
}

std::expected<history::Format, Problem> format_of(const Context& context) {
  const auto text = asked(context, "format");
  if (!text) return wants_csv(context) ? history::Format::csv : history::Format::json;
  if (*text == "csv") return history::Format::csv;
  if (*text == "json") return history::Format::json;
  return std::unexpected(bad_request("`format` is csv or json."));
}

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
  return api_path("/vehicles/") + car.text + "/" + std::string(what) +
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
  const auto slice = co_await (context.deps.services.archive.*ask)(car, *window);
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
  auto document = co_await context.deps.services.archive.export_all(car, what, *period, *format);
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
  const auto statistics = co_await context.deps.services.archive.statistics(car, *period);
  if (!statistics) co_return refused(statistics.error());
  const auto& currency = context.deps.options.currency;
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
  const auto erased = co_await context.deps.services.archive.erase(car);
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
