#include "toyota2mqtt/home_assistant/supervisor.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace toyota2mqtt::home_assistant {

namespace {

using base::ErrorCode;
using nlohmann::json;

constexpr const char* kPath = "/services/mqtt";
constexpr std::size_t kLongestAnswer = std::size_t{64} << 10U;
constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestCredential = 1024;
constexpr auto kTimeout = std::chrono::seconds(10);

constexpr const char* kNameOne = "name a broker in the options (mqtt.host)";

std::unexpected<base::Error> no_broker() {
  return base::fail(ErrorCode::action_required, "Home Assistant knows no MQTT broker",
                    std::string("Install and start the Mosquitto broker app, or ") + kNameOne +
                        "; it is found within a minute.");
}

std::unexpected<base::Error> makes_no_sense(const std::string& why) {
  return base::fail(
      ErrorCode::unexpected_response, "the Supervisor's answer " + why,
      std::string("If this stays, restart the Mosquitto broker app, or ") + kNameOne + ".");
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= kLongestHost && !text.starts_with('-') &&
         std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == '_' || c == ':';
         });
}

/// A user or password in one line, or nothing.
std::string credential(const json& data, const char* key) {
  const auto found = data.find(key);
  if (found == data.end() || !found->is_string()) return {};
  auto text = found->get<std::string>();
  const bool control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return control || text.size() > kLongestCredential ? std::string() : text;
}

std::optional<std::uint16_t> port_in(const json& data) {
  const auto found = data.find("port");
  if (found == data.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto number = found->get<std::uint64_t>();
  if (number < 1 || number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(number);
}

std::optional<bool> tls_in(const json& data) {
  const auto found = data.find("ssl");
  if (found == data.end() || found->is_null()) return false;
  if (!found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

std::optional<std::string> host_in(const json& data) {
  const auto found = data.find("host");
  if (found == data.end() || !found->is_string()) return std::nullopt;
  auto host = found->get<std::string>();
  if (!is_host(host)) return std::nullopt;
  return host;
}

base::Result<BrokerService> service_in(const std::string& body) {
  constexpr int kDeepest = 8;
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= kDeepest; };
  const auto document = json::parse(body, shallow, false);
  if (!document.is_object()) return makes_no_sense("is not JSON");
  const auto data = document.find("data");
  if (data == document.end() || !data->is_object()) return makes_no_sense("has no data");
  if (data->empty()) return no_broker();
  auto host = host_in(*data);
  const auto port = port_in(*data);
  const auto tls = tls_in(*data);
  if (!host || !port) return makes_no_sense("names no usable host and port of the broker");
  // Guessing here could send the password in the clear.
  if (!tls) return makes_no_sense("does not say whether the broker wants TLS");
  return BrokerService{.host = std::move(*host),
                       .port = *port,
                       .tls = *tls,
                       .username = credential(*data, "username"),
                       .password = base::Secret(credential(*data, "password"))};
}

}  // namespace

base::Result<BrokerService> decode_mqtt_service(const base::HttpResponse& response) {
  switch (response.status) {
    case 200: return service_in(response.body);
    case 400: return no_broker();  // "Service not enabled"
    case 401:
      return base::fail(ErrorCode::forbidden, "the Supervisor does not accept the app's token",
                        "Restart the app.");
    case 403:
      return base::fail(ErrorCode::forbidden,
                        "the Supervisor does not let this app ask for the MQTT broker",
                        std::string("Update the app, or ") + kNameOne + ".");
    default: break;
  }
  const auto what = "the Supervisor answered " + std::to_string(response.status);
  constexpr int kServerError = 500;
  if (response.status >= kServerError) return base::fail(ErrorCode::unreachable, what);
  return base::fail(ErrorCode::unexpected_response, what);
}

Supervisor::Supervisor(base::HttpClient& http, SupervisorAccess access)
    : http_(http), access_(std::move(access)) {}

base::Task<base::Result<BrokerService>> Supervisor::mqtt_service() {
  const auto answer =
      co_await http_.send({.method = "GET",
                           .url = access_.url + kPath,
                           .log_path = kPath,
                           .headers = {{"Authorization", "Bearer " + access_.token.reveal()},
                                       {"Accept", "application/json"}},
                           .timeout = kTimeout,
                           .max_response_bytes = kLongestAnswer});
  if (answer) co_return decode_mqtt_service(*answer);
  auto error = answer.error();
  if (error.code == ErrorCode::cancelled) co_return base::fail(std::move(error));
  error.message = "Home Assistant's Supervisor cannot be asked for the broker: " + error.message;
  co_return base::fail(std::move(error));
}

}  // namespace toyota2mqtt::home_assistant
