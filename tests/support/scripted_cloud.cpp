#include "support/scripted_cloud.hpp"

namespace toyota2mqtt::test {

namespace {

constexpr const char* kVehicles = R"({"payload":[{"vin":"JTMTEST0000000002","brand":"T",
 "modelName":"RAV4 Plug-in","modelDescription":"RAV4 Plug-in MY24","modelYear":"2024",
 "nickName":"Blitz","fuelType":"I","evVehicle":true,"remoteDisplay":"7",
 "extendedCapabilities":{"econnectVehicleStatusCapable":true,"telemetryCapable":true,
   "lastParkedCapable":true,"vehicleStatus":true},
 "features":{"serviceHistory":1,"lastParked":1,"telemetry":1},
 "subscriptions":[{"productCode":"PROD_REMOTESERVICE","status":"ACTIVE",
   "subscriptionEndDate":"2027-11-08"}]}],
 "status":{"messages":[{"responseCode":"ONE-VL-10000","description":"ok"}]}})";

constexpr const char* kTelemetry = R"({"payload":{"fuelType":"I","odometer":{"value":15000.4,
 "unit":"km"},"fuelLevel":41,"batteryLevel":79,"distanceToEmpty":{"value":388,"unit":"km"},
 "chargingStatus":"none","timestamp":"2026-11-20T11:40:00Z"},
 "status":"SUCCESS","code":200,"message":"Ok","errors":[]})";

constexpr const char* kElectric = R"({"payload":{"batteryLevel":79,"phevUsableBatteryLevel":74,
 "chargingStatus":"none","evRange":{"value":57.3,"unit":"km"},
 "evRangeWithAc":{"value":54.435,"unit":"km"},"fuelLevel":41,
 "fuelRange":{"value":188,"unit":"mi"},"lastUpdateTimestamp":"2026-11-20T11:41:00Z"},
 "status":{"messages":[{"responseCode":"ONE-GLOBAL-RS-10000"}]}})";

constexpr const char* kLocation = R"({"payload":{"vin":"JTMTEST0000000002",
 "lastTimestamp":"2026-11-20T11:42:00Z","vehicleLocation":{"displayName":"Last Parked",
 "latitude":51.123456,"longitude":6.654321,
 "locationAcquisitionDatetime":"2026-11-20T11:42:00Z"}},
 "status":"SUCCESS","code":200,"message":"Ok","errors":[]})";

constexpr const char* kStatus = R"({"payload":{"vin":"JTMTEST0000000002",
 "lastUpdateTimestamp":"2026-11-20T11:43:00Z","overallStatus":"ok","overallWarningCounts":0,
 "leftHandDrive":true,
 "doors":{"driver":{"lockStatus":{"status":"locked"},"openStatus":{"status":"close"}},
  "passenger":{"lockStatus":{"status":"locked"},"openStatus":{"status":"close"}}},
 "windows":{"driver":{"status":"close"}}},
 "status":{"messages":[{"responseCode":"ONE-GLOBAL-RS-10000"}]}})";

constexpr const char* kHealth = R"({"payload":{"vin":"JTMTEST0000000002","warning":[],
 "quantityOfEngOilIcon":[],"wnglastUpdTime":"2026-11-20T11:44:00.203Z"},
 "status":"SUCCESS","code":200,"message":"Ok","errors":[]})";

constexpr const char* kNotifications = R"({"guid":"g","statusCode":200,"headers":{},
 "body":"Success","payload":[{"vin":"JTMTEST0000000002","notifications":[
  {"messageId":"n1","vin":"JTMTEST0000000002","notificationDate":"2026-11-20T10:00:00.000Z",
   "isRead":true,"message":"A door is open","status":0,"type":"alert",
   "category":"VehicleStatusAlert","displayCategory":"Vehicle Alerts"}]}]})";

constexpr const char* kWhoAreYou = R"({"authId":"a","callbacks":[{"type":"NameCallback",
 "output":[{"name":"prompt","value":"User Name"}],
 "input":[{"name":"IDToken1","value":""}],"_id":3}]})";
constexpr const char* kUserNotFound = R"({"authId":"a","callbacks":[{"type":"TextOutputCallback",
 "output":[{"name":"message","value":"User Not Found"},{"name":"messageType","value":"2"}]}]})";

}  // namespace

ScriptedCloud::ScriptedCloud()
    : answers{{"/v2/vehicle/guid", {.body = kVehicles}},
              {"/v3/telemetry", {.body = kTelemetry}},
              {"/v1/vehicle/electric/status", {.body = kElectric}},
              {"/v1/location", {.body = kLocation}},
              {"/v1/vehicle/status", {.body = kStatus}},
              {"/v1/vehiclehealth/status", {.body = kHealth}},
              {"/v2/notification/history", {.body = kNotifications}}},
      http([this](const base::HttpRequest& request) -> base::Result<base::HttpResponse> {
        if (!reachable) return base::fail(base::ErrorCode::unreachable, "no connection");
        const auto scheme = request.url.find("://");
        const auto path_begin = request.url.find('/', scheme + 3);
        const auto path = request.url.substr(path_begin, request.url.find('?') - path_begin);
        if (knows_nobody_ && path.ends_with("/authenticate")) {
          const bool named = request.body.find("User Name") != std::string::npos;
          return base::HttpResponse{.status = 200, .body = named ? kUserNotFound : kWhoAreYou};
        }
        const auto found = answers.find(path);
        if (found == answers.end()) return base::HttpResponse{.status = 404, .body = "{}"};
        return base::HttpResponse{.status = found->second.status, .body = found->second.body};
      }) {}

toyota::Tokens valid_tokens(base::Time now) {
  return {.access = base::Secret("canary-access"),
          .refresh = base::Secret("canary-refresh"),
          .guid = "00000000-0000-4000-8000-000000000001",
          .expires_at = now + std::chrono::hours(24 * 365)};
}

}  // namespace toyota2mqtt::test
