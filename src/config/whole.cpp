#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "config/files.hpp"
#include "config/reader.hpp"

namespace toyota2mqtt::config {
namespace {

Place place_of(const Draft& draft, const std::string& path) {
  const auto found = draft.places.find(path);
  return found == draft.places.end() ? Place{} : found->second;
}

std::string folded(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

void check_accounts(const Draft& draft, Problems& problems) {
  std::set<std::pair<std::string, vehicle::Brand>> seen;
  const auto& accounts = draft.settings.accounts;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    if (accounts[i].username.empty()) continue;
    if (seen.emplace(folded(accounts[i].username), accounts[i].brand).second) continue;
    const std::string path = item_path("accounts", i) + ".username";
    problems.add(place_of(draft, path), path, "an account that is there already",
                 "each account once");
  }
}

void check_vehicles(const Draft& draft, Problems& problems) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < draft.vehicles.size(); ++i) {
    const auto& vin = draft.vehicles[i].vin;
    if (!vin || seen.insert(folded(vin->reveal())).second) continue;
    const std::string path = item_path("vehicles", i) + ".vin";
    problems.add(place_of(draft, path), path, "a car that is there already", "each car once");
  }
}

void check_broker(const Draft& draft, Problems& problems) {
  const bool cert = draft.places.contains("mqtt.cert_file");
  const bool key = draft.places.contains("mqtt.key_file");
  if (cert != key) {
    const std::string given = cert ? "mqtt.cert_file" : "mqtt.key_file";
    problems.add(place_of(draft, given), cert ? "mqtt.key_file" : "mqtt.cert_file", "nothing",
                 fmt::format("the other half of {}", given));
  }
  for (const std::string path : {"mqtt.ca_file", "mqtt.cert_file", "mqtt.key_file"}) {
    if (!draft.places.contains(path) || draft.settings.mqtt.tls) continue;
    problems.add(place_of(draft, path), path, "a certificate without TLS", "mqtt.tls: true");
    return;
  }
}

void check_wake(const Draft& draft, Problems& problems) {
  const auto& wake = draft.settings.wake;
  if (!std::ranges::is_sorted(wake.after_stop)) {
    problems.add(place_of(draft, "wake.after_stop"), "wake.after_stop", "times out of order",
                 "the shortest time first");
  }
  if (wake.reserved_for_commands > wake.max_per_day) {
    const bool given = draft.places.contains("wake.reserved_for_commands");
    const std::string path = given ? "wake.reserved_for_commands" : "wake.max_per_day";
    problems.add(place_of(draft, path), path,
                 fmt::format("{} of {} wakes", wake.reserved_for_commands, wake.max_per_day),
                 "at most as many wakes for commands as there are in a day");
  }
}

bool any_vehicle_token(const Draft& draft) {
  for (std::size_t i = 0; i < draft.vehicles.size(); ++i) {
    if (draft.places.contains(item_path("vehicles", i) + ".abrp_token")) return true;
  }
  return false;
}

void check_abrp(const Draft& draft, Problems& problems) {
  const bool token = draft.places.contains("abrp.token");
  const auto used = std::ranges::count(draft.vehicles, false, &VehicleDraft::ignore);
  if (token && used > 1) {
    problems.add(place_of(draft, "abrp.token"), "abrp.token",
                 fmt::format("one token for {} cars", used),
                 "vehicles[].abrp_token for each car, because a token names one car in ABRP");
  }
  if ((token || any_vehicle_token(draft)) && !draft.places.contains("abrp.api_key")) {
    problems.add({}, "abrp.api_key", "nothing", "the key that belongs to the tokens given");
  }
}

}  // namespace

void check_whole(const Draft& draft, Problems& problems) {
  check_accounts(draft, problems);
  check_vehicles(draft, problems);
  check_broker(draft, problems);
  check_abrp(draft, problems);
  check_wake(draft, problems);
}

std::vector<std::string> warnings_of(const Draft& draft, const std::string& file) {
  std::vector<std::string> warnings;
  const bool token = draft.places.contains("abrp.token") || any_vehicle_token(draft);
  if (draft.places.contains("abrp.api_key") && !token) {
    warnings.emplace_back("abrp.api_key is set, but no token of a car: nothing is sent to ABRP.");
  }
  if (draft.places.contains("mqtt.password") && !draft.places.contains("mqtt.username")) {
    warnings.emplace_back("mqtt.password is set, but mqtt.username is not.");
  }
  const auto& commands = draft.settings.commands;
  const bool opens = commands.allow.contains(vehicle::Allow::unlock) ||
                     commands.allow.contains(vehicle::Allow::trunk);
  if (opens && commands.unlock_code.empty()) {
    warnings.emplace_back(
        "commands.allow lets a car be opened without a code: everybody who may write to the broker "
        "can do it. commands.unlock_code asks for one.");
  }
  if (!opens && !commands.unlock_code.empty()) {
    warnings.emplace_back(
        "commands.unlock_code is set, but commands.allow holds neither unlock nor trunk.");
  }
  const auto& prices = draft.settings.history.prices;
  if (prices.electricity_price_night.has_value() &&
      (prices.night.empty() || !prices.electricity_price)) {
    warnings.emplace_back(
        "history.electricity_price_night is set, but history.night or history.electricity_price is "
        "not: it is not used.");
  }
  // The Supervisor writes the add-on's options itself, in a container of one user.
  if (draft.secret_in_file && file != "/data/options.json" && readable_by_all(file)) {
    warnings.push_back(fmt::format(
        "{} holds secrets and every user of this machine may read it: chmod 600 {}", file, file));
  }
  return warnings;
}

}  // namespace toyota2mqtt::config
