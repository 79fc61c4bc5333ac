#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "json/json_io.hpp"
#include "toyota2mqtt/fleet/account_session.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

/// The list of cars of an account: what it changes, and what is remembered of it.
namespace toyota2mqtt::fleet {

namespace {

constexpr const char* kListedSpace = "listed";

struct RememberedCar {
  toyota::ListedVehicle car;
  std::optional<base::Time> missing_since;
};

std::string remembered_text(const toyota::ListedVehicle& car,
                            std::optional<base::Time> missing_since) {
  json_io::Json text = {{"entry", car.entry}};
  if (missing_since) text["missing_since"] = base::format_iso8601(*missing_since);
  return json_io::to_text(text);
}

std::optional<RememberedCar> parse_remembered(const std::string& text, vehicle::Brand brand,
                                              const base::Crypto& crypto, base::Time now) {
  const auto read = json_io::parse_object(text);
  if (!read) return std::nullopt;
  const auto text_of = [&read](const char* name) {
    return json_io::text_member(*read, name).value_or("");
  };
  auto car = toyota::recall_vehicle(text_of("entry"), brand, crypto, now);
  if (!car) return std::nullopt;
  return RememberedCar{.car = std::move(*car),
                       .missing_since = base::parse_iso8601(text_of("missing_since"))};
}

}  // namespace

base::Task<void> AccountSession::recall_list() {
  if (services_.sealed == nullptr) co_return;
  const auto stored = co_await services_.sealed->list(kListedSpace);
  if (!stored) {
    services_.log.warning("bridge", "cannot read which cars there were: " + stored.error().message);
    co_return;
  }
  for (const auto& [name, text] : *stored) {
    if (!name.starts_with(key() + "/")) continue;
    remembered_list_.insert_or_assign(name, text);
    auto known =
        parse_remembered(text, options_.credentials.brand, services_.crypto, services_.clock.now());
    if (known) list_.recall(std::move(known->car), known->missing_since);
  }
}

base::Task<void> AccountSession::keep_list() {
  if (services_.sealed == nullptr) co_return;
  std::map<std::string, std::string> wanted;
  for (const auto& car : list_.cars()) {
    wanted.emplace(key() + "/" + car.identity.id.text,
                   remembered_text(car, list_.missing_since(car.identity.vin)));
  }
  const auto before = std::exchange(remembered_list_, wanted);
  auto kept = base::Result<void>();
  for (const auto& [name, text] : wanted) {
    const auto known = before.find(name);
    if (known != before.end() && known->second == text) continue;
    if (auto put = co_await services_.sealed->put(kListedSpace, name, text); !put) kept = put;
  }
  for (const auto& [name, text] : before) {
    if (wanted.contains(name)) continue;
    if (auto gone = co_await services_.sealed->erase(kListedSpace, name); !gone) kept = gone;
  }
  if (kept) co_return;
  remembered_list_.clear();  // all of it is tried again with the next list
  if (kept.error().code == base::ErrorCode::cancelled) co_return;
  services_.log.warning("bridge", "cannot remember which cars there are: " + kept.error().message);
}

void AccountSession::take_list(std::vector<toyota::ListedVehicle> listed) {
  const auto changes = list_.take(std::move(listed), services_.clock.now());
  for (const auto& vin : changes.missing) {
    services_.log.warning(
        "bridge", fmt::format("{} is not in the list of cars; it stays until a second list, at "
                              "least {} minutes later, lacks it too",
                              vin.masked(), CarList::kSecondListAfter.count()));
  }
  for (const auto& vin : changes.back) {
    services_.log.info("bridge", vin.masked() + " is in the list of cars again");
  }
}

base::Task<void> forget_cars_of_others(base::Store* sealed,
                                       std::function<bool(const std::string&)> has_account) {
  if (sealed == nullptr) co_return;
  const auto stored = co_await sealed->list(kListedSpace);
  if (!stored) co_return;
  for (const auto& [name, text] : *stored) {
    const auto slash = name.find('/');
    if (slash == std::string::npos || has_account(name.substr(0, slash))) continue;
    (void)co_await AnswerMemory(sealed, base::CarId{name.substr(slash + 1)}).forget();
    (void)co_await sealed->erase(kListedSpace, name);
  }
}

bool AccountSession::is_gone(const base::CarId& car) const {
  const bool listed = std::ranges::any_of(list_.cars(), [&car](const toyota::ListedVehicle& known) {
    return known.identity.id == car;
  });
  return !cars_.contains(car) && (listed || list_.certain());
}

}  // namespace toyota2mqtt::fleet
