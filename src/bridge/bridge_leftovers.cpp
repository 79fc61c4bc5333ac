#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "toyota2mqtt/bridge/bridge.hpp"

// What earlier runs left on the broker and no account has any more, and cars of one name.
namespace toyota2mqtt::bridge {

namespace ha = home_assistant;

namespace {

constexpr const char* kNamesSpace = "mqtt";
constexpr const char* kNamesakesKey = "namesakes";
constexpr std::size_t kMostFoundCars = 1000;

bool is_wanted(const AccountSession& account, const std::string& car) {
  return std::ranges::any_of(account.listed(), [&](const toyota::ListedVehicle& listed) {
    if (listed.identity.id.text != car) return false;
    const auto* options = find_options(account.options().vehicles, listed.identity.vin);
    return options == nullptr || !options->ignore;
  });
}

}  // namespace

void Bridge::learn(const ha::Leftover& leftover, const std::string& topic) {
  using Kind = ha::Leftover::Kind;
  switch (leftover.kind) {
    case Kind::car:
      if (found_cars_.size() < kMostFoundCars) found_cars_.insert(leftover.car);
      remove_orphans();
      return;
    case Kind::car_document:
      if (!orphans_.contains(leftover.car)) return;
      publisher_.outbox().remove(topic);
      break;
    case Kind::old_bridge: publisher_.outbox().remove(topic); break;
    case Kind::rival:
      services_.log.warning(
          "mqtt", fmt::format("another installation has published under {}. If it still runs, give "
                              "each its own mqtt.base_topic and mqtt.client_id",
                              options_.home_assistant.base_topic));
      return;
  }
  publisher_.changed();
}

// An account that has not answered, or that lists no car at all, may yet be the one they are of.
void Bridge::remove_orphans() {
  const bool known = std::ranges::all_of(accounts_, [](const auto& account) {
    return account->has_listed() && !account->listed().empty();
  });
  if (!known || accounts_.empty()) return;
  std::vector<std::string> documents;
  for (const auto& car : found_cars_) {
    if (std::ranges::any_of(accounts_, [&](const auto& it) { return is_wanted(*it, car); }))
      continue;
    services_.log.info("mqtt", fmt::format("{}: no account has this car; what an earlier run left "
                                           "of it on the broker is removed",
                                           car));
    for (auto& topic : ha::value_topics(options_.home_assistant, car)) {
      publisher_.outbox().remove(topic);
    }
    std::ranges::move(ha::document_topics(options_.home_assistant, car),
                      std::back_inserter(documents));
    orphans_.insert(car);
  }
  found_cars_.clear();
  if (documents.empty()) return;
  publishing_.spawn("what is left", publisher_.also_subscribe(std::move(documents)));
  publisher_.changed();
}

base::Task<void> Bridge::recall_namesakes() {
  const auto text = co_await services_.store.get(kNamesSpace, kNamesakesKey);
  if (text && *text) namesakes_.restore(**text);
}

void Bridge::call_by_number(CarSession& session) {
  const auto& car = session.car();
  session.call_by_number(namesakes_.number(car.identity.id.text, ha::entity_stem(car, 1)));
  keep_namesakes();
}

void Bridge::forget_namesakes() {
  for (const auto& id : namesakes_.cars()) {
    const auto gone = [&id](const auto& account) { return account->is_gone(base::CarId{id}); };
    if (std::ranges::all_of(accounts_, gone)) namesakes_.forget(id);
  }
  keep_namesakes();
}

void Bridge::keep_namesakes() {
  if (!namesakes_.changed()) return;
  namesakes_.saved();
  publishing_.spawn("names", [](Bridge& self) -> base::Task<void> {
    const auto stored =
        co_await self.services_.store.put(kNamesSpace, kNamesakesKey, self.namesakes_.serialize());
    if (!stored && stored.error().code != base::ErrorCode::cancelled) {
      self.services_.log.warning("mqtt", "cannot remember names: " + stored.error().message);
    }
  }(*this));
}

}  // namespace toyota2mqtt::bridge
