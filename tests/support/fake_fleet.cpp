#include "support/fake_fleet.hpp"

#include <algorithm>

#include "support/catch.hpp"

namespace toyota2mqtt::test {

namespace {

bool is_theirs(const FakeFleet::Entry& entry, const rest::Scope& scope) {
  if (scope.owner) return entry.owners;
  return !scope.account_key.empty() && entry.account_key == scope.account_key;
}

}  // namespace

rest::FleetCar FakeFleet::view_of(const Entry& entry) {
  return {.car = &entry.car,
          .account_key = entry.account_key,
          .available = entry.available,
          .fresh = entry.fresh,
          .version = entry.version};
}

const FakeFleet::Entry* FakeFleet::entry_of(const base::CarId& car) const {
  const auto found = entries_.find(car);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<rest::FleetCar> FakeFleet::cars(const rest::Scope& scope) const {
  std::vector<rest::FleetCar> found;
  for (const auto& [id, entry] : entries_) {
    if (is_theirs(entry, scope)) found.push_back(view_of(entry));
  }
  return found;
}

std::optional<rest::FleetCar> FakeFleet::find(const rest::Scope& scope,
                                              std::string_view id_or_vin) const {
  const auto vin = base::Vin::parse(id_or_vin);
  for (const auto& [id, entry] : entries_) {
    const bool named = id.text == id_or_vin || (vin && entry.car.identity.vin == *vin);
    if (named && is_theirs(entry, scope)) return view_of(entry);
  }
  return std::nullopt;
}

std::vector<rest::SourceView> FakeFleet::sources(const base::CarId& car) const {
  const auto* entry = entry_of(car);
  return entry == nullptr ? std::vector<rest::SourceView>() : entry->sources;
}

std::optional<abrp::Point> FakeFleet::abrp_point(const base::CarId& car) const {
  const auto* entry = entry_of(car);
  return entry == nullptr ? std::nullopt : entry->abrp;
}

void FakeFleet::clear(const base::CarId& car, const std::vector<vehicle::Source>& sources) {
  cleared.emplace_back(car, sources);
  if (const auto found = entries_.find(car); found != entries_.end()) found->second.fresh = false;
}

base::Task<bool> FakeFleet::wait_for_read(base::CarId car, base::SteadyTime deadline) {
  const auto wait = std::make_shared<Wait>();
  wait->car = std::move(car);
  waits_.push_back(wait);
  co_await wait->event.wait_until(clock_, deadline);
  std::erase(waits_, wait);
  co_return wait->read;
}

base::Task<base::Result<rest::RefreshAnswer>> FakeFleet::refresh(base::CarId car) {
  refreshed.push_back(std::move(car));
  if (refresh_error) co_return base::fail(*refresh_error);
  co_return refresh_answer;
}

base::Result<std::string> FakeFleet::command(const base::CarId& car,
                                             vehicle::CommandRequest request) {
  if (entry_of(car) == nullptr) {
    return base::fail(base::ErrorCode::not_supported, "there is no such car any more");
  }
  commands.emplace_back(car, std::move(request));
  auto id = "command-" + std::to_string(commands.size());
  commands.back().second.id = id;
  if (told_at_once) {
    commanded(car, {.id = id, .at = clock_.now(), .result = *told_at_once});
  }
  return id;
}

base::CarId FakeFleet::add(vehicle::Car car, std::string account_key, bool owners) {
  const auto id = car.identity.id;
  entries_.insert_or_assign(
      id, Entry{.car = std::move(car), .account_key = std::move(account_key), .owners = owners});
  return id;
}

FakeFleet::Entry& FakeFleet::at(const base::CarId& car) {
  const auto found = entries_.find(car);
  REQUIRE(found != entries_.end());
  return found->second;
}

void FakeFleet::read(const base::CarId& car) {
  at(car).fresh = true;
  for (const auto& wait : waits_) {
    if (wait->car != car) continue;
    wait->read = true;
    wait->event.notify();
  }
  changed(car);
}

void FakeFleet::changed(const base::CarId& car) {
  ++at(car).version;
  listeners.notify(&fleet::Listener::car_changed, view_of(at(car)));
}

void FakeFleet::notified(const base::CarId& car, const vehicle::Notification& notification) {
  listeners.notify(&fleet::Listener::notified, view_of(at(car)), notification);
}

std::size_t FakeFleet::forget_rejections(const base::CarId& car,
                                         std::optional<vehicle::Action> only) {
  if (entry_of(car) == nullptr) return 0;
  return std::erase_if(at(car).car.evidence.rejected,
                       [only](vehicle::Action action) { return !only || action == *only; });
}

void FakeFleet::happened(const base::CarId& car, const vehicle::CarEvent& event) {
  listeners.notify(&fleet::Listener::happened, view_of(at(car)), event);
}

void FakeFleet::commanded(const base::CarId& car, const rest::CommandStep& step) {
  auto result = step.result;
  result.ids = {step.id};
  listeners.notify(&fleet::Listener::commanded, view_of(at(car)), result);
}

void FakeFleet::cars_changed(const std::string& account_key) {
  listeners.notify(&fleet::Listener::cars_changed, account_key);
}

}  // namespace toyota2mqtt::test
