#include <algorithm>
#include <charconv>
#include <cmath>
#include <ranges>

#include "simulator/api.hpp"

namespace toyota2mqtt::simulator {

namespace {

using std::chrono::hours;

constexpr int kMostPerPage = 50;
constexpr int kRetentionDays = 365;

/// What trips add up to; the same sums serve trips, days and months.
struct Sum {
  double metres = 0;
  double seconds = 0;
  double fuel_ml = 0;
  double electric_metres = 0;
  int count = 0;
  int score = 0;

  void add(const Leg& leg, int leg_score) {
    metres += leg.metres;
    seconds += std::chrono::duration<double>(leg.end - leg.begin).count();
    fuel_ml += leg.fuel_ml;
    electric_metres += leg.electric_metres;
    count += 1;
    score += leg_score;
  }
};

int score_of(const Leg& leg) { return static_cast<int>(Chance(1).with(leg.id).between(62, 96)); }

Json summary_of(const CarSpec& spec, const Sum& sum) {
  Json summary = {{"length", std::lround(sum.metres)},
                  {"duration", std::lround(sum.seconds)},
                  {"averageSpeed", rounded(sum.metres / std::max(1.0, sum.seconds) * 3.6, 2)}};
  if (spec.tank_l > 0) summary["fuelConsumption"] = rounded(sum.fuel_ml, 1);
  return summary;
}

Json scores_of(const Sum& sum) {
  const int global = sum.count > 0 ? sum.score / sum.count : 0;
  return {{"global", global},
          {"acceleration", std::min(100, global + 4)},
          {"braking", std::max(0, global - 3)},
          {"advice", 16},
          {"constantSpeed", std::max(0, global - 20)}};
}

Json hdc_of(const Sum& sum) {
  const double share = sum.metres > 0 ? sum.electric_metres / sum.metres : 0;
  return {{"evDistance", std::lround(sum.electric_metres)},
          {"evTime", std::lround(sum.seconds * share)},
          {"chargeDist", std::lround(sum.metres * 0.12)},
          {"chargeTime", std::lround(sum.seconds * 0.1)},
          {"ecoDist", std::lround(sum.metres * 0.7)},
          {"ecoTime", std::lround(sum.seconds * 0.7)},
          {"powerDist", std::lround(sum.metres * 0.05)},
          {"powerTime", std::lround(sum.seconds * 0.04)}};
}

bool hybrid(const CarSpec& spec) { return spec.drive == Drive::hev || spec.drive == Drive::phev; }

Json route_of(const CarSpec& spec, const Leg& leg) {
  constexpr int kPoints = 60;
  Json points = Json::array();
  for (int i = 0; i <= kPoints; ++i) {
    const double share = static_cast<double>(i) / kPoints;
    const auto place = leg.place(share);
    const bool electric = share * leg.metres < leg.electric_metres;
    points.push_back({{"lat", rounded(place.lat, 5)},
                      {"lon", rounded(place.lon, 5)},
                      {"overspeed", false},
                      {"highway", leg.average_kmh() > 70},
                      {"indexInPoints", i},
                      {"mode", i % 9 == 0 ? 0 : 1},
                      {"isEv", spec.drive == Drive::bev || electric}});
  }
  return points;
}

Json trip_of(const CarSpec& spec, const Leg& leg, bool with_route) {
  Sum sum;
  sum.add(leg, score_of(leg));
  auto summary = summary_of(spec, sum);
  const auto& from = leg.path.front();
  const auto& to = leg.path.back();
  const auto hour = (leg.begin - first_day()).count() / 3600000 % 24;
  summary.update({{"startLat", rounded(from.lat, 5)},
                  {"startLon", rounded(from.lon, 5)},
                  {"startTs", base::format_iso8601(leg.begin)},
                  {"endLat", rounded(to.lat, 5)},
                  {"endLon", rounded(to.lon, 5)},
                  {"endTs", base::format_iso8601(leg.end)},
                  {"nightTrip", hour < 5 || hour >= 21}});
  const auto middle = leg.place(0.5);
  Json behaviour = {{"ts", base::format_iso8601(leg.begin + (leg.end - leg.begin) / 2)},
                    {"type", "A"},
                    {"good", false},
                    {"diagnosticMsg", 20},
                    {"coachingMsg", 20},
                    {"coachingMsgParams", Json::array()},
                    {"context", {{"slope", 0.0}}},
                    {"lat", rounded(middle.lat, 5)},
                    {"lon", rounded(middle.lon, 5)},
                    {"priority", true},
                    {"severity", 1.0}};
  Json trip = {{"id", leg.id},
               {"category", 0},
               {"createdOn", base::format_iso8601(leg.end + std::chrono::minutes(1))},
               {"processedIn", 60},
               {"summary", std::move(summary)},
               {"scores", scores_of(sum)},
               {"behaviours", Json::array({std::move(behaviour)})}};
  if (hybrid(spec)) trip["hdc"] = hdc_of(sum);
  if (with_route) trip["route"] = route_of(spec, leg);
  return trip;
}

Json period(const CarSpec& spec, const Sum& sum, std::chrono::year_month_day date, bool of_day) {
  Json entry = {{"year", static_cast<int>(date.year())},
                {"month", static_cast<unsigned>(date.month())},
                {"summary", summary_of(spec, sum)},
                {"scores", scores_of(sum)}};
  if (of_day) entry["day"] = static_cast<unsigned>(date.day());
  if (hybrid(spec)) entry["hdc"] = hdc_of(sum);
  return entry;
}

Json summaries(const CarSpec& spec, const std::vector<const Leg*>& legs) {
  const auto zone = base::Zone::utc();
  struct Month {
    Sum sum;
    std::map<std::chrono::year_month_day, Sum> days;
  };
  std::map<std::chrono::year_month_day, Month> months;
  for (const auto* leg : legs) {
    const auto date = zone.local_date(leg->begin);
    auto& month = months[date.year() / date.month() / 1];
    month.sum.add(*leg, score_of(*leg));
    month.days[date].add(*leg, score_of(*leg));
  }
  Json list = Json::array();
  for (const auto& [first, month] : std::views::reverse(months)) {
    auto entry = period(spec, month.sum, first, false);
    entry["histograms"] = Json::array();
    for (const auto& [date, sum] : month.days) {
      entry["histograms"].push_back(period(spec, sum, date, true));
    }
    list.push_back(std::move(entry));
  }
  return list;
}

std::string query_text(const Request& request, const char* key) {
  const auto found = request.query.find(key);
  return found == request.query.end() ? std::string() : found->second;
}

int query_int(const Request& request, const char* key, int otherwise, int least, int most) {
  const auto text = query_text(request, key);
  int number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::clamp(number, least, most);
}

Reply bad_query() {
  return error_a(400, "ONE-GLOBAL-RS-10003", "Bad Request", "from and to must be dates");
}

}  // namespace

Reply trips(const Call& call) {
  const auto from = base::parse_date(query_text(call.request, "from"));
  const auto to = base::parse_date(query_text(call.request, "to"));
  if (!from || !to || *to < *from) return bad_query();
  const auto zone = base::Zone::utc();
  const auto oldest = call.now - hours(24) * kRetentionDays;
  const auto begin = std::max(zone.midnight(*from), oldest);
  auto legs = call.car->trips(begin, zone.midnight(*to), call.now);
  std::ranges::reverse(legs);  // newest first

  constexpr int kNoLimit = 1000000;
  const int total = static_cast<int>(legs.size());
  const int limit = query_int(call.request, "limit", kMostPerPage, 1, kMostPerPage);
  const int offset = query_int(call.request, "offset", 0, 0, kNoLimit);
  const bool with_route = same_text(query_text(call.request, "route"), "true");
  const auto& spec = call.car->spec();
  Json list = Json::array();
  for (int i = offset; i < std::min(total, offset + limit); ++i) {
    list.push_back(trip_of(spec, *legs[static_cast<std::size_t>(i)], with_route));
  }
  Json sorted = {{"field", "summary.start.ts"}, {"order", "DESC"}};
  Json pagination = {{"limit", limit},
                     {"offset", offset},
                     {"previousOffset", offset > 0 ? Json(std::max(0, offset - limit)) : Json()},
                     {"nextOffset", offset + limit < total ? Json(offset + limit) : Json()},
                     {"currentPage", offset / limit + 1},
                     {"totalCount", total},
                     {"pageCount", (total + limit - 1) / limit}};
  Json payload = {
      {"from", base::format_date(*from)},
      {"to", base::format_date(*to)},
      {"trips", std::move(list)},
      {"_metadata",
       {{"pagination", std::move(pagination)}, {"sortedBy", Json::array({std::move(sorted)})}}}};
  if (same_text(query_text(call.request, "summary"), "true")) {
    payload["summary"] = summaries(spec, legs);
  }
  return envelope_a(std::move(payload), "ONE-DA-200", "Request completed successfully");
}

Reply one_trip(const Call& call) {
  const auto id = call.request.path.substr(std::string_view("/v1/trips/").size());
  const auto legs = call.car->trips(call.now - hours(24) * kRetentionDays, call.now, call.now);
  for (const auto* leg : legs) {
    if (leg->id != id) continue;
    return envelope_a({{"trip", trip_of(call.car->spec(), *leg, true)}}, "ONE-DA-200",
                      "Request completed successfully");
  }
  return error_a(404, "ONE-DA-404", "Not Found", "The trip does not exist");
}

}  // namespace toyota2mqtt::simulator
