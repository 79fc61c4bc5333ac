#include "simulator/bodies.hpp"

#include <fmt/format.h>

#include <cmath>

namespace toyota2mqtt::simulator {

Reply json_reply(int status, const Json& body) {
  Reply reply;
  reply.status = status;
  reply.headers.push_back({"Content-Type", "application/json"});
  reply.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return reply;
}

namespace {

Json message(std::string_view code, std::string_view description, std::string_view detail) {
  Json one = {
      {"responseCode", code}, {"description", description}, {"detailedDescription", detail}};
  return {{"messages", Json::array({std::move(one)})}};
}

}  // namespace

Reply envelope_a(Json payload, std::string_view code, std::string_view text) {
  return json_reply(200, {{"payload", std::move(payload)}, {"status", message(code, text, text)}});
}

Reply envelope_b(Json payload) {
  return json_reply(200, {{"payload", std::move(payload)},
                          {"status", "SUCCESS"},
                          {"code", 200},
                          {"message", "Ok"},
                          {"errors", Json::array()}});
}

Reply error_a(int status, std::string_view code, std::string_view description,
              std::string_view detail) {
  return json_reply(status, {{"status", message(code, description, detail)}});
}

Reply gateway_error(int status, std::string_view detail) {
  return error_a(status, "APIGW-403", "Unauthorized", detail);
}

Json measure(double value, std::string_view unit) { return {{"value", value}, {"unit", unit}}; }

double rounded(double value, int decimals) {
  const double factor = std::pow(10, decimals);
  return std::round(value * factor) / factor;
}

std::string iso_millis(Time time) {
  auto text = base::format_iso8601(time);
  text.pop_back();
  const auto millis = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
  return fmt::format("{}.{:03}Z", text, millis);
}

std::optional<Json> parse_body(const std::string& body) {
  constexpr int kDeepest = 32;
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kDeepest; };
  auto json = Json::parse(body, shallow, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::optional<std::string> text_of(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<double> number_of(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

}  // namespace toyota2mqtt::simulator
