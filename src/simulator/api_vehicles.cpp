#include <fmt/format.h>

#include "simulator/api.hpp"

/// The vehicle list and the alias.
namespace toyota2mqtt::simulator {

namespace {

bool battery(const CarSpec& spec) { return spec.usable_kwh > 0; }

// Flags lie the way real ones do: electric cars claim a fuel level, the steering heater is wrong.
Json extended_capabilities(const CarSpec& spec) {
  const bool electric = battery(spec);
  const bool lock = spec.commands.contains("door-lock");
  Json flags;
  for (const auto* no : {"bumpCollisions",
                         "dashboardWarningLights",
                         "drivePulse",
                         "ecare",
                         "electricPulse",
                         "emergencyAssist",
                         "equippedWithAlarm",
                         "evBattery",
                         "fcvStationsCapable",
                         "hydrogenPulse",
                         "manualRearWindows",
                         "mirrorHeater",
                         "moonroof",
                         "smartKeyStatus",
                         "stellantisClimateCapable",
                         "stellantisVehicleStatusCapable",
                         "sunroof",
                         "tryAndPlay",
                         "vehicleFinder",
                         "frontDriverSeatVentilation",
                         "frontPassengerSeatVentilation",
                         "rearDriverSeatHeater",
                         "rearDriverSeatVentilation",
                         "rearPassengerSeatVentilation",
                         "rearPassengerSeatHeater",
                         "weHybridCapable"}) {
    flags[no] = false;
  }
  for (const auto* yes : {"bonnetStatus",
                          "frontDriverDoorLockStatus",
                          "frontDriverDoorOpenStatus",
                          "frontDriverDoorWindowStatus",
                          "frontPassengerDoorLockStatus",
                          "frontPassengerDoorOpenStatus",
                          "frontPassengerDoorWindowStatus",
                          "rearDriverDoorLockStatus",
                          "rearDriverDoorOpenStatus",
                          "rearDriverDoorWindowStatus",
                          "rearPassengerDoorLockStatus",
                          "rearPassengerDoorOpenStatus",
                          "rearPassengerDoorWindowStatus",
                          "fuelLevelAvailable",
                          "fuelRangeAvailable",
                          "guestDriver",
                          "lastParkedCapable",
                          "lightStatus",
                          "rearHatchRearWindow",
                          "steeringHeater",
                          "telemetryCapable",
                          "vehicleDiagnosticCapable",
                          "vehicleStatus"}) {
    flags[yes] = true;
  }
  flags["acScheduling"] = spec.climate;
  flags["batteryStatus"] = electric;
  flags["buzzerCapable"] = spec.commands.contains("buzzer-warning");
  flags["chargeManagement"] = electric;
  flags["climateCapable"] = spec.climate;
  flags["climateTemperatureControlFull"] = spec.climate;
  flags["climateTemperatureControlLimited"] = false;
  flags["doorLockUnlockCapable"] = lock;
  flags["econnectClimateCapable"] = spec.climate && electric;
  flags["econnectVehicleStatusCapable"] = electric;
  flags["enhancedSecuritySystemCapable"] = false;
  flags["evChargeStationsCapable"] = electric;
  flags["frontDefogger"] = spec.climate;
  flags["frontDriverSeatHeater"] = spec.climate && electric;
  flags["frontPassengerSeatHeater"] = spec.climate && electric;
  flags["hazardCapable"] = spec.commands.contains("hazard-on");
  flags["hornCapable"] = spec.commands.contains("sound-horn");
  flags["hybridPulse"] = spec.drive == Drive::hev || spec.drive == Drive::phev;
  flags["lightsCapable"] = false;
  flags["nextCharge"] = electric;
  flags["powerTailgateCapable"] = spec.commands.contains("trunk-lock");
  flags["powerWindowsCapable"] = spec.commands.contains("power-window-close");
  flags["rearDefogger"] = spec.climate;
  flags["remoteEConnectCapable"] = electric;
  flags["remoteEngineStartStop"] = spec.climate && !electric;
  flags["trunkLockUnlockCapable"] = spec.commands.contains("trunk-lock");
  flags["weeklyCharge"] = electric;
  return flags;
}

// Another spelling of some of the same facts.
Json remote_capabilities(const CarSpec& spec) {
  return {{"acsettingEnabled", spec.climate},
          {"allowHvacOverrideCapable", false},
          {"dlockUnlockCapable", spec.commands.contains("door-lock")},
          {"estartEnabled", spec.climate},
          {"estartStopCapable", spec.climate},
          {"estopEnabled", spec.climate},
          {"guestDriverCapable", false},
          {"hazardCapable", spec.commands.contains("hazard-on")},
          {"headLightCapable", false},
          {"moonRoofCapable", false},
          {"powerWindowCapable", spec.commands.contains("power-window-close")},
          {"steeringWheelHeaterCapable", false},
          {"trunkCapable", spec.commands.contains("trunk-lock")},
          {"vehicleFinderCapable", false},
          {"ventilatorCapable", false}};
}

Json features(const CarSpec& spec) {
  Json flags;
  for (const auto* no : {"achPayment",
                         "autoDrive",
                         "cerence",
                         "collisionAssistance",
                         "connectedInsurance",
                         "crashNotification",
                         "criticalAlert",
                         "dashboardLights",
                         "digitalKey",
                         "drivePulse",
                         "driverScore",
                         "dtcAccess",
                         "ecoHistory",
                         "emergencyAssist",
                         "flexRental",
                         "h2FuelStation",
                         "hydrogenPulse",
                         "importantMessage",
                         "ownersManual",
                         "paidProduct",
                         "recentTrip",
                         "remoteParking",
                         "safetyRecall",
                         "tirePressure",
                         "addServiceRecord",
                         "connectedCard",
                         "connectedSupport",
                         "dealerAppointment",
                         "driverCompanion",
                         "dynamicNavi",
                         "ecoRanking",
                         "electricPulse",
                         "enhancedSecuritySystem",
                         "financialServices",
                         "howToVideos",
                         "insurance",
                         "lcfs",
                         "linkedAccounts",
                         "maintenanceTimeline",
                         "marketingCard",
                         "marketingConsent",
                         "masterConsentEditable",
                         "myDestination",
                         "parkedVehicleLocator",
                         "parking",
                         "parkingNotes",
                         "personalizedSettings",
                         "remoteDtc",
                         "roadsideAssistance",
                         "scheduleMaintenance",
                         "shopGenuineParts",
                         "ssaDownload",
                         "sxmRadio",
                         "tff",
                         "v1g",
                         "vaSetting",
                         "vehicleHealthReport",
                         "vehicleSpecifications",
                         "weHybrid",
                         "xcapp",
                         "wifi"}) {
    flags[no] = 0;
  }
  for (const auto* yes : {"lastParked", "privacy", "remoteService", "serviceHistory", "telemetry",
                          "vehicleDiagnostic", "vehicleStatus"}) {
    flags[yes] = 1;
  }
  const int electric = battery(spec) ? 1 : 0;
  flags["chargingStation"] = electric;
  flags["climateStartEngine"] = spec.climate ? 1 : 0;
  flags["doorLockCapable"] = spec.commands.contains("door-lock") ? 1 : 0;
  flags["evChargeStation"] = electric;
  flags["evRemoteServices"] = electric;
  flags["evVehicleStatus"] = electric;
  flags["homeCharge"] = electric;
  flags["hybridPulse"] = spec.drive == Drive::hev || spec.drive == Drive::phev ? 1 : 0;
  flags["smartCharging"] = electric;
  return flags;
}

Json capability(const char* name, bool value) {
  return {{"name", name},
          {"description", nullptr},
          {"value", value},
          {"display", true},
          {"displayName", nullptr},
          {"translation", {{"english", nullptr}, {"french", nullptr}, {"spanish", nullptr}}}};
}

Json subscription(const CarSpec& spec, const char* name, const char* code, const char* end,
                  Time now) {
  const auto until = base::Zone::utc().midnight(*base::parse_date(end));
  const auto days = std::chrono::duration_cast<std::chrono::hours>(until - now).count() / 24;
  return {{"subscriptionID", spec.vin + "-" + code},
          {"productName", name},
          {"displayProductName", name},
          {"productCode", code},
          {"productDescription", name},
          {"productLine", code},
          {"status", "ACTIVE"},
          {"type", "Trial"},
          {"category", "STANDALONE"},
          {"components", nullptr},
          {"subscriptionStartDate", "2024-06-03"},
          {"subscriptionEndDate", end},
          {"subscriptionRemainingDays", days},
          {"subscriptionTerm", "YRLY"},
          {"term", 48},
          {"termUnit", "MTH"},
          {"autoRenew", false},
          {"renewable", false},
          {"futureCancel", false}};
}

// Nothing in them, but clients that read the list as strict records want them to be there.
void add_empty_fields(Json& vehicle) {
  const Json link = {{"body", nullptr},
                     {"buttonText", nullptr},
                     {"imageUrl", nullptr},
                     {"link", nullptr},
                     {"name", nullptr}};
  for (const auto* name : {"ctsLinks", "personalizedSettings", "tffLinks"}) vehicle[name] = link;
  for (const auto* name : {"contractId", "dcms", "emergencyContact", "externalSubscriptions",
                           "suffixCode", "vehicleDataConsents", "faqUrl", "shopGenuinePartsUrl"}) {
    vehicle[name] = nullptr;
  }
  for (const auto* name : {"familySharing", "subscriptionExpirationStatus", "svlStatus"}) {
    vehicle[name] = false;
  }
  vehicle["vehicleCapabilities"] = Json::array();
  vehicle["displaySubscriptions"] = Json::array();
  vehicle["dcm"]["dcmSupplierName"] = nullptr;
  vehicle["dcm"]["vehicleUnitTerminalNumber"] = nullptr;
  vehicle["headUnit"]["huDescription"] = nullptr;
  for (auto& one : vehicle["subscriptions"]) {
    for (const auto* name : {"goodwillIssuedFor", "productType", "subscriptionNextBillingDate",
                             "subscriptionRemainingTerm"}) {
      one[name] = nullptr;
    }
    one["consolidatedGoodwillIds"] = Json::array();
    one["consolidatedProductIds"] = Json::array();
    one["displayTerm"] = one["subscriptionEndDate"];
  }
}

Json vehicle_of(const Call& call, const Car& car) {
  const auto& spec = car.spec();
  const auto mood = call.world.mood(car);
  const auto full = fmt::format("{} {}", spec.model_year,
                                (spec.brand == "L"   ? "Lexus "
                                 : spec.brand == "S" ? "Subaru "
                                                     : "Toyota ") +
                                    spec.model_name);
  Json vehicle = {{"vin", spec.vin},
                  {"brand", spec.brand},
                  {"region", "EU"},
                  {"status", "ACTIVE"},
                  {"generation", spec.generation},
                  {"modelName", spec.model_name},
                  {"modelDescription", spec.model_name},
                  {"modelCode", spec.model_code},
                  {"modelYear", std::to_string(spec.model_year)},
                  {"carlineName", spec.car_line},
                  {"displayModelDescription", full},
                  {"nickName", car.nick_name},
                  {"registrationNumber", spec.plate},
                  {"color", spec.color},
                  {"image", "https://images.example.com/" + spec.model_code + ".png"},
                  {"stockPicReference", nullptr},
                  {"fuelType", spec.fuel_type},
                  {"evVehicle", battery(spec)},
                  {"electricalPlatformCode", "19"},
                  {"hwType", nullptr},
                  {"asiCode", "FB"},
                  {"imei", fmt::format("35000000{:07}", spec.seed % 10000000)},
                  {"katashikiCode", spec.model_code + "L-SIMUL"},
                  {"manufacturerCode", "TOY"},
                  {"manufacturedDate", "2024-04-22"},
                  {"dateOfFirstUse", "2024-06-03"},
                  {"transmissionType", nullptr},
                  {"subscriptionStatus", "SUBSCRIBED"},
                  {"remoteSubscriptionStatus", "ACTIVE"},
                  {"remoteSubscriptionExists", true},
                  {"primarySubscriber", true},
                  {"remoteUser", true},
                  {"remoteUserGuid", call.user.guid},
                  {"subscriberGuid", call.user.guid},
                  {"remoteDisplay", mood.remote_display.empty() ? "7" : mood.remote_display},
                  {"dcmActive", true},
                  {"owner", true},
                  {"commercialRental", false},
                  {"serviceConnectStatus", nullptr},
                  {"preferred", 1},
                  {"nonCvtVehicle", false},
                  {"fleetInd", nullptr},
                  {"oldImei", nullptr}};
  vehicle["dataConsent"] = {
      {"serviceConnect", "True"}, {"can300", "True"}, {"dealerContact", "False"}, {"ubi", "False"}};
  vehicle["dcm"] = {{"dcmModelYear", "19"},
                    {"dcmDestination", "10"},
                    {"countryCode", "49"},
                    {"dcmSupplier", "65"},
                    {"dcmGrade", "1"},
                    {"hardwareType", nullptr},
                    {"euiccid", fmt::format("8949000000000000{:016}", spec.seed % 100000000)}};
  vehicle["headUnit"] = {{"mobilePlatformCode", nullptr},
                         {"huGeneration", nullptr},
                         {"huVersion", nullptr},
                         {"multimediaType", nullptr}};
  vehicle["features"] = features(spec);
  vehicle["extendedCapabilities"] = extended_capabilities(spec);
  vehicle["remoteServiceCapabilities"] = remote_capabilities(spec);
  vehicle["capabilities"] = Json::array(
      {capability("EvRemoteService", battery(spec)), capability("androidAutoCapable", true)});
  vehicle["subscriptions"] = Json::array(
      {subscription(spec, "REMOTE SERVICES", "PROD_REMOTESERVICE", "2028-06-03", call.now),
       subscription(spec, "STANDARD SERVICES", "PROD_STANDARDSERVICES", "2034-06-03", call.now)});
  vehicle["services"] = Json::array();
  vehicle["alerts"] = Json::array();
  vehicle["remoteServicesExceptions"] = Json::array();
  add_empty_fields(vehicle);
  return vehicle;
}

}  // namespace

Reply vehicle_list(const Call& call) {
  const auto brand =
      call.request.header("x-appbrand").value_or(call.request.header("x-brand").value_or("T"));
  Json list = Json::array();
  for (const auto& car : call.world.cars) {
    if (!World::owns(call.user, car->spec())) continue;
    // The Lexus and Subaru apps show their own make; the Toyota app shows all that is owned.
    if (brand != "T" && brand != car->spec().brand) continue;
    list.push_back(vehicle_of(call, *car));
  }
  return envelope_a(std::move(list), "ONE-VL-10000", "Request Processed successfully");
}

Reply set_alias(const Call& call) {
  const auto body = parse_body(call.request.body);
  const auto vin = body ? text_of(*body, "vin") : std::nullopt;
  const auto name = body ? text_of(*body, "nickName") : std::nullopt;
  if (!vin || !name || name->size() > 100) {
    return error_a(400, "ONE-GLOBAL-RS-10003", "Bad Request", "vin and nickName are needed");
  }
  auto* car = call.world.car(*vin);
  if (car == nullptr || !World::owns(call.user, car->spec())) {
    return gateway_error(403, "invalid guid and vin mapping");
  }
  if (car->spec().brand == "S") return gateway_error(403, "Unauthorized");
  car->nick_name = *name;
  return envelope_a(Json::object(), "ONE-GLOBAL-RS-10000", "Request Processed successfully");
}

Reply account(const Call& call) {
  const auto& user = call.user;
  Json terms = {{"timeStamp", 1717408743310}, {"version", "TME_CP_DE_V8"}};
  Json email = {{"emailAddress", user.name},
                {"emailType", "forgerock"},
                {"emailVerified", true},
                {"verificationDate", 1717408743310}};
  Json customer = {{"accountStatus", "active"},
                   {"additionalAttributes",
                    {{"isTermsAccepted", true}, {"termsActivity", Json::array({terms})}}},
                   {"createDate", 1717408743310},
                   {"createSource", "TME_FR"},
                   {"customerType", "PERSON"},
                   {"emails", Json::array({email})},
                   {"firstName", "Sam"},
                   {"lastName", "Sample"},
                   {"forgerockId", user.guid},
                   {"guid", user.guid},
                   {"isCpMigrated", false},
                   {"lastUpdateDate", 1717408743310},
                   {"lastUpdateSource", "CT_FR"},
                   {"phoneNumbers", Json::array()},
                   {"preferredLanguage", "en-GB"},
                   {"uiLanguage", "en-GB"},
                   {"signupType", "regular"}};
  return envelope_a({{"customer", std::move(customer)}}, "OCPR-0000", "Customer Found");
}

}  // namespace toyota2mqtt::simulator
