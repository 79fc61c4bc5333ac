#include <charconv>

#include "simulator/cloud.hpp"

/// `/_sim/`: what tests ask and change. Documented in docs/simulator.md.
namespace toyota2mqtt::simulator {

namespace {

Reply problem(const std::string& text) { return json_reply(400, {{"error", text}}); }

std::optional<double> query_number(const Request& request, const char* key) {
  const auto found = request.query.find(key);
  if (found == request.query.end()) return std::nullopt;
  double number = 0;
  const auto& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string query_text(const Request& request, const char* key) {
  const auto found = request.query.find(key);
  return found == request.query.end() ? std::string() : found->second;
}

}  // namespace

Reply Cloud::control(const Request& request) {
  const auto what = request.path.substr(std::string_view("/_sim/").size());
  if (request.method == "GET" || request.method == "HEAD") {
    if (what == "state") return json_reply(200, state());
    if (what == "cars") return json_reply(200, cars());
    if (what == "faults") return json_reply(200, faults_.list());
    if (what != "advance") return json_reply(404, {{"error", "no such page"}});
  }
  return change(what, request);
}

bool Cloud::set_mood(const Json& fault, const std::string& kind, const std::string& vin) {
  CommandMood mood;
  const std::string whose = vin.empty() ? "*" : vin;
  if (const auto known = world_.moods.find(whose); known != world_.moods.end()) {
    mood = known->second;
  }
  if (kind == "command_ignored") {
    mood.ignores = true;
  } else if (kind == "command_interrupted") {
    mood.interrupts = true;
  } else if (kind == "command_silent") {
    mood.silent = true;
  } else if (kind == "command_code") {
    mood.return_code = text_of(fault, "code").value_or("118003");
  } else if (kind == "remote_display") {
    mood.remote_display = text_of(fault, "value").value_or("0");
  } else {
    return false;
  }
  world_.moods[whose] = std::move(mood);
  return true;
}

Reply Cloud::change(const std::string& what, const Request& request) {
  if (what == "advance") {
    constexpr double kMostSeconds = 400.0 * 86400;
    const auto seconds = query_number(request, "seconds");
    if (!seconds || *seconds < 0 || *seconds > kMostSeconds) {
      return problem("seconds must be a number from 0 to 34560000");
    }
    world_.clock.advance(std::chrono::milliseconds(static_cast<long long>(*seconds * 1000)));
  } else if (what == "faults") {
    const auto body = parse_body(request.body);
    if (!body) return problem("the body is not JSON");
    const auto list = body->is_array() ? *body : Json::array({*body});
    for (const auto& one : list) {
      const auto kind = text_of(one, "kind").value_or("");
      const auto vin = text_of(one, "vin").value_or("");
      if (kind == "never_applied") {
        world_.deaf.insert(vin.empty() ? "*" : vin);
      } else if (set_mood(one, kind, vin)) {
        continue;
      } else if (kind == "cold_cache") {
        api_.chill(vin);
      } else if (const auto wrong = faults_.add(one)) {
        return problem(*wrong);
      }
    }
  } else if (what == "clear-faults") {
    faults_.clear();
    world_.deaf.clear();
    world_.moods.clear();
  } else if (what == "reset") {
    faults_.clear();
    world_.deaf.clear();
    world_.moods.clear();
    world_.journal = {};
    abrp_.reset();
  } else if (what == "expire-tokens") {
    sign_in_.expire_tokens(query_text(request, "refresh") == "true");
  } else if (what == "token-life") {
    const auto seconds = query_number(request, "seconds");
    if (!seconds || *seconds < 1 || *seconds > 86400) return problem("seconds: 1 to 86400");
    sign_in_.set_token_life(static_cast<int>(*seconds));
  } else {
    return json_reply(404, {{"error", "no such page"}});
  }
  return json_reply(200, {{"now", base::format_iso8601(world_.clock.now())}});
}

Json Cloud::state() const {
  const auto& journal = world_.journal;
  Json violations = Json::array();
  for (const auto& one : journal.violations) {
    violations.push_back(
        {{"at", base::format_iso8601(one.at)}, {"kind", one.kind}, {"text", one.text}});
  }
  return {{"now", base::format_iso8601(world_.clock.now())},
          {"routes", journal.routes},
          {"routes_by_car", journal.by_car},
          {"refused", journal.refused},
          {"sign_ins", journal.sign_ins},
          {"password_posts", journal.password_posts},
          {"posts_without_cookies", journal.posts_without_cookies},
          {"refreshes", journal.refreshes},
          {"refreshes_refused", journal.refreshes_refused},
          {"wakes", journal.wakes},
          {"wakes_by_car", journal.wakes_by_car},
          {"wakes_while_driving", journal.wakes_while_driving},
          {"wakes_unanswered", journal.wakes_unanswered},
          {"commands", journal.commands},
          {"command_log", journal.command_log},
          {"abrp_points", journal.abrp_points},
          {"abrp_points_by_car", journal.abrp_by_car},
          {"abrp_last_points", journal.abrp_last_points},
          {"violations", std::move(violations)}};
}

Json Cloud::cars() const {
  Json list = Json::array();
  const auto now = world_.clock.now();
  std::unordered_map<std::string, std::string> tokens;
  for (const auto& [token, vin] : world_.options.abrp_tokens) tokens[vin] = token;
  for (const auto& car : world_.cars) {
    const auto& spec = car->spec();
    const auto truth = car->at(now);
    const auto reported = [&](unsigned group) {
      const auto when = car->last_report(group, now);
      return when ? Json(base::format_iso8601(*when)) : Json();
    };
    list.push_back({{"vin", spec.vin},
                    {"brand", spec.brand},
                    {"model", spec.model_name},
                    {"fuel_type", spec.fuel_type},
                    {"abrp_token", tokens[spec.vin]},
                    {"driving", truth.driving},
                    {"plugged", truth.plugged},
                    {"charging", truth.charging},
                    {"odometer_km", truth.odometer_km},
                    {"speed_kmh", truth.speed_kmh},
                    {"battery_percent", truth.level},
                    {"battery_gross_percent", truth.gross_level},
                    {"energy_kwh", truth.kwh},
                    {"fuel_l", truth.fuel_l},
                    {"fuel_percent", truth.fuel_percent},
                    {"electric_range_km", truth.electric_range_km(spec)},
                    {"latitude", truth.place.lat},
                    {"longitude", truth.place.lon},
                    {"charge_kw", truth.charge_kw},
                    {"battery_12v_percent", car->twelve_volt(now)},
                    {"locked", truth.locked},
                    {"trunk_locked", truth.trunk_locked},
                    {"door_open", truth.door_open},
                    {"window_open", truth.window_open},
                    {"hazards", truth.hazards},
                    {"climate_on", car->climate(now).has_value()},
                    {"reported",
                     {{"energy", reported(kEnergy)},
                      {"status", reported(kStatus)},
                      {"location", reported(kLocation)},
                      {"climate", reported(kClimate)}}}});
  }
  return list;
}

}  // namespace toyota2mqtt::simulator
