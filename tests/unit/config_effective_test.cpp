#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "toyota2mqtt/config/load.hpp"

using namespace toyota2mqtt;

namespace {

config::Settings settings_of(const std::string& text) {
  auto loaded = config::load_text(text, "test.yaml",
                                  [](const std::string&) { return std::optional<std::string>(); });
  for (const auto& problem : loaded.problems) INFO(config::to_string(problem));
  REQUIRE(loaded.problems.empty());
  return loaded.settings;
}

}  // namespace

TEST_CASE("the effective configuration tells every key, and no secret, name, address or VIN") {
  const auto text = config::effective_json(settings_of(R"(
accounts:
  - username: canary@example.com
    password: "canary-password"
    brand: lexus
vehicles:
  - vin: JTMTEST0000000001
    name: Canary Name
    abrp_token: "canary-token"
    usable_capacity: 64.5
  - vin: JTMTEST0000000002
    ignore: true
mqtt:
  host: broker.example.com
  username: canary-user
  password: "canary-broker"
polling:
  parked: 20m
commands:
  allow: [lock, unlock]
  unlock_code: "canary-code"
abrp:
  api_key: "canary-key"
)"));
  INFO(text);
  CHECK(text.find("anary") == std::string::npos);
  CHECK(text.find("JTMTEST") == std::string::npos);
  const auto shown = nlohmann::json::parse(text);
  CHECK(shown.at("accounts").at(0).at("username") == "c…@e….com");
  CHECK(shown.at("accounts").at(0).at("password") == "***");
  CHECK(shown.at("accounts").at(0).at("brand") == "lexus");
  CHECK(shown.at("vehicles").at(0).at("vin") == "…0001");
  CHECK(shown.at("vehicles").at(0).at("abrp_token") == "***");
  CHECK(shown.at("vehicles").at(0).at("usable_capacity") == 64.5);
  CHECK(shown.at("vehicles").at(1).at("usable_capacity").is_null());
  CHECK(shown.at("vehicles").at(1).at("ignore") == true);
  CHECK(shown.at("mqtt").at("host") == "broker.example.com");
  CHECK(shown.at("mqtt").at("port").is_number());
  CHECK(shown.at("polling").at("parked") == "20m");
  CHECK(shown.at("commands").at("allow") == nlohmann::json{"lock", "unlock"});
  CHECK(shown.at("wake").at("enabled") == true);
  CHECK(shown.at("abrp").at("token") == "");  // it is not set, and may be said so
}
