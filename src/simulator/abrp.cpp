#include "simulator/abrp.hpp"

namespace toyota2mqtt::simulator {

namespace {

Reply unauthorized(const char* what) {
  return json_reply(401, {{"status", "error"}, {"errors", what}});
}

// Application errors come with HTTP 200.
Reply application_error(const std::string& text) {
  return json_reply(200, {{"status", "error"}, {"errors", text}});
}

std::string value(const std::map<std::string, std::string>& pairs, const char* key) {
  const auto found = pairs.find(key);
  return found == pairs.end() ? std::string() : found->second;
}

}  // namespace

Abrp::Parameters Abrp::parameters(const Request& request) const {
  Parameters parameters{.values = request.query, .body = nullptr};
  const auto type = request.header("content-type").value_or("");
  if (type.starts_with("application/json")) {
    if (auto body = parse_body(request.body)) parameters.body = std::move(*body);
  } else {
    for (auto& [key, text] : base::parse_form(request.body)) parameters.values[key] = text;
  }
  parameters.key_in_parameters = value(parameters.values, "api_key") == world_.options.abrp_key;
  if (const auto header = request.header("authorization")) {
    const auto space = header->find(' ');
    if (space != std::string::npos && same_text(header->substr(0, space), "apikey")) {
      parameters.values["api_key"] = header->substr(space + 1);
    }
  }
  return parameters;
}

const Car* Abrp::car_of(const std::string& token) const {
  const auto found = world_.options.abrp_tokens.find(token);
  return found == world_.options.abrp_tokens.end() ? nullptr : world_.car(found->second);
}

std::optional<Reply> Abrp::handle(const Request& request) {
  if (!request.path.starts_with("/1/")) return std::nullopt;
  const auto call = request.path.substr(3);
  static const std::set<std::string> known = {"tlm/send",
                                              "tlm/bulk",
                                              "tlm/get_next_charge",
                                              "tlm/get_telemetry",
                                              "tlm/get_latest_plan",
                                              "tlm/get_carmodels_list",
                                              "oauth/me"};
  if (!known.contains(call)) return json_reply(404, {{"status", "error"}, {"errors", "Not Found"}});
  const auto encoding = request.header("content-encoding").value_or("");
  if (!encoding.empty() && !same_text(encoding, "identity")) {
    return json_reply(400, {{"status", "error"}, {"errors", "data field missing"}});
  }
  const auto given = parameters(request);
  if (call == "oauth/me") {
    // This call wants the key as a parameter; the header alone is refused.
    return given.key_in_parameters ? me(value(given.values, "access_token"))
                                   : unauthorized("Unauthorized Key");
  }
  if (value(given.values, "api_key") != world_.options.abrp_key)
    return unauthorized("Unauthorized Key");
  if (call == "tlm/get_carmodels_list") {
    Json list = Json::array();
    for (const auto& car : world_.cars) {
      const auto& spec = car->spec();
      if (spec.charger_kw <= 0) continue;
      const std::string make = spec.brand == "L"   ? "Lexus"
                               : spec.brand == "S" ? "Subaru"
                                                   : "Toyota";
      Json one;
      one[make + ";" + spec.model_name + ";Simulated"] = "sim:" + spec.model_code + ":26:0";
      list.push_back(std::move(one));
    }
    return json_reply(200, {{"status", "ok"}, {"result", std::move(list)}});
  }
  if (call == "tlm/bulk") return bulk(given);
  const auto* car = car_of(value(given.values, "token"));
  if (car == nullptr || call == "tlm/get_latest_plan") return unauthorized("Unauthorized Token");
  if (call == "tlm/get_next_charge") {
    return json_reply(
        200, {{"status", "ok"}, {"next_charge", 90.0}, {"result", {{"next_charge", 90.0}}}});
  }
  if (call == "tlm/get_telemetry") return last_telemetry(*car);
  return send(given);
}

Reply Abrp::send(const Parameters& parameters) {
  const auto* car = car_of(value(parameters.values, "token"));
  Json point;
  if (parameters.body.is_object() && parameters.body.contains("tlm")) {
    point = parameters.body["tlm"];
  } else if (auto parsed = parse_body(value(parameters.values, "tlm"))) {
    point = std::move(*parsed);
  }
  if (!point.is_object()) return application_error("tlm is not a JSON object");
  if (const auto problem = accept(*car, point, false)) return application_error(*problem);
  return json_reply(200, {{"status", "ok"}});
}

Reply Abrp::bulk(const Parameters& parameters) {
  constexpr std::size_t kMostPoints = 10000;
  const auto& body = parameters.body;
  if (!body.is_object() || !body.contains("data") || !body["data"].is_array()) {
    return json_reply(400, {{"status", "error"}, {"errors", "data field missing"}});
  }
  std::size_t count = 0;
  for (const auto& entry : body["data"]) {
    const auto* car = car_of(text_of(entry, "token").value_or(""));
    if (car == nullptr) return unauthorized("Unauthorized Token");
    if (!entry.contains("tlm_list") || !entry["tlm_list"].is_array()) {
      return application_error("tlm_list is not an array");
    }
    for (const auto& point : entry["tlm_list"]) {
      if (++count > kMostPoints) return application_error("too many points");
      if (!point.is_object()) return application_error("a point is not a JSON object");
      if (const auto problem = accept(*car, point, true)) return application_error(*problem);
    }
  }
  return json_reply(200, {{"status", "ok"}});
}

std::optional<std::string> Abrp::accept(const Car& car, const Json& point, bool queued) {
  if (!number_of(point, "utc")) {
    blame(car, "utc_missing", "a point without utc");
    return "utc is missing";
  }
  check(car, point, queued);
  world_.journal.abrp_points += 1;
  world_.journal.abrp_by_car[car.spec().vin] += 1;
  world_.journal.abrp_last_points[car.spec().vin] = point;
  last_point_[car.spec().vin] = point;
  return std::nullopt;
}

Reply Abrp::last_telemetry(const Car& car) {
  const auto last = last_point_.find(car.spec().vin);
  Json result = {{"typecode", "sim:" + car.spec().model_code + ":26:0"},
                 {"name", car.nick_name},
                 {"vehicle_id", 1000 + static_cast<int>(car.spec().seed % 1000)},
                 {"user_id", 77},
                 {"tlm_type", "api"},
                 {"is_connected", last != last_point_.end()},
                 {"telemetry", last == last_point_.end() ? Json::object() : last->second}};
  return json_reply(200, {{"status", "ok"}, {"result", std::move(result)}});
}

Reply Abrp::me(const std::string& token) {
  const auto* car = car_of(token);
  if (car == nullptr) return unauthorized("Unauthorized Token");
  Json who = {{"user_id", 77},
              {"full_name", "Sam Sample"},
              {"email", "driver@example.com"},
              {"vehicle_id", 1000 + static_cast<int>(car->spec().seed % 1000)},
              {"vehicle_name", car->nick_name},
              {"vehicle_typecode", "sim:" + car->spec().model_code + ":26:0"}};
  Json reply = who;
  reply["status"] = "ok";
  reply["result"] = std::move(who);
  return json_reply(200, reply);
}

void Abrp::blame(const Car& car, const char* kind, const std::string& text) {
  world_.journal.violation(world_.clock.now(), kind, car.spec().model_name + ": " + text);
}

void Abrp::reset() {
  last_point_.clear();
  contents_.clear();
}

}  // namespace toyota2mqtt::simulator
