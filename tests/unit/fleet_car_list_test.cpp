#include "support/catch.hpp"
#include "support/plain_car.hpp"
#include "toyota2mqtt/fleet/car_list.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using fleet::CarList;

namespace {

const base::Time kListedAt = base::parse_iso8601("2026-11-30T11:00:00Z").value();

toyota::ListedVehicle listed_car(const char* vin) {
  return {.identity = test::plain_car(vin).identity, .state = {}};
}

std::vector<std::string> vins_of(const std::vector<toyota::ListedVehicle>& cars) {
  std::vector<std::string> vins;
  for (const auto& car : cars) vins.push_back(car.identity.vin.reveal());
  return vins;
}

constexpr const char* kOne = "JTMTEST0000000001";
constexpr const char* kTwo = "JTMTEST0000000002";

}  // namespace

TEST_CASE("a car that one list lacks stays, and is back with the next") {
  CarList list;
  CHECK(list.take({listed_car(kOne), listed_car(kTwo)}, kListedAt) == CarList::Changes{});
  const auto lacking = list.take({listed_car(kTwo)}, kListedAt + 1h);
  CHECK(lacking.missing.size() == 1);
  CHECK(lacking.gone.empty());
  CHECK(vins_of(list.cars()) == std::vector<std::string>{kTwo, kOne});
  CHECK(list.any_missing());
  const auto again = list.take({listed_car(kOne), listed_car(kTwo)}, kListedAt + 2h);
  CHECK(again.back.size() == 1);
  CHECK_FALSE(list.any_missing());
}

TEST_CASE("a car goes when a second list, at least ten minutes later, lacks it too") {
  CarList list;
  list.take({listed_car(kOne), listed_car(kTwo)}, kListedAt);
  CHECK(list.take({}, kListedAt + 1h).missing.size() == 2);
  for (const auto soon : {1s, 60s, 599s}) {
    const auto changes = list.take({}, kListedAt + 1h + soon);
    CHECK(changes == CarList::Changes{});
    CHECK(list.cars().size() == 2);
  }
  const auto changes = list.take({listed_car(kTwo)}, kListedAt + 1h + 10min);
  CHECK(changes.gone == std::vector{base::Vin::parse(kOne).value()});
  CHECK(changes.back == std::vector{base::Vin::parse(kTwo).value()});
  CHECK(vins_of(list.cars()) == std::vector<std::string>{kTwo});
}

TEST_CASE("what an earlier run knew counts, with the time since when it was missing") {
  CarList list;
  list.recall(listed_car(kOne), std::nullopt);
  list.recall(listed_car(kTwo), kListedAt - 1h);
  CHECK(list.certain());
  const auto changes = list.take({}, kListedAt);
  CHECK(changes.missing == std::vector{base::Vin::parse(kOne).value()});
  CHECK(changes.gone == std::vector{base::Vin::parse(kTwo).value()});
  CHECK(list.missing_since(base::Vin::parse(kOne).value()) == kListedAt);
}

TEST_CASE("without memory nothing is certain before the second list") {
  CarList list;
  list.take({}, kListedAt);
  CHECK_FALSE(list.certain());
  list.take({}, kListedAt + 9min);
  CHECK_FALSE(list.certain());
  list.take({}, kListedAt + 10min);
  CHECK(list.certain());
}

TEST_CASE("a clock that is set back makes the wait begin anew, and no car go early") {
  CarList list;
  list.take({listed_car(kOne)}, kListedAt);
  list.take({}, kListedAt + 24h);
  CHECK(list.take({}, kListedAt + 1h).gone.empty());
  CHECK(list.take({}, kListedAt + 1h + 9min).gone.empty());
  CHECK(list.take({}, kListedAt + 1h + 10min).gone.size() == 1);
}
