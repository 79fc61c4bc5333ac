#include "toyota2mqtt/setup/set_up.hpp"

#include <utility>

#include "json/json_io.hpp"

namespace toyota2mqtt::setup {

namespace {

using json_io::Json;

std::optional<toyota::Credentials> account_of(const Json& entry) {
  auto username = json_io::text_member(entry, "username");
  auto password = json_io::text_member(entry, "password");
  const auto brand = vehicle::parse_brand(json_io::text_member(entry, "brand").value_or(""));
  if (!username || username->empty() || !password || !brand) return std::nullopt;
  return toyota::Credentials{.username = std::move(*username),
                             .password = base::Secret(std::move(*password)),
                             .brand = *brand};
}

SavedCar car_of(const Json& entry) {
  SavedCar car;
  car.used = json_io::flag_member(entry, "used");
  car.abrp_token = base::Secret(json_io::text_member(entry, "abrp_token").value_or(""));
  return car;
}

}  // namespace

std::string encode_set_up(const SetUp& set_up) {
  Json accounts = Json::array();
  for (const auto& account : set_up.accounts) {
    accounts.push_back({{"username", account.username},
                        {"password", account.password.reveal()},
                        {"brand", vehicle::to_string(account.brand)}});
  }
  Json cars = Json::object();
  for (const auto& [vin, car] : set_up.cars) {
    Json entry = Json::object();
    if (car.used) entry["used"] = *car.used;
    if (!car.abrp_token.empty()) entry["abrp_token"] = car.abrp_token.reveal();
    cars[vin.reveal()] = std::move(entry);
  }
  Json all = {{"accounts", std::move(accounts)}, {"cars", std::move(cars)}};
  if (!set_up.abrp_api_key.empty()) all["abrp_api_key"] = set_up.abrp_api_key.reveal();
  return json_io::to_text(all);
}

std::optional<SetUp> decode_set_up(std::string_view text) {
  const auto all = json_io::parse_object(text);
  if (!all) return std::nullopt;
  SetUp set_up;
  if (const auto* accounts = json_io::member(*all, "accounts");
      accounts != nullptr && accounts->is_array()) {
    for (const auto& entry : *accounts) {
      if (auto account = account_of(entry)) set_up.accounts.push_back(std::move(*account));
    }
  }
  if (const auto* cars = json_io::member(*all, "cars"); cars != nullptr && cars->is_object()) {
    for (const auto& [text_of_vin, entry] : cars->items()) {
      const auto vin = base::Vin::parse(text_of_vin);
      if (vin) set_up.cars.insert_or_assign(*vin, car_of(entry));
    }
  }
  set_up.abrp_api_key = base::Secret(json_io::text_member(*all, "abrp_api_key").value_or(""));
  return set_up;
}

base::Task<base::Result<SetUp>> SealedSetUpStore::load() {
  const auto text = co_await document_.load();
  if (!text) co_return base::fail(text.error());
  auto set_up = *text ? decode_set_up((*text)->reveal()) : std::nullopt;
  co_return std::move(set_up).value_or(SetUp());
}

base::Task<base::Result<void>> SealedSetUpStore::save(SetUp set_up) {
  co_return co_await document_.save(base::Secret(encode_set_up(set_up)));
}

}  // namespace toyota2mqtt::setup
