#include "platform/set_up_file.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace toyota2mqtt::platform {

namespace {

using nlohmann::json;

std::optional<std::string> text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<vehicle::Brand> brand_of(std::string_view name) {
  using vehicle::Brand;
  for (const auto brand : std::array{Brand::toyota, Brand::lexus, Brand::subaru}) {
    if (vehicle::to_string(brand) == name) return brand;
  }
  return std::nullopt;
}

std::optional<toyota::Credentials> account_of(const json& entry) {
  if (!entry.is_object()) return std::nullopt;
  auto username = text_of(entry, "username");
  auto password = text_of(entry, "password");
  const auto brand = brand_of(text_of(entry, "brand").value_or(""));
  if (!username || username->empty() || !password || !brand) return std::nullopt;
  return toyota::Credentials{.username = std::move(*username),
                             .password = base::Secret(std::move(*password)),
                             .brand = *brand};
}

bridge::SavedCar car_of(const json& entry) {
  bridge::SavedCar car;
  if (!entry.is_object()) return car;
  const auto used = entry.find("used");
  if (used != entry.end() && used->is_boolean()) car.used = used->get<bool>();
  car.abrp_token = base::Secret(text_of(entry, "abrp_token").value_or(""));
  return car;
}

}  // namespace

std::string encode_set_up(const bridge::SetUp& set_up) {
  json accounts = json::array();
  for (const auto& account : set_up.accounts) {
    accounts.push_back({{"username", account.username},
                        {"password", account.password.reveal()},
                        {"brand", vehicle::to_string(account.brand)}});
  }
  json cars = json::object();
  for (const auto& [vin, car] : set_up.cars) {
    json entry = json::object();
    if (car.used) entry["used"] = *car.used;
    if (!car.abrp_token.empty()) entry["abrp_token"] = car.abrp_token.reveal();
    cars[vin.reveal()] = std::move(entry);
  }
  json all = {{"accounts", std::move(accounts)}, {"cars", std::move(cars)}};
  if (!set_up.abrp_api_key.empty()) all["abrp_api_key"] = set_up.abrp_api_key.reveal();
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<bridge::SetUp> decode_set_up(std::string_view text) {
  const auto all = json::parse(text, nullptr, false);
  if (!all.is_object()) return std::nullopt;
  bridge::SetUp set_up;
  if (const auto accounts = all.find("accounts"); accounts != all.end() && accounts->is_array()) {
    for (const auto& entry : *accounts) {
      if (auto account = account_of(entry)) set_up.accounts.push_back(std::move(*account));
    }
  }
  if (const auto cars = all.find("cars"); cars != all.end() && cars->is_object()) {
    for (const auto& [text_of_vin, entry] : cars->items()) {
      const auto vin = base::Vin::parse(text_of_vin);
      if (vin) set_up.cars.insert_or_assign(*vin, car_of(entry));
    }
  }
  set_up.abrp_api_key = base::Secret(text_of(all, "abrp_api_key").value_or(""));
  return set_up;
}

}  // namespace toyota2mqtt::platform
