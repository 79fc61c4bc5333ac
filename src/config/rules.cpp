#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "config/document.hpp"
#include "config/reader.hpp"
#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::config {
namespace {

Place place_of(const Draft& draft, const std::string& path) {
  const auto found = draft.places.find(path);
  return found == draft.places.end() ? Place{} : found->second;
}

void check_accounts(const Draft& draft, Problems& problems) {
  std::set<std::pair<std::string, vehicle::Brand>> seen;
  const auto& accounts = draft.settings.fleet.accounts;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    if (accounts[i].username.empty()) continue;
    if (seen.emplace(base::lower_case(accounts[i].username), accounts[i].brand).second) continue;
    const std::string path = item_path("accounts", i) + ".username";
    problems.add(place_of(draft, path), path, "an account that is there already",
                 "each account once");
  }
}

void check_vehicles(const Draft& draft, Problems& problems) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < draft.vehicles.size(); ++i) {
    const auto& vin = draft.vehicles[i].vin;
    if (!vin || seen.insert(base::lower_case(vin->reveal())).second) continue;
    const std::string path = item_path("vehicles", i) + ".vin";
    problems.add(place_of(draft, path), path, "a car that is there already", "each car once");
  }
}

void check_pair(const Draft& draft, Problems& problems, const std::string& section) {
  const auto cert_path = section + ".cert_file";
  const auto key_path = section + ".key_file";
  const bool cert = draft.places.contains(cert_path);
  if (cert == draft.places.contains(key_path)) return;
  const auto& given = cert ? cert_path : key_path;
  problems.add(place_of(draft, given), cert ? key_path : cert_path, "nothing",
               fmt::format("the other half of {}", given));
}

void check_broker(const Draft& draft, Problems& problems) {
  check_pair(draft, problems, "mqtt");
  for (const std::string path : {"mqtt.ca_file", "mqtt.cert_file", "mqtt.key_file"}) {
    if (!draft.places.contains(path) || draft.settings.mqtt.tls) continue;
    problems.add(place_of(draft, path), path, "a certificate without TLS", "mqtt.tls: true");
    return;
  }
}

void check_wake(const Draft& draft, Problems& problems) {
  const auto& wake = draft.settings.fleet.policy.wake;
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

void check_users(const Draft& draft, Problems& problems) {
  std::set<std::string> seen;
  for (const auto& user : draft.settings.rest.users) {
    if (seen.insert(base::lower_case(user.name)).second) continue;
    // One of them may have been left out for its own mistake: the place is that of the list.
    problems.add(place_of(draft, "web.users"), "web.users", "a name that is there already",
                 "each user once");
  }
}

void check_web(const Draft& draft, Problems& problems) {
  check_pair(draft, problems, "web");
  check_users(draft, problems);
  const auto& web = draft.settings.web;
  const auto& rest = draft.settings.rest;
  const auto listen = parse_listen(web.listen);
  if (!listen || listen->is_local()) return;
  const bool encrypted = !web.cert_file.empty() || !rest.trusted_proxies.empty();
  if (!encrypted) {
    problems.add(place_of(draft, "web.listen"), "web.listen",
                 "an address that other machines reach",
                 "an address of this machine itself, such as 127.0.0.1:8099; or HTTPS, with "
                 "web.cert_file and web.key_file or behind web.trusted_proxies");
  }
  if (!encrypted && rest.toyota_login) {
    problems.add(place_of(draft, "web.toyota_login"), "web.toyota_login",
                 "true where passwords would pass over an open line", "false, or HTTPS");
  }
  if (encrypted && rest.users.empty() && !rest.toyota_login) {
    problems.add(place_of(draft, "web.listen"), "web.listen",
                 "an address that other machines reach, and nobody who may sign in",
                 "web.users or web.toyota_login: true, or an address of this machine itself");
  }
}

bool any_vehicle_token(const Draft& draft) {
  for (std::size_t i = 0; i < draft.vehicles.size(); ++i) {
    if (draft.places.contains(item_path("vehicles", i) + ".abrp_token")) return true;
  }
  return false;
}

void check_shared_tokens(const Draft& draft, Problems& problems) {
  for (std::size_t i = 0; i < draft.vehicles.size(); ++i) {
    const auto& later = draft.vehicles[i];
    if (later.ignore || later.abrp_token.empty()) continue;
    for (std::size_t j = 0; j < i; ++j) {
      const auto& first = draft.vehicles[j];
      const bool same =
          base::trimmed(first.abrp_token.reveal()) == base::trimmed(later.abrp_token.reveal());
      if (first.ignore || !same) continue;
      const std::string path = item_path("vehicles", i) + ".abrp_token";
      problems.add(place_of(draft, path), path,
                   fmt::format("the token that {} ({}) has already", item_path("vehicles", j),
                               first.vin ? first.vin->masked() : "another car"),
                   "a token for each car, because a token names one car in ABRP");
      break;
    }
  }
}

void check_abrp(const Draft& draft, Problems& problems) {
  const bool token = draft.places.contains("abrp.token");
  const auto used = std::ranges::count(draft.vehicles, false, &VehicleDraft::ignore);
  if (token && used > 1) {
    problems.add(place_of(draft, "abrp.token"), "abrp.token",
                 fmt::format("one token for {} cars", used),
                 "vehicles[].abrp_token for each car, because a token names one car in ABRP");
  }
  check_shared_tokens(draft, problems);
  if ((token || any_vehicle_token(draft)) && !draft.places.contains("abrp.api_key")) {
    problems.add({}, "abrp.api_key", "nothing", "the key that belongs to the tokens given");
  }
}

}  // namespace

void check_rules(const Draft& draft, Problems& problems) {
  check_accounts(draft, problems);
  check_vehicles(draft, problems);
  check_broker(draft, problems);
  check_abrp(draft, problems);
  check_wake(draft, problems);
  check_web(draft, problems);
}

std::vector<std::string> warnings_of(const Draft& draft, const std::string& file) {
  std::vector<std::string> warnings = draft.doubts;
  const bool token = draft.places.contains("abrp.token") || any_vehicle_token(draft);
  if (draft.places.contains("abrp.api_key") && !token) {
    warnings.emplace_back("abrp.api_key is set, but no token of a car: nothing is sent to ABRP.");
  }
  if (draft.places.contains("mqtt.password") && !draft.places.contains("mqtt.username")) {
    warnings.emplace_back("mqtt.password is set, but mqtt.username is not.");
  }
  const auto& commands = draft.settings.fleet.policy.commands;
  const auto has_opening = [](const vehicle::Allowed& allowed) {
    return allowed.contains(vehicle::Allow::unlock) || allowed.contains(vehicle::Allow::trunk);
  };
  const bool opens =
      has_opening(commands.allow) || std::ranges::any_of(draft.settings.fleet.vehicles, has_opening,
                                                         &fleet::VehicleOptions::commands);
  if (opens && commands.unlock_code.empty()) {
    warnings.emplace_back(
        "commands.allow or vehicles[].commands lets a car be opened without a code: everybody who "
        "may write to the broker can do it. commands.unlock_code asks for one.");
  }
  if (!opens && !commands.unlock_code.empty()) {
    warnings.emplace_back(
        "commands.unlock_code is set, but commands.allow and vehicles[].commands hold neither "
        "unlock nor trunk.");
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
