#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "json/json_io.hpp"
#include "toyota2mqtt/home_assistant/publisher.hpp"

// What earlier runs left on the broker and no account has any more, and cars of one name.
namespace toyota2mqtt::home_assistant {

using fleet::AccountSession;

namespace {

constexpr const char* kMemorySpace = "mqtt";
constexpr const char* kAccountsKey = "accounts";
constexpr std::size_t kMostAccounts = 100;
constexpr const char* kNamesakesKey = "namesakes";
constexpr std::size_t kMostFoundCars = 1000;

bool is_wanted(const AccountSession& account, const std::string& car) {
  return std::ranges::any_of(account.listed(), [&](const toyota::ListedVehicle& listed) {
    if (listed.identity.id.text != car) return false;
    const auto* options = fleet::find_options(account.options().vehicles, listed.identity.vin);
    return options == nullptr || !options->ignore;
  });
}

}  // namespace

void Publisher::on_leftover(const Leftover& leftover, const std::string& topic) {
  using Kind = Leftover::Kind;
  switch (leftover.kind) {
    case Kind::car:
      if (found_cars_.size() < kMostFoundCars) found_cars_.insert(leftover.car);
      remove_orphans();
      return;
    case Kind::car_document:
      if (!orphans_.contains(leftover.car)) return;
      connection_.outbox().remove(topic);
      break;
    case Kind::old_bridge: connection_.outbox().remove(topic); break;
    case Kind::rival:
      services_.log.warning(
          "mqtt", fmt::format("another installation has published under {}. If it still runs, give "
                              "each its own mqtt.base_topic and mqtt.client_id",
                              settings_.base_topic));
      return;
  }
  connection_.changed();
}

// An account that has not answered, or that lists no car at all, may yet be the one they are of.
void Publisher::remove_orphans() {
  const bool known = std::ranges::all_of(accounts_.owners(), [](const auto& account) {
    return account->has_listed() && !account->listed().empty();
  });
  if (!known || accounts_.owners().empty()) return;
  std::vector<std::string> documents;
  for (const auto& car : found_cars_) {
    if (std::ranges::any_of(accounts_.owners(),
                            [&](const auto& it) { return is_wanted(*it, car); }))
      continue;
    services_.log.info("mqtt", fmt::format("{}: no account has this car; what an earlier run left "
                                           "of it on the broker is removed",
                                           car));
    for (auto& topic : value_topics(settings_, car)) {
      connection_.outbox().remove(topic);
    }
    std::ranges::move(document_topics(settings_, car), std::back_inserter(documents));
    orphans_.insert(car);
  }
  found_cars_.clear();
  if (documents.empty()) return;
  publishing_.spawn("what is left", connection_.also_subscribe(std::move(documents)));
  connection_.changed();
}

base::Task<void> Publisher::load_namesakes() {
  const auto text = co_await services_.store.get(kMemorySpace, kNamesakesKey);
  if (text && *text) namesakes_.restore(**text);
}

void Publisher::number_car(fleet::CarSession& session) {
  const auto& car = session.car();
  session.call_by_number(namesakes_.number(car.identity.id.text, entity_stem(car, 1)));
  store_namesakes();
}

void Publisher::forget_namesakes() {
  for (const auto& id : namesakes_.cars()) {
    const auto gone = [&id](const auto& account) { return account->is_gone(base::CarId{id}); };
    if (std::ranges::all_of(accounts_.owners(), gone)) namesakes_.forget(id);
  }
  store_namesakes();
}

void Publisher::store_namesakes() {
  if (!namesakes_.changed()) return;
  namesakes_.saved();
  store_later(kMemorySpace, kNamesakesKey, namesakes_.serialize(), "names");
}

// Entities of an account that is gone are removed from Home Assistant by name, also when it was
// away, or this program was, as the account left.
base::Task<void> Publisher::load_accounts() {
  const auto text = co_await services_.store.get(kMemorySpace, kAccountsKey);
  if (!text || !*text) co_return;
  const auto keys = json_io::parse(**text);
  if (!keys || !keys->is_array()) co_return;
  for (const auto& key : *keys) {
    if (key.is_string() && announced_accounts_.size() < kMostAccounts)
      announced_accounts_.insert(key.get<std::string>());
  }
}

void Publisher::record_accounts() {
  bool more = false;
  for (const auto& account : accounts_.owners())
    more = announced_accounts_.insert(account->key()).second || more;
  if (!more) return;
  store_later(kMemorySpace, kAccountsKey, json_io::to_text(json_io::Json(announced_accounts_)),
              "the accounts");
}

void Publisher::remove_unknown_owners() {
  connection_.outbox().keep([this](const std::string& owner) {
    return owner == kBridgeOwner ||
           accounts_.find_owner(owner.substr(0, owner.find('/'))) != nullptr;
  });
}

void Publisher::store_later(const char* space, const char* key, std::string text,
                            const char* what) {
  publishing_.spawn(
      what,
      [](Publisher& self, const char* in, const char* under, std::string value,
         const char* name) -> base::Task<void> {
        const auto stored = co_await self.services_.store.put(in, under, std::move(value));
        if (stored || stored.error().code == base::ErrorCode::cancelled) co_return;
        self.services_.log.warning(
            "mqtt", fmt::format("cannot remember {}: {}", name, stored.error().message));
      }(*this, space, key, std::move(text), what));
}

}  // namespace toyota2mqtt::home_assistant
