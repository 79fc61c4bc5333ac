#include "simulator/replay.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace toyota2mqtt::simulator {

namespace {

constexpr std::array<std::pair<const char*, const char*>, 16> kFiles = {{
    {"v2_vehicleguid.json", "/v2/vehicle/guid"},
    {"v4_accountmodel.json", "/v4/account"},
    {"v3_telemetry.json", "/v3/telemetry"},
    {"v1_location_ok.json", "/v1/location"},
    {"v1_global_remote_electric_status.json", "/v1/global/remote/electric/status"},
    {"v1_global_remote_status.json", "/v1/global/remote/status"},
    {"v1_global_remote_climate_status.json", "/v1/global/remote/climate-status"},
    {"v1_global_remote_climate_settings.json", "/v1/global/remote/climate-settings"},
    {"v1_vehicle_electric_status.json", "/v1/vehicle/electric/status"},
    {"v1_vehicle_status.json", "/v1/vehicle/status"},
    {"v1_vehicle_climate_status.json", "/v1/vehicle/climate-status"},
    {"v1_vehicle_climate_settings.json", "/v1/vehicle/climate-settings"},
    {"v1_vehicle_health_ok.json", "/v1/vehiclehealth/status"},
    {"v1_service_history.json", "/v1/servicehistory/vehicle/summary"},
    {"v2_notification.json", "/v2/notification/history"},
    {"v1_trips.json", "/v1/trips"},
}};

constexpr std::array<std::pair<const char*, const char*>, 4> kTwins = {{
    {"/v1/vehicle/electric/status", "/v1/global/remote/electric/status"},
    {"/v1/vehicle/status", "/v1/global/remote/status"},
    {"/v1/vehicle/climate-status", "/v1/global/remote/climate-status"},
    {"/v1/vehicle/climate-settings", "/v1/global/remote/climate-settings"},
}};

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string query_of(const Request& request) {
  const auto mark = request.target.find('?');
  return mark == std::string::npos ? std::string() : request.target.substr(mark + 1);
}

Reply recorded(int status, const std::string& body) {
  Reply reply;
  reply.status = status;
  if (!body.empty()) reply.headers.push_back({"Content-Type", "application/json"});
  reply.body = body;
  return reply;
}

}  // namespace

std::optional<std::string> Replay::load_recording(const std::string& text) {
  const auto json = parse_body(text);
  if (!json || text_of(*json, "format") != "toyota2mqtt-recording-1" ||
      !json->contains("exchanges") || !(*json)["exchanges"].is_array()) {
    return "not a recording in the format toyota2mqtt-recording-1";
  }
  for (const auto& one : (*json)["exchanges"]) {
    Exchange exchange;
    exchange.method = text_of(one, "method").value_or("GET");
    exchange.path = text_of(one, "path").value_or("");
    exchange.query = text_of(one, "query").value_or("");
    exchange.status = static_cast<int>(number_of(one, "status").value_or(200));
    const auto headers = one.find("headers");
    if (headers != one.end()) exchange.vin = text_of(*headers, "vin").value_or("");
    const auto body = one.find("body");
    if (body != one.end() && !body->is_null()) {
      exchange.body = body->dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    if (exchange.path.empty() || exchange.status < 100 || exchange.status > 599) {
      return "an exchange of the recording has no path or no status";
    }
    exchanges_.push_back(std::move(exchange));
  }
  if (exchanges_.empty()) return "the recording holds no exchange";
  return std::nullopt;
}

std::optional<std::string> Replay::load_directory(const std::string& directory) {
  for (const auto& [name, path] : kFiles) {
    auto body = read_file((std::filesystem::path(directory) / name).string());
    if (!body) continue;
    Exchange exchange;
    exchange.method = "GET";
    exchange.path = path;
    exchange.body = std::move(*body);
    exchanges_.push_back(std::move(exchange));
  }
  if (exchanges_.empty()) return "the folder holds no answer with a known name";
  return std::nullopt;
}

Replay::Exchange* Replay::find(const Request& request) {
  const auto vin = request.header("vin").value_or("");
  const auto query = query_of(request);
  const auto pick = [&](bool same_query, bool fresh) -> Exchange* {
    Exchange* last = nullptr;
    for (auto& one : exchanges_) {
      if (one.method != request.method || one.path != request.path) continue;
      if (!one.vin.empty() && one.vin != vin) continue;
      if (same_query && one.query != query) continue;
      last = &one;
      if (fresh && !one.used) return last;
    }
    return fresh ? nullptr : last;
  };
  for (const bool same_query : {true, false}) {
    if (auto* fresh = pick(same_query, true)) return fresh;
    if (auto* last = pick(same_query, false)) return last;
  }
  return nullptr;
}

Reply Replay::answer(const Request& request) {
  if (auto* exchange = find(request)) {
    exchange->used = true;
    return recorded(exchange->status, exchange->body);
  }
  for (const auto& [current, retired] : kTwins) {
    if (request.path != current) continue;
    const bool twin =
        std::ranges::any_of(exchanges_, [&](const Exchange& one) { return one.path == retired; });
    if (!twin) continue;
    return gateway_error(403,
                         "Authorization header requires 'Credential' parameter "
                         "(IncompleteSignatureException).");
  }
  return error_a(404, "ONE-GLOBAL-RC-10004", "Not Found", "The recording has no such answer");
}

}  // namespace toyota2mqtt::simulator
