#include "support/fake_owner_actions.hpp"

#include <algorithm>
#include <stdexcept>

#include "toyota/routes.hpp"
#include "toyota/sign_in.hpp"

namespace toyota2mqtt::test {

using base::ErrorCode;
using namespace std::chrono_literals;

base::Error error_of(Mischief mischief) {
  const auto& brand = toyota::constants_of(vehicle::Brand::toyota);
  switch (mischief) {
    case Mischief::wrong_password: return toyota::wrong_password(brand);
    case Mischief::unknown_user: return toyota::unknown_user(brand);
    case Mischief::one_time_code: return toyota::one_time_code_wanted(brand);
    case Mischief::locked: return toyota::account_locked(brand);
    case Mischief::terms: return toyota::terms_open(brand);
    case Mischief::social: return toyota::social_account(brand);
    case Mischief::too_many_tries:
      return {.code = ErrorCode::rate_limited,
              .message =
                  "The password was sent 3 times within a day; the next sign-in waits until "
                  "2026-11-21T12:00:00Z, lest the account be locked",
              .remedy =
                  "Until then sign out of the MyToyota app and in again: so you know which e-mail "
                  "address and password work. If they are the ones given here, nothing needs "
                  "to be done."};
    case Mischief::unreachable:
      return {.code = ErrorCode::unreachable,
              .message = "login.example.com:443 /json/authenticate: Could not resolve host"};
    case Mischief::storage_full:
      return {.code = ErrorCode::storage_failed,
              .message = "the database refused",
              .remedy = "Make the directory writable"};
    default: return {};
  }
}

base::Task<base::Result<void>> FakeOwnerActions::step() {
  switch (mischief) {
    case Mischief::none: break;
    case Mischief::throws: throw std::runtime_error("on purpose");
    case Mischief::slow: {
      const auto event = std::make_shared<base::Event>();
      waiting_.push_back(event);
      if (auto woken = co_await event->wait(); !woken) co_return base::fail(woken.error());
      break;
    }
    default: co_return base::fail(error_of(mischief));
  }
  co_return base::Result<void>();
}

void FakeOwnerActions::release() {
  for (const auto& event : std::exchange(waiting_, {})) event->notify();
}

std::string FakeOwnerActions::find_account(std::string_view username,
                                           vehicle::Brand /*brand*/) const {
  const auto found = names.find(std::string(username));
  return found == names.end() ? std::string() : found->second;
}

base::Task<base::Result<void>> FakeOwnerActions::add_account(setup::NewAccount account,
                                                             bool again) {
  sign_ins.push_back(account);
  agains.push_back(again);
  if (auto done = co_await step(); !done) co_return done;
  if (!names.try_emplace(account.username, "1234567890").second) co_return base::Result<void>();
  state.accounts.push_back({.key = "1234567890",
                            .masked = "d…@e….com",
                            .brand = account.brand,
                            .origin = setup::Origin::page,
                            .status = "ok",
                            .since = state.now});
  state.cars.push_back({.id = {"aaaaaaaaaa"},
                        .name = "Blitz",
                        .model = "Toyota bZ4X",
                        .vin = "…0001",
                        .account_key = "1234567890"});
  state.cars.push_back({.id = {"bbbbbbbbbb"},
                        .name = "Corolla",
                        .model = "Toyota Corolla",
                        .vin = "…0002",
                        .account_key = "1234567890",
                        .electric = false});
  co_return base::Result<void>();
}

base::Task<base::Result<void>> FakeOwnerActions::try_again(std::string account_key) {
  tried_again.push_back(account_key);
  co_return co_await step();
}

base::Task<base::Result<void>> FakeOwnerActions::remove_account(std::string account_key) {
  removed.push_back(account_key);
  if (auto done = co_await step(); !done) co_return done;
  std::erase_if(state.accounts, [&](const auto& account) { return account.key == account_key; });
  std::erase_if(state.cars, [&](const auto& car) { return car.account_key == account_key; });
  co_return base::Result<void>();
}

base::Task<base::Result<void>> FakeOwnerActions::use_cars(std::set<base::CarId> cars) {
  used.push_back(cars);
  if (auto done = co_await step(); !done) co_return done;
  for (auto& car : state.cars) {
    if (car.used_from != setup::Origin::configuration) car.used = cars.contains(car.id);
  }
  co_return base::Result<void>();
}

base::Task<base::Result<std::string>> FakeOwnerActions::check_abrp(setup::AbrpEntry entry) {
  checks.push_back(entry);
  if (auto done = co_await step(); !done) co_return base::fail(done.error());
  co_return abrp_vehicle;
}

base::Task<base::Result<void>> FakeOwnerActions::save_abrp(setup::AbrpEntry entry) {
  saves.push_back(entry);
  if (auto done = co_await step(); !done) co_return done;
  const auto car = std::ranges::find(state.cars, entry.car, &setup::CarCard::id);
  if (car != state.cars.end()) {
    car->abrp_from = entry.token.empty() ? setup::Origin::none : setup::Origin::page;
  }
  co_return base::Result<void>();
}

setup::Overview sample_overview(base::Time now) {
  const auto rejected = error_of(Mischief::wrong_password);
  setup::Overview all{.version = "0.2.0", .now = now};
  all.accounts = {{.key = "1111111111",
                   .masked = "d…@e….com",
                   .origin = setup::Origin::page,
                   .status = "ok",
                   .since = now - 50h},
                  {.key = "2222222222",
                   .masked = "l…@e….org",
                   .brand = vehicle::Brand::lexus,
                   .origin = setup::Origin::configuration,
                   .status = "credentials_rejected",
                   .message = rejected.message,
                   .remedy = rejected.remedy,
                   .since = now - 10min}};
  all.cars = {
      {.id = {"aaaaaaaaaa"},
       .name = "Blitz",
       .model = "Toyota bZ4X",
       .vin = "…0001",
       .account_key = "1111111111",
       .available = true,
       .last_reported = now - 5min,
       .last_read = now - 2min,
       .entities = 31,
       .abrp_status = "ok",
       .abrp_vehicle = "My bZ4X",
       .abrp_last_accepted = now - 5min,
       .abrp_from = setup::Origin::page},
      {.id = {"bbbbbbbbbb"},
       .name = "Corolla",
       .model = "Toyota Corolla",
       .vin = "…0002",
       .account_key = "1111111111",
       .electric = false,
       .available = true,
       .last_reported = now - 75h,
       .last_read = now - 2min,
       .entities = 22},
      {.id = {"cccccccccc"},
       .name = "RAV4",
       .model = "Toyota RAV4 Plug-in",
       .vin = "…0003",
       .account_key = "1111111111",
       .available = false,
       .last_read = now - 30h,
       .entities = 9,
       .abrp_status = "token_rejected",
       .abrp_remedy = "ABRP does not know the token. In ABRP's app open Settings, Connect "
                      "live data, Generic, and copy the token to this program's page, or "
                      "into abrp.token or the vehicle's abrp_token and restart. An OBD link "
                      "of that vehicle must be removed in ABRP first.",
       .abrp_from = setup::Origin::configuration},
      {.id = {"dddddddddd"},
       .name = "Grandpa's Aygo",
       .model = "Toyota Aygo X",
       .vin = "…0004",
       .account_key = "1111111111",
       .electric = false,
       .used = false,
       .used_from = setup::Origin::configuration}};
  all.broker = {.connected = true,
                .where = "core-mosquitto:1883",
                .from_supervisor = true,
                .since = now - 26h};
  all.entities = 62;
  all.abrp_key_from = setup::Origin::page;
  return all;
}

}  // namespace toyota2mqtt::test
