#include "toyota2mqtt/rest/account_fleet.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ranges>
#include <set>

#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

namespace toyota2mqtt::rest {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;
using fleet::AccountSession;
using fleet::CarSession;

namespace {

constexpr std::size_t kIdLength = 10;
constexpr auto kLongestRefresh = std::chrono::seconds(90);

bool is_id(std::string_view text) {
  return text.size() == kIdLength && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string breaker_text(const fleet::SourceHistory& source, base::Time now) {
  const auto state = fleet::breaker(source, now);
  if (state != fleet::Breaker::closed && source.dead) return "not_there";
  return std::string(to_string(state));
}

}  // namespace

AccountFleet::AccountFleet(Services services) : services_(services) {
  services_.listeners.add(*this, fleet::Listeners::Hears::interface);
}
AccountFleet::~AccountFleet() { services_.listeners.remove(*this); }

const AccountSession* AccountFleet::account(const std::string& key) const {
  return services_.accounts.find(key);
}

std::vector<const AccountSession*> AccountFleet::accounts(const Scope& scope) const {
  std::vector<const AccountSession*> list;
  if (scope.owner) {
    for (const auto& own : services_.accounts.owners()) list.push_back(own.get());
  } else if (const auto* one = account(scope.account_key)) {
    list.push_back(one);
  }
  return list;
}

AccountFleet::Found AccountFleet::locate(const base::CarId& car) const {
  for (const auto& own : services_.accounts.owners()) {
    const auto found = own->cars().find(car);
    if (found != own->cars().end()) return {.account = own.get(), .car = found->second.get()};
  }
  for (const auto& [key, guest] : services_.accounts.guests()) {
    const auto found = guest->cars().find(car);
    if (found == guest->cars().end()) continue;
    return {.account = guest.get(), .car = found->second.get(), .guest = true};
  }
  return {};
}

std::vector<FleetCar> AccountFleet::cars(const Scope& scope) const {
  std::map<base::CarId, FleetCar> ordered;
  for (const auto* account : accounts(scope)) {
    for (const auto& [id, car] : account->cars()) ordered.try_emplace(id, account->view(*car));
  }
  std::vector<FleetCar> list;
  list.reserve(ordered.size());
  for (auto& [id, car] : ordered) list.push_back(std::move(car));
  return list;
}

std::optional<FleetCar> AccountFleet::find(const Scope& scope, std::string_view id_or_vin) const {
  if (is_id(id_or_vin)) {
    const base::CarId id{std::string(id_or_vin)};
    for (const auto* account : accounts(scope)) {
      const auto found = account->cars().find(id);
      if (found != account->cars().end()) return account->view(*found->second);
    }
    return std::nullopt;
  }
  const auto vin = base::Vin::parse(id_or_vin);
  if (!vin) return std::nullopt;
  for (const auto* account : accounts(scope)) {
    for (const auto& [id, car] : account->cars()) {
      if (car->car().identity.vin == *vin) return account->view(*car);
    }
  }
  return std::nullopt;
}

std::vector<SourceView> AccountFleet::sources(const base::CarId& car) const {
  std::vector<SourceView> views;
  const auto found = locate(car);
  if (found.car == nullptr) return views;
  const auto now = services_.clock.now();
  for (const auto source : toyota::sources_for(found.car->car())) {
    const auto& entry = found.car->reads().of(source);
    SourceView view{.source = source,
                    .asked_at = entry.last_answer,
                    .reported_at = found.car->car().state.reported(source),
                    .reads = entry.reads,
                    .failures = static_cast<std::uint32_t>(std::max(entry.failures, 0)),
                    .breaker = breaker_text(entry, now)};
    if (view.breaker != "closed") view.asked_again_at = entry.retry_at;
    view.cleared = found.car->waits_for(source);
    views.push_back(std::move(view));
  }
  return views;
}

std::optional<abrp::Point> AccountFleet::abrp_point(const base::CarId& car) const {
  const auto found = locate(car);
  if (found.car == nullptr) return std::nullopt;
  // The owner decides whether the place of the owner's cars goes to ABRP. A guest asks for a point
  // of the guest's car, and nothing is sent.
  const bool place = found.guest || services_.accounts.options().policy.abrp.send_location;
  abrp::SentMarks nothing_sent;
  const auto points =
      abrp::new_points(found.car->car(), nothing_sent, services_.clock.now(), place);
  if (points.empty()) return std::nullopt;
  return points.back();
}

void AccountFleet::clear(const base::CarId& car, const std::vector<vehicle::Source>& sources) {
  if (const auto found = locate(car); found.car != nullptr) found.car->clear(sources);
}

Task<bool> AccountFleet::wait_for_read(base::CarId car, base::SteadyTime deadline) {
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
    read = found.car->passes() != passes && !found.car->was_cleared();
  }
  std::erase(waiting_, waiting);
  co_return read;
}

// nullptr: everybody.
void AccountFleet::wake_waiting(const std::string* id) {
  for (const auto& waiting : waiting_) {
    if (id == nullptr || waiting->car.text == *id) waiting->changed.notify();
  }
}

Task<Result<RefreshAnswer>> AccountFleet::refresh(base::CarId car) {
  const auto found = locate(car);
  if (found.car == nullptr) co_return fail(ErrorCode::not_supported, "There is no such car");
  if (!found.car->presentable()) {
    co_return RefreshAnswer{.refusal = "The car has not been read yet."};
  }
  if (!found.car->car().commands.allowed.contains(vehicle::Allow::refresh)) {
    found.car->read_now();  // costs the car nothing
    co_return RefreshAnswer{.refusal = "Asking the car itself is not in commands.allow."};
  }
  struct Answer {
    std::optional<fleet::WakeDecision> decision;
    base::Event given;
  };
  // The car may leave meanwhile, and the client may be gone before it answers.
  const auto answer = std::make_shared<Answer>();
  found.car->refresh([answer](const fleet::WakeDecision& decision) {
    answer->decision = decision;
    answer->given.notify();
  });
  const auto deadline = services_.clock.steady() + kLongestRefresh;
  const auto woken = co_await answer->given.wait_until(services_.clock, deadline);
  if (!woken) co_return fail(woken.error());
  if (!answer->decision) co_return fail(ErrorCode::timeout, "The cloud did not answer in time");
  co_return RefreshAnswer{.sent = answer->decision->allowed(),
                          .refusal = answer->decision->refusal,
                          .next_at = answer->decision->next_at};
}

std::string AccountFleet::next_id() {
  std::array<std::uint8_t, 8> bytes{};
  services_.random.fill(bytes);
  return base::hex(bytes);
}

Result<std::string> AccountFleet::command(const base::CarId& car, vehicle::CommandRequest request) {
  auto id = next_id();
  request.id = id;
  const auto found = locate(car);
  const bool taken =
      found.car != nullptr && services_.accounts.command(found.account->key(), car, request);
  if (!taken) return fail(ErrorCode::not_supported, "There is no such car");
  return id;
}

std::size_t AccountFleet::forget_rejections(const base::CarId& car,
                                            std::optional<vehicle::Action> only) {
  const auto found = locate(car);
  return found.car == nullptr ? 0 : found.car->forget_rejections(only);
}

void AccountFleet::car_changed(const fleet::CarView& car) {
  wake_waiting(&car.car->identity.id.text);
}

void AccountFleet::cars_changed(const std::string& /*account*/) { wake_waiting(nullptr); }

}  // namespace toyota2mqtt::rest
