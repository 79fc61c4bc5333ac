#include "toyota2mqtt/household/bridge_figures.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "household/families.hpp"

namespace toyota2mqtt::household {

using base::counter_family;
using base::gauge_family;
using base::MetricFamily;
using fleet::WakeReason;
using toyota::WakeAnswer;

namespace {

constexpr std::array kReasons = {WakeReason::stopped, WakeReason::charging, WakeReason::owner,
                                 WakeReason::command, WakeReason::idle};
constexpr std::array kAnswers = {WakeAnswer::Kind::accepted, WakeAnswer::Kind::rejected,
                                 WakeAnswer::Kind::failed};

std::string_view word_of(WakeAnswer::Kind kind) {
  switch (kind) {
    case WakeAnswer::Kind::accepted: return "accepted";
    case WakeAnswer::Kind::rejected: return "rejected";
    case WakeAnswer::Kind::failed: break;
  }
  return "failed";
}

/// A text that came from outside must not become a label.
std::string_view command_word(const std::string& command) {
  const auto action = vehicle::parse_action(command);
  return action ? vehicle::to_string(*action) : std::string_view("unknown");
}

}  // namespace

std::vector<CarRef> BridgeFigures::cars() const {
  std::vector<CarRef> cars;
  for (const auto& account : services_.bridge.accounts()) {
    for (const auto& [id, session] : account->cars()) {
      cars.push_back({.account = *account, .session = *session});
    }
  }
  return cars;
}

void BridgeFigures::car_changed(const fleet::CarView& car) {
  entities_.erase(car.car->identity.id);
}

void BridgeFigures::commanded(const fleet::CarView& /*car*/, const vehicle::CommandResult& result) {
  ++commands_[{command_word(result.command), vehicle::to_string(result.outcome)}];
}

void BridgeFigures::woken(const fleet::CarView& car, WakeReason reason, fleet::WakeRoute /*route*/,
                          const WakeAnswer& answer) {
  if (services_.bridge.find_account(car.account_key) == nullptr) return;  // a guest's
  ++wakes_[{car.car->identity.id, to_string(reason), word_of(answer.kind)}];
}

void BridgeFigures::cars_changed(const std::string& /*account*/) {
  std::set<base::CarId> present;
  for (const auto& car : cars()) present.insert(car.car().identity.id);
  std::erase_if(wakes_, [&](const auto& it) { return !present.contains(std::get<0>(it.first)); });
  std::erase_if(entities_, [&](const auto& it) { return !present.contains(it.first); });
}

void BridgeFigures::collect(std::vector<MetricFamily>& into) const {
  const auto cars = this->cars();
  collect_bridge(services_.bridge, into);
  collect_cars(cars, services_.clock.now(), services_.zone, into);
  collect_abrp(cars, into);
  collect_wakes(cars, into);
  collect_commands(into);
  collect_entities(cars, into);
  if (!services_.guests) return;
  const auto guests = services_.guests();
  auto accounts = gauge_family("toyota2mqtt_guest_accounts",
                               "Toyota accounts of guests that are signed in (web.toyota_login).");
  add_sample(accounts, {}, guests.accounts);
  into.push_back(std::move(accounts));
  auto guest_cars = gauge_family("toyota2mqtt_guest_cars", "Cars of these accounts.");
  add_sample(guest_cars, {}, guests.cars);
  into.push_back(std::move(guest_cars));
}

void BridgeFigures::collect_commands(std::vector<MetricFamily>& into) const {
  auto family =
      counter_family("toyota2mqtt_commands_total",
                     "Published steps of commands: accepted is not yet done (docs/commands.md).");
  for (const auto& [key, count] : commands_) {
    add_sample(family, {{"command", std::string(key.first)}, {"outcome", std::string(key.second)}},
               count);
  }
  into.push_back(std::move(family));
}

// Zeros, too: what begins at 1 never increased, as Prometheus sees it.
void BridgeFigures::collect_wakes(const std::vector<CarRef>& cars,
                                  std::vector<MetricFamily>& into) const {
  auto family = counter_family("toyota2mqtt_car_wakes_total",
                               "Requests that asked the car itself, by what they were for and what "
                               "the cloud made of them.");
  for (const auto& car : cars) {
    for (const auto reason : kReasons) {
      for (const auto answer : kAnswers) {
        const auto found = wakes_.find({car.car().identity.id, to_string(reason), word_of(answer)});
        add_sample(family,
                   {{"car", car.id()},
                    {"reason", std::string(to_string(reason))},
                    {"outcome", std::string(word_of(answer))}},
                   found == wakes_.end() ? 0 : found->second);
      }
    }
  }
  into.push_back(std::move(family));

  const auto& limits = services_.bridge.options().fleet.policy.wake;
  auto budget = gauge_family("toyota2mqtt_wake_budget",
                             "Wakes that a car may have in a day (wake.max_per_day, "
                             "wake.max_per_day_charging); 0 when waking is off.");
  add_sample(budget, {{"kind", "other"}}, limits.enabled ? limits.max_per_day : 0);
  add_sample(budget, {{"kind", "charging"}}, limits.enabled ? limits.max_per_day_charging : 0);
  into.push_back(std::move(budget));
}

void BridgeFigures::collect_entities(const std::vector<CarRef>& cars,
                                     std::vector<MetricFamily>& into) const {
  auto family =
      gauge_family("toyota2mqtt_car_entities", "Entities of the car announced to Home Assistant.");
  for (const auto& car : cars) {
    const auto& id = car.car().identity.id;
    auto known = entities_.find(id);
    if (known == entities_.end()) {
      known = entities_.emplace(id, services_.bridge.entities(car.session)).first;
    }
    add_sample(family, {{"car", car.id()}}, known->second);
  }
  into.push_back(std::move(family));
}

}  // namespace toyota2mqtt::household
