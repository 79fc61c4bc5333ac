#pragma once

#include <algorithm>
#include <map>

#include "support/catch.hpp"
#include "support/toyota_rig.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

/// One car and its cloud, whose answers a test writes path by path.
namespace toyota2mqtt {

using base::ErrorCode;
using namespace std::chrono_literals;
using test::http_answer;
using toyota::RouteResult;
using vehicle::Source;
using Kind = RouteResult::Kind;

inline constexpr std::string_view kMapping =
    R"({"status":{"messages":[{"description":"Unauthorized",)"
    R"("detailedDescription":"invalid guid and vin mapping","responseCode":"APIGW-403"}]}})";
inline constexpr std::string_view kFenced =
    R"({"status":{"messages":[{"description":"Unauthorized","detailedDescription":)"
    R"("Authorization header requires 'Credential' parameter.","responseCode":"APIGW-403"}]}})";
inline constexpr std::string_view kUnauthorized =
    R"({"status":{"messages":[{"description":"Unauthorized","detailedDescription":)"
    R"("invalid token could not authorize","responseCode":"APIGW-403"}]}})";

inline std::string complaint(const std::string& code) {
  return nlohmann::json{{"status", {{"messages", {{{"responseCode", code}}}}}}}.dump();
}

inline const std::string kCurrent = "/v1/vehicle/status";
inline const std::string kOld = "/v1/global/remote/status";

struct CloudRig : test::ToyotaRig {
  CloudRig() {
    store_tokens(1h);
    api = [this](const base::HttpRequest& request) { return answer(request); };
    restart();
  }

  /// As a new start of the process: only the stores remain.
  void restart() {
    cloud.reset();
    account = std::make_unique<toyota::Account>(services(), endpoints, credentials());
    cloud = std::make_unique<toyota::Cloud>(services(), *account);
  }

  RouteResult read(Source source) { return loop.run(cloud->read(car, source, zone)); }

  /// How often this path was asked for.
  [[nodiscard]] std::ptrdiff_t asked(std::string_view path) const {
    return std::ranges::count_if(http.requests, [path](const base::HttpRequest& request) {
      return request.log_path == path;
    });
  }
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& header : http.requests.back().headers) {
      if (header.name == name) return header.value;
    }
    return "(none)";
  }

  base::Result<base::HttpResponse> answer(const base::HttpRequest& request) {
    const auto scripted = paths.find(request.log_path);
    if (scripted != paths.end()) return scripted->second;
    if (next < script.size()) return script[next++];
    return http_answer(200, "{}");
  }

  std::map<std::string, base::Result<base::HttpResponse>> paths;  ///< a path's answer, always
  std::vector<base::Result<base::HttpResponse>> script;           ///< then these, one by one
  std::size_t next = 0;
  base::Zone zone = base::Zone::utc();
  vehicle::Car car = test_car();
  std::unique_ptr<toyota::Account> account;
  std::unique_ptr<toyota::Cloud> cloud;

  vehicle::Car test_car() {
    const auto vin = base::Vin::parse("JTMTEST0000000001").value();
    vehicle::Identity identity{.vin = vin,
                               .id = base::car_id(vin, crypto),
                               .model = "",
                               .nickname = "",
                               .model_year = "",
                               .fuel_type = "",
                               .image_url = "",
                               .remote_display = ""};
    return vehicle::Car{.identity = std::move(identity),
                        .name = "",
                        .state = {},
                        .evidence = {},
                        .diagnostics = {},
                        .uses_abrp = false};
  }
};

}  // namespace toyota2mqtt
