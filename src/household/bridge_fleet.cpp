#include "toyota2mqtt/household/bridge_fleet.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ranges>
#include <set>

#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

namespace toyota2mqtt::household {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;
using bridge::AccountSession;
using bridge::CarSession;
using rest::FleetCar;
using rest::Scope;

namespace {

constexpr std::size_t kIdLength = 10;
constexpr auto kLongestRefresh = std::chrono::seconds(90);

bool is_id(std::string_view text) {
  return text.size() == kIdLength && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string breaker_text(const bridge::SourceHistory& source, base::Time now) {
  const auto state = bridge::breaker(source, now);
  if (state != bridge::Breaker::closed && source.dead) return "not_there";
  return std::string(to_string(state));
}

/// Whether a source that had been read `before` times when it was cleared still waits for an
/// answer. A session that started anew counts from zero.
bool waits(const bridge::SourceHistory& source, std::uint32_t before) {
  return source.reads == before || (source.failures > 0 && !source.dead);
}

}  // namespace

BridgeFleet::BridgeFleet(Services services) : services_(services) {}
BridgeFleet::~BridgeFleet() = default;

const AccountSession* BridgeFleet::account(const std::string& key) const {
  const auto* own = services_.bridge.find_account(key);
  return own != nullptr ? own : services_.guests.find(key);
}

std::vector<const AccountSession*> BridgeFleet::accounts(const Scope& scope) const {
  std::vector<const AccountSession*> list;
  if (scope.household) {
    for (const auto& own : services_.bridge.accounts()) list.push_back(own.get());
  } else if (const auto* one = account(scope.account_key)) {
    list.push_back(one);
  }
  return list;
}

BridgeFleet::Found BridgeFleet::locate(const base::CarId& car) const {
  for (const auto& own : services_.bridge.accounts()) {
    const auto found = own->cars().find(car);
    if (found != own->cars().end()) return {.account = own.get(), .car = found->second.get()};
  }
  for (const auto& [key, guest] : services_.guests.running()) {
    const auto found = guest->cars().find(car);
    if (found == guest->cars().end()) continue;
    return {.account = guest.get(), .car = found->second.get(), .guest = true};
  }
  return {};
}

// A version is never given twice, so that a car that left and came back is not taken for what it
// was.
void BridgeFleet::touch(const std::string& account, const CarSession& car) const {
  auto& shown = shown_[{account, car.car().identity.id}];
  shown.version = ++versions_;
  shown.fresh_until = car.fresh_until();
  std::erase_if(shown.cleared, [&car](const auto& cleared) {
    return !waits(car.reads().of(cleared.first), cleared.second);
  });
}

const BridgeFleet::Shown& BridgeFleet::shown(const std::string& account,
                                             const CarSession& car) const {
  const Key key{account, car.car().identity.id};
  const auto known = shown_.find(key);
  if (known != shown_.end()) return known->second;
  touch(account, car);
  return shown_.at(key);
}

FleetCar BridgeFleet::view(const AccountSession& account, const CarSession& car) const {
  const auto& shown = this->shown(account.key(), car);
  const bool in_time = shown.fresh_until && services_.clock.now() <= *shown.fresh_until;
  // A reading that is still under way has not been told yet.
  const bool waiting = std::ranges::any_of(shown.cleared, [&car](const auto& cleared) {
    return waits(car.reads().of(cleared.first), cleared.second);
  });
  return {.car = &car.car(),
          .account_key = account.key(),
          .available = car.presentable() && account.available(car),
          .fresh = in_time && !waiting && !account.condition().troubled(),
          .version = shown.version};
}

std::vector<FleetCar> BridgeFleet::cars(const Scope& scope) const {
  std::map<base::CarId, FleetCar> ordered;
  for (const auto* account : accounts(scope)) {
    for (const auto& [id, car] : account->cars()) ordered.try_emplace(id, view(*account, *car));
  }
  std::vector<FleetCar> list;
  list.reserve(ordered.size());
  for (auto& [id, car] : ordered) list.push_back(std::move(car));
  return list;
}

std::optional<FleetCar> BridgeFleet::find(const Scope& scope, std::string_view id_or_vin) const {
  if (is_id(id_or_vin)) {
    const base::CarId id{std::string(id_or_vin)};
    for (const auto* account : accounts(scope)) {
      const auto found = account->cars().find(id);
      if (found != account->cars().end()) return view(*account, *found->second);
    }
    return std::nullopt;
  }
  const auto vin = base::Vin::parse(id_or_vin);
  if (!vin) return std::nullopt;
  for (const auto* account : accounts(scope)) {
    for (const auto& [id, car] : account->cars()) {
      if (car->car().identity.vin == *vin) return view(*account, *car);
    }
  }
  return std::nullopt;
}

std::vector<rest::SourceView> BridgeFleet::sources(const base::CarId& car) const {
  std::vector<rest::SourceView> views;
  const auto found = locate(car);
  if (found.car == nullptr) return views;
  const auto now = services_.clock.now();
  const auto& cleared = shown(found.account->key(), *found.car).cleared;
  for (const auto source : toyota::sources_for(found.car->car())) {
    const auto& entry = found.car->reads().of(source);
    rest::SourceView view{.source = source,
                          .asked_at = entry.last_answer,
                          .reported_at = found.car->car().state.reported(source),
                          .reads = entry.reads,
                          .failures = static_cast<std::uint32_t>(std::max(entry.failures, 0)),
                          .breaker = breaker_text(entry, now)};
    if (view.breaker != "closed") view.asked_again_at = entry.retry_at;
    const auto wish = cleared.find(source);
    view.cleared = wish != cleared.end() && waits(entry, wish->second);
    views.push_back(std::move(view));
  }
  return views;
}

std::optional<std::string> BridgeFleet::abrp_point(const base::CarId& car) const {
  const auto found = locate(car);
  if (found.car == nullptr) return std::nullopt;
  // Whether the place goes to ABRP is the household's word about the household's cars; a guest asks
  // for the own one, and nothing is sent.
  const bool place = found.guest || services_.bridge.options().abrp.send_location;
  abrp::Progress nothing_sent;
  const auto points =
      abrp::new_points(found.car->car(), nothing_sent, services_.clock.now(), place);
  if (points.empty()) return std::nullopt;
  return abrp::to_tlm(points.back());
}

void BridgeFleet::clear(const base::CarId& car, const std::vector<vehicle::Source>& sources) {
  const auto found = locate(car);
  if (found.car == nullptr) return;
  std::set<vehicle::Source> wanted;
  for (const auto source : toyota::sources_for(found.car->car())) {
    const bool named = sources.empty() || std::ranges::find(sources, source) != sources.end();
    // What the car lacks would never be answered.
    if (named && !found.car->reads().of(source).dead) wanted.insert(source);
  }
  const auto& account = found.account->key();
  touch(account, *found.car);
  auto& cleared = shown_.at({account, car}).cleared;
  for (const auto source : wanted) {
    cleared.insert_or_assign(source, found.car->reads().of(source).reads);
  }
  found.car->read_soon(wanted);
}

bool BridgeFleet::was_cleared(const std::string& account, const CarSession& car) const {
  // What failed was asked for, too: whoever waits for it gets what is known.
  return std::ranges::any_of(shown(account, car).cleared, [&car](const auto& cleared) {
    return car.reads().of(cleared.first).reads == cleared.second;
  });
}

Task<bool> BridgeFleet::wait_for_read(base::CarId car, base::SteadyTime deadline) {
  const auto first = locate(car);
  if (first.car == nullptr) co_return false;
  const auto passes = first.car->passes();
  const auto waiting = std::make_shared<Waiting>();
  waiting->car = car;
  waiting_.push_back(waiting);
  bool read = false;
  while (!read) {
    const auto woken = co_await waiting->changed.wait_until(services_.clock, deadline);
    if (!woken || !*woken) break;
    const auto found = locate(car);
    if (found.car == nullptr || !found.car->car().diagnostics.reading) break;
    read = found.car->passes() != passes && !was_cleared(found.account->key(), *found.car);
  }
  std::erase(waiting_, waiting);
  co_return read;
}

// nullptr: everybody.
void BridgeFleet::wake_waiting(const std::string* id) {
  for (const auto& waiting : waiting_) {
    if (id == nullptr || waiting->car.text == *id) waiting->changed.notify();
  }
}

Task<Result<rest::RefreshAnswer>> BridgeFleet::refresh(base::CarId car) {
  const auto found = locate(car);
  if (found.car == nullptr) co_return fail(ErrorCode::not_supported, "There is no such car");
  if (!found.car->presentable()) {
    co_return rest::RefreshAnswer{.refusal = "The car has not been read yet."};
  }
  if (!found.car->car().commands.allowed.contains(vehicle::Allow::refresh)) {
    found.car->read_now();  // costs the car nothing
    co_return rest::RefreshAnswer{.refusal = "Asking the car itself is not in commands.allow."};
  }
  struct Answer {
    std::optional<bridge::WakeDecision> decision;
    base::Event given;
  };
  // The car may leave meanwhile, and whoever asks may be gone before it answers.
  const auto answer = std::make_shared<Answer>();
  found.car->refresh([answer](const bridge::WakeDecision& decision) {
    answer->decision = decision;
    answer->given.notify();
  });
  const auto deadline = services_.clock.steady() + kLongestRefresh;
  const auto woken = co_await answer->given.wait_until(services_.clock, deadline);
  if (!woken) co_return fail(woken.error());
  if (!answer->decision) co_return fail(ErrorCode::timeout, "The cloud did not answer in time");
  co_return rest::RefreshAnswer{.sent = answer->decision->allowed(),
                                .refusal = answer->decision->refusal,
                                .next_at = answer->decision->next_at};
}

std::string BridgeFleet::next_id() {
  std::array<std::uint8_t, 8> bytes{};
  services_.random.fill(bytes);
  return base::hex(bytes);
}

Result<std::string> BridgeFleet::command(const base::CarId& car, vehicle::CommandRequest request) {
  auto id = next_id();
  request.id = id;
  const auto found = locate(car);
  const bool taken = found.guest ? services_.guests.command(found.account->key(), car, request)
                                 : found.car != nullptr && services_.bridge.command(car, request);
  if (!taken) return fail(ErrorCode::not_supported, "There is no such car");
  return id;
}

std::size_t BridgeFleet::forget_rejections(const base::CarId& car,
                                           std::optional<vehicle::Action> only) {
  const auto found = locate(car);
  return found.car == nullptr ? 0 : found.car->forget_rejections(only);
}

void BridgeFleet::listen(rest::FleetListener& listener) { listeners_.push_back(&listener); }
void BridgeFleet::forget(rest::FleetListener& listener) { std::erase(listeners_, &listener); }

// One of them may leave meanwhile, or take another one out.
template <class Call>
void BridgeFleet::tell(const Call& call) {
  const auto list = listeners_;
  for (auto* listener : list) {
    if (std::ranges::find(listeners_, listener) != listeners_.end()) call(*listener);
  }
}

template <class Call>
void BridgeFleet::tell_of(const std::string& account, const CarSession& car, const Call& call) {
  const auto* of = this->account(account);
  if (of == nullptr) return;
  const auto shown = view(*of, car);
  tell([&](rest::FleetListener& listener) { call(listener, shown); });
}

void BridgeFleet::car_changed(const std::string& account, const CarSession& car) {
  touch(account, car);
  wake_waiting(&car.car().identity.id.text);
  tell_of(account, car,
          [](rest::FleetListener& to, const FleetCar& what) { to.car_changed(what); });
}

void BridgeFleet::notified(const std::string& account, const CarSession& car,
                           const vehicle::Notification& notification) {
  tell_of(account, car,
          [&](rest::FleetListener& to, const FleetCar& what) { to.notified(what, notification); });
}

void BridgeFleet::commanded(const std::string& account, const CarSession& car,
                            const vehicle::CommandResult& result) {
  rest::CommandStep step{.id = {}, .at = services_.clock.now(), .result = result};
  auto ids = result.ids;
  if (ids.empty()) ids.emplace_back();  // asked for by MQTT
  for (auto& id : ids) {
    step.id = std::move(id);
    tell_of(account, car,
            [&](rest::FleetListener& to, const FleetCar& what) { to.commanded(what, step); });
  }
}

void BridgeFleet::cars_changed(const std::string& account) {
  const auto* present = this->account(account);
  std::erase_if(shown_, [&](const auto& shown) {
    if (shown.first.first != account) return false;
    return present == nullptr || !present->cars().contains(shown.first.second);
  });
  if (present != nullptr) {
    for (const auto& [id, car] : present->cars()) touch(account, *car);
  }
  wake_waiting(nullptr);
  tell([&](rest::FleetListener& listener) { listener.cars_changed(account); });
}

}  // namespace toyota2mqtt::household
