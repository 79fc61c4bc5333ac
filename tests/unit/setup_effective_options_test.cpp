#include "support/catch.hpp"
#include "toyota2mqtt/fleet/account_session.hpp"
#include "toyota2mqtt/setup/effective_options.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::setup;

namespace {

const base::Vin kOne = base::Vin::parse("JTMTEST0000000001").value();
const base::Vin kTwo = base::Vin::parse("JTMTEST0000000002").value();

toyota::Credentials account(const std::string& name, const std::string& password,
                            vehicle::Brand brand = vehicle::Brand::toyota) {
  return {.username = name, .password = base::Secret(password), .brand = brand};
}

fleet::VehicleOptions car(const base::Vin& vin) {
  return {.vin = vin, .name = {}, .abrp_token = {}};
}

const fleet::VehicleOptions& options_of(const fleet::Options& options, const base::Vin& vin) {
  const auto* found = fleet::find_options(options.vehicles, vin);
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("without a set-up the configuration stays as it is, and the other way round") {
  fleet::Options configured;
  configured.accounts = {account("a@example.com", "p")};
  configured.vehicles = {car(kOne)};
  configured.policy.abrp.token = base::Secret("t");
  const auto merged = effective_options(configured, {});
  CHECK(merged.accounts == configured.accounts);
  CHECK(merged.vehicles == configured.vehicles);
  CHECK(merged.policy.abrp == configured.policy.abrp);

  setup::SetUp saved;
  saved.accounts = {account("a@example.com", "p")};
  saved.cars[kOne] = {.used = false, .abrp_token = base::Secret("t")};
  saved.abrp_api_key = base::Secret("k");
  const auto only_saved = effective_options({}, saved);
  CHECK(only_saved.accounts == saved.accounts);
  CHECK(options_of(only_saved, kOne).ignore);
  CHECK(options_of(only_saved, kOne).abrp_token == base::Secret("t"));
  CHECK(only_saved.policy.abrp.api_key == base::Secret("k"));
}

TEST_CASE("an account of the configuration wins over a saved one of the same name and brand") {
  fleet::Options configured;
  configured.accounts = {account("Driver@example.com", "of the file")};
  setup::SetUp saved;
  saved.accounts = {account("driver@EXAMPLE.com", "of the page"),
                    account("driver@example.com", "lexus", vehicle::Brand::lexus),
                    account("other@example.com", "other")};
  const auto merged = effective_options(configured, saved);
  REQUIRE(merged.accounts.size() == 3);
  CHECK(merged.accounts[0].password == base::Secret("of the file"));
  CHECK(merged.accounts[1].password == base::Secret("lexus"));
  CHECK(merged.accounts[2].password == base::Secret("other"));
  CHECK(account_origin(configured, saved, saved.accounts[0]) == Origin::configuration);
  CHECK(account_origin(configured, saved, saved.accounts[1]) == Origin::page);
  CHECK(account_origin(configured, saved, account("nobody@example.com", "")) == Origin::none);
}

TEST_CASE("what the configuration says about a car wins field by field") {
  fleet::Options configured;
  configured.vehicles = {car(kOne)};
  auto& vehicle = configured.vehicles.front();
  vehicle.name = "Blitz";
  setup::SetUp saved;
  saved.cars[kOne] = {.used = false, .abrp_token = base::Secret("of the page")};

  SECTION("a name alone leaves the rest to the page") {
    const auto merged = effective_options(configured, saved);
    REQUIRE(merged.vehicles.size() == 1);
    CHECK(options_of(merged, kOne).name == "Blitz");
    CHECK(options_of(merged, kOne).ignore);
    CHECK(options_of(merged, kOne).abrp_token == base::Secret("of the page"));
    CHECK(used_origin(configured, saved, kOne) == Origin::page);
    CHECK(abrp_token_origin(configured, saved, kOne) == Origin::page);
  }
  SECTION("ignore: false in the configuration keeps the car") {
    vehicle.says_ignore = true;
    CHECK(!options_of(effective_options(configured, saved), kOne).ignore);
    CHECK(used_origin(configured, saved, kOne) == Origin::configuration);
  }
  SECTION("ignore: true in the configuration leaves the car out") {
    vehicle.says_ignore = vehicle.ignore = true;
    saved.cars[kOne].used = true;
    CHECK(options_of(effective_options(configured, saved), kOne).ignore);
    CHECK(used_origin(configured, saved, kOne) == Origin::configuration);
  }
  SECTION("its token wins, the rest stays the page's") {
    vehicle.abrp_token = base::Secret("of the file");
    const auto merged = effective_options(configured, saved);
    CHECK(options_of(merged, kOne).abrp_token == base::Secret("of the file"));
    CHECK(options_of(merged, kOne).ignore);
    CHECK(abrp_token_origin(configured, saved, kOne) == Origin::configuration);
  }
}

TEST_CASE("cars that only the page knows are added") {
  fleet::Options configured;
  configured.vehicles = {car(kOne)};
  setup::SetUp saved;
  saved.cars[kTwo] = {.used = true};
  const auto merged = effective_options(configured, saved);
  CHECK(merged.vehicles.size() == 2);
  CHECK(!options_of(merged, kTwo).ignore);
  CHECK(used_origin(configured, saved, kTwo) == Origin::page);
  CHECK(used_origin(configured, saved, kOne) == Origin::none);
}

TEST_CASE("the configuration's ABRP key wins, and its one token hides every saved token") {
  fleet::Options configured;
  configured.policy.abrp.api_key = base::Secret("key of the file");
  setup::SetUp saved;
  saved.abrp_api_key = base::Secret("key of the page");
  saved.cars[kOne] = {.used = {}, .abrp_token = base::Secret("of the page")};

  CHECK(effective_options(configured, saved).policy.abrp.api_key ==
        base::Secret("key of the file"));
  CHECK(abrp_key_origin(configured, saved) == Origin::configuration);
  CHECK(options_of(effective_options(configured, saved), kOne).abrp_token ==
        base::Secret("of the page"));

  configured.policy.abrp.token = base::Secret("token of the file");
  const auto merged = effective_options(configured, saved);
  CHECK(merged.policy.abrp.token == base::Secret("token of the file"));
  CHECK(options_of(merged, kOne).abrp_token.empty());
  CHECK(abrp_token_origin(configured, saved, kOne) == Origin::configuration);

  configured.policy.abrp = {};
  CHECK(effective_options(configured, saved).policy.abrp.api_key ==
        base::Secret("key of the page"));
  CHECK(abrp_key_origin(configured, saved) == Origin::page);
  CHECK(abrp_key_origin(configured, {}) == Origin::none);
  CHECK(abrp_token_origin(configured, {}, kOne) == Origin::none);
}

TEST_CASE("merging touches nothing that the page cannot say") {
  fleet::Options configured;
  configured.policy.polling.parked = std::chrono::minutes(7);
  configured.policy.abrp.send_location = false;
  configured.endpoints.api_url = "http://127.0.0.1:1";
  setup::SetUp saved;
  saved.accounts = {account("a@example.com", "p")};
  saved.abrp_api_key = base::Secret("k");
  const auto merged = effective_options(configured, saved);
  CHECK(merged.policy.polling == configured.policy.polling);
  CHECK(!merged.policy.abrp.send_location);
  CHECK(merged.endpoints == configured.endpoints);
}
