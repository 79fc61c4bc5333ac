#include <algorithm>
#include <utility>

#include "toyota2mqtt/bridge/bridge.hpp"

#include "json/json_io.hpp"

// Which accounts the bridge runs: made, ended and changed while everything else goes on.
namespace toyota2mqtt::bridge {

namespace ha = home_assistant;

namespace {

constexpr const char* kAccountsSpace = "mqtt";
constexpr const char* kAccountsKey = "accounts";
constexpr std::size_t kMostAccounts = 100;

bool same_sign_in(const AccountOptions& one, const AccountOptions& other) {
  return one.credentials == other.credentials && one.endpoints == other.endpoints;
}

}  // namespace

ha::AccountView view_of(const fleet::AccountSession& account) {
  auto condition = account.condition();
  ha::AccountView view;
  view.key = account.key();
  view.masked = toyota::masked_account(account.options().credentials.username);
  view.status = to_string(condition.status);
  view.cause = std::move(condition.cause);
  view.remedy = fleet::remedy_at(fleet::Place::home_assistant, account.options().from_page,
                                 view.masked, std::move(condition.remedy));
  view.since = condition.since;
  view.next_try = condition.next_try;
  return view;
}

AccountOptions Bridge::account_options(const toyota::Credentials& credentials) const {
  return {.credentials = credentials,
          .endpoints = options_.fleet.endpoints,
          .vehicles = options_.fleet.vehicles,
          .policy = options_.fleet.policy,
          .only_account = options_.fleet.accounts.size() == 1,
          .from_page = options_.fleet.entered.contains({credentials.username, credentials.brand})};
}

std::unique_ptr<AccountSession> Bridge::make_account(AccountOptions options) {
  return std::make_unique<AccountSession>(services_, std::move(options));
}

void Bridge::car_changed(const fleet::CarView& car) {
  if (auto* account = find_account(car.account_key)) publish_car(*account, car);
}

void Bridge::notified(const fleet::CarView& car, const vehicle::Notification& notification) {
  if (find_account(car.account_key) == nullptr) return;
  publisher_.outbox().send_once(
      ha::notification_event(options_.home_assistant, *car.car, notification));
  publisher_.changed();
}

void Bridge::happened(const fleet::CarView& car, const vehicle::CarEvent& event) {
  if (find_account(car.account_key) == nullptr) return;
  publisher_.outbox().send_once(ha::car_event(options_.home_assistant, *car.car, event));
  publisher_.changed();
}

void Bridge::commanded(const fleet::CarView& car, const vehicle::CommandResult& result) {
  if (find_account(car.account_key) == nullptr) return;
  auto event =
      ha::command_result_event(options_.home_assistant, *car.car, result, services_.clock.now());
  if (stopping_) {
    last_words_.push_back(std::move(event));
    return;
  }
  publisher_.outbox().send_once(std::move(event));
  publisher_.changed();
}

AccountSession* Bridge::find_account(const std::string& key) const {
  const auto found = std::ranges::find_if(
      accounts_, [&key](const auto& account) { return account->key() == key; });
  return found == accounts_.end() ? nullptr : found->get();
}

bool Bridge::try_again(const std::string& account_key) {
  auto* account = find_account(account_key);
  if (account == nullptr || !running_ || stopping_) return false;
  account->try_again();
  return true;
}

base::Task<void> Bridge::reconfigure(fleet::Options options) {
  const auto lock = co_await reconfiguring_.lock();
  if (!lock || stopping_) co_return;
  const auto& code = options.policy.commands.unlock_code;
  if (code != options_.fleet.policy.commands.unlock_code) unlock_code_ = UnlockCode(code);
  options_.fleet = std::move(options);
  const auto& accounts = options_.fleet.accounts;
  std::vector<AccountOptions> wanted;
  wanted.reserve(accounts.size());
  for (const auto& credentials : accounts) wanted.push_back(account_options(credentials));
  const bool ended = co_await end_accounts(wanted);
  if (stopping_) co_return;
  const bool begun = begin_accounts(std::move(wanted));
  // Before the start nothing is known of the broker yet; start() says it all.
  if (!running_ || (!ended && !begun)) co_return;
  forget_unknown_owners();
  if (ended) co_await fleet::forget_cars_of_others(services_.sealed, account_names());
  co_await remember_accounts();
  publish_bridge();
}

base::Task<bool> Bridge::end_accounts(const std::vector<AccountOptions>& wanted) {
  const auto stays = [&wanted](const std::unique_ptr<AccountSession>& account) {
    return std::ranges::any_of(wanted, [&account](const AccountOptions& options) {
      return same_sign_in(options, account->options());
    });
  };
  // Taken out before anything waits: from now on nobody hears of them.
  std::vector<std::unique_ptr<AccountSession>> leaving;
  for (auto& account : accounts_) {
    if (stays(account)) continue;
    counts_of_gone_.requests += account->requests();
    counts_of_gone_.unknown += account->unknown_values();
    leaving.push_back(std::move(account));
  }
  std::erase(accounts_, nullptr);
  for (auto& account : leaving) account->cancel();
  for (auto& account : leaving) co_await account->join();
  for (const auto& account : leaving) {
    services_.listeners.notify(
        [&](fleet::Listener& listener) { listener.cars_changed(account->key()); });
  }
  co_return !leaving.empty();
}

bool Bridge::begin_accounts(std::vector<AccountOptions> wanted) {
  std::vector<AccountSession*> fresh;
  std::vector<std::unique_ptr<AccountSession>> ordered;
  for (auto& options : wanted) {
    const auto known = std::ranges::find_if(accounts_, [&options](const auto& account) {
      return account != nullptr && same_sign_in(options, account->options());
    });
    if (known != accounts_.end()) {
      (*known)->reconfigure(std::move(options));
      ordered.push_back(std::move(*known));
      continue;
    }
    ordered.push_back(make_account(std::move(options)));
    fresh.push_back(ordered.back().get());
  }
  // In their place before they start: what a session tells at once must be heard.
  accounts_ = std::move(ordered);
  if (running_) {
    for (auto* account : fresh) account->start();
  }
  return !fresh.empty();
}

std::function<bool(const std::string&)> Bridge::account_names() const {
  return [this](const std::string& key) { return find_account(key) != nullptr; };
}

void Bridge::forget_unknown_owners() {
  publisher_.outbox().keep([this](const std::string& owner) {
    return owner == kBridgeOwner || find_account(owner.substr(0, owner.find('/'))) != nullptr;
  });
}

// Entities of an account that is gone are removed from Home Assistant by name, also when it was
// away, or this program was, as the account left.
base::Task<void> Bridge::recall_accounts() {
  const auto text = co_await services_.store.get(kAccountsSpace, kAccountsKey);
  if (!text || !*text) co_return;
  const auto keys = json_io::parse(**text);
  if (!keys || !keys->is_array()) co_return;
  for (const auto& key : *keys) {
    if (key.is_string() && announced_accounts_.size() < kMostAccounts)
      announced_accounts_.insert(key.get<std::string>());
  }
}

base::Task<void> Bridge::remember_accounts() {
  bool more = false;
  for (const auto& account : accounts_)
    more = announced_accounts_.insert(account->key()).second || more;
  if (!more) co_return;
  const auto stored = co_await services_.store.put(
      kAccountsSpace, kAccountsKey, json_io::to_text(json_io::Json(announced_accounts_)));
  if (!stored) {
    services_.log.warning("bridge", "cannot remember the accounts: " + stored.error().message);
  }
}

void Bridge::show_statistics(const base::CarId& id, const vehicle::CarStatistics& statistics) {
  for (const auto& account : accounts_) {
    if (auto* car = account->find_car(id)) car->show_statistics(statistics);
  }
}

void Bridge::show_backfill(const base::CarId& id, std::string progress) {
  for (const auto& account : accounts_) {
    if (auto* car = account->find_car(id)) car->show_backfill(progress);
  }
}

}  // namespace toyota2mqtt::bridge
