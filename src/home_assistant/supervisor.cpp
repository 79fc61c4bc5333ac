#include "toyota2mqtt/home_assistant/supervisor.hpp"

#include "json/json_io.hpp"
#include "toyota2mqtt/base/text.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace toyota2mqtt::home_assistant {

namespace {

using base::ErrorCode;
using json_io::Json;

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
           return base::is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == ':';
         });
}

/// A user or password in one line, or nothing.
std::string credential(const Json& data, const char* key) {
  auto text = json_io::text_member(data, key).value_or("");
  return base::is_plain_line(text) && text.size() <= kLongestCredential ? text : std::string();
}

std::optional<std::uint16_t> port_in(const Json& data) {
  const auto number = json_io::integer_member(data, "port");
  if (!number || *number < 1 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

std::optional<bool> tls_in(const Json& data) {
  const auto* found = json_io::member(data, "ssl");
  if (found == nullptr || found->is_null()) return false;
  return json_io::flag_member(data, "ssl");
}

std::optional<std::string> host_in(const Json& data) {
  auto host = json_io::text_member(data, "host");
  return host && is_host(*host) ? std::move(host) : std::nullopt;
}

base::Result<BrokerService> service_in(const std::string& body) {
  const auto document = json_io::parse_object(body);
  if (!document) return makes_no_sense("is not JSON");
  const auto* data = json_io::member(*document, "data");
  if (data == nullptr || !data->is_object()) return makes_no_sense("has no data");
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

base::MqttConnection merge_broker(base::MqttConnection configured,
                                  const std::set<std::string>& given, BrokerService service) {
  const auto says = [&given](const char* path) { return given.contains(path); };
  configured.host = std::move(service.host);
  if (!says("mqtt.port")) configured.port = service.port;
  if (!says("mqtt.tls")) configured.tls = service.tls;
  if (says("mqtt.username")) return configured;
  configured.username = std::move(service.username);
  if (!says("mqtt.password")) configured.password = std::move(service.password);
  return configured;
}

base::Task<base::Result<base::MqttConnection>> SupervisorBroker::connection() {
  auto service = co_await supervisor_.mqtt_service();
  if (!service) co_return base::fail(service.error());
  on_password_(service->password);
  co_return merge_broker(configured_, given_, std::move(*service));
}

}  // namespace toyota2mqtt::home_assistant
