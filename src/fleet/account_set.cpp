#include "toyota2mqtt/fleet/account_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace toyota2mqtt::fleet {

namespace {

constexpr auto kTimeCheckPeriod = std::chrono::seconds(30);
constexpr auto kShortestSleep = std::chrono::minutes(2);

bool goes_on(const AccountOptions& running, const AccountOptions& wanted) {
  return restart_for(running, wanted) != Restart::account;
}

/// One account for `health`; empty = nothing is wrong.
std::string trouble_line(const AccountSession& account) {
  const auto condition = account.condition();
  if (!condition.troubled()) return {};
  const auto who = toyota::masked_account(account.options().credentials.username);
  auto line = fmt::format("account {}: {}", who, condition.cause);
  if (condition.since) line += fmt::format(" (since {})", base::format_iso8601(*condition.since));
  line += fmt::format(
      ". {}", remedy_at(Place::command_line, account.options().from_page, who, condition.remedy));
  if (condition.next_try) {
    line += fmt::format(" Next try at {}.", base::format_iso8601(*condition.next_try));
  }
  return line;
}

}  // namespace

AccountSet::AccountSet(Services services, Options options)
    : services_(std::move(services)),
      options_(std::move(options)),
      tasks_(services_.executor, services_.log),
      code_(options_.policy.commands.unlock_code) {
  for (const auto& credentials : options_.accounts) {
    owners_.push_back(
        std::make_unique<AccountSession>(services_, account_options(options_, credentials)));
  }
}

AccountSet::~AccountSet() = default;

base::Task<void> AccountSet::start() {
  const auto lock = co_await reconfiguring_.lock();
  if (!lock || stopping_) co_return;
  co_await forget_cars();
  if (stopping_) co_return;
  running_ = true;
  day_ = today();
  (void)notice_sleep();  // from now on it is compared
  for (auto& account : owners_) account->start();
  tasks_.spawn("accounts", watch_time());
}

void AccountSet::cancel() {
  stopping_ = true;
  // A lock must not say LOCKING for as long as the program is away.
  for (auto& account : owners_) {
    for (const auto& [id, car] : account->cars()) car->give_up_commands();
  }
  for (auto& account : owners_) account->cancel();
  for (auto& [key, account] : guests_) account->cancel();
  tasks_.cancel();
}

base::Task<void> AccountSet::join() {
  co_await tasks_.join();
  for (auto& account : owners_) co_await account->join();
  for (auto& [key, account] : guests_) co_await account->join();
  // A reconfigure() that is under way still waits for an account that it has taken out.
  (void)co_await reconfiguring_.lock();
}

base::Task<void> AccountSet::watch_time() {
  while (co_await base::sleep_for(services_.clock, kTimeCheckPeriod)) {
    TimePassed passed{.slept = notice_sleep()};
    // After a sleep the cars get a moment to be read first.
    if (!passed.slept) passed.new_day = notice_day();
    services_.listeners.notify(&Listener::time_passed, passed);
  }
}

bool AccountSet::notice_sleep() {
  const auto& clock = services_.clock;
  const auto apart = clock.now().time_since_epoch() - clock.steady().time_since_epoch();
  const auto before = std::exchange(clocks_apart_, apart);
  if (apart - before < kShortestSleep) return false;
  if (before == std::chrono::milliseconds(0)) return false;  // the first call
  services_.log.info("bridge", "the clock has run ahead, as after a sleep: every car is read");
  for (auto* car : all_cars()) car->read_now();
  return true;
}

bool AccountSet::notice_day() {
  const auto now = today();
  if (std::exchange(day_, now) == now) return false;
  for (auto* car : all_cars()) car->begin_day();
  return true;
}

base::Time AccountSet::today() const {
  return services_.zone.midnight(services_.zone.local_date(services_.clock.now()));
}

std::vector<CarSession*> AccountSet::all_cars() const {
  std::vector<CarSession*> cars;
  const auto add = [&cars](const AccountSession& account) {
    for (const auto& [id, car] : account.cars()) cars.push_back(car.get());
  };
  for (const auto& account : owners_) add(*account);
  for (const auto& [key, account] : guests_) add(*account);
  return cars;
}

base::Task<void> AccountSet::forget_cars() {
  co_await forget_cars_of_others(
      services_.sealed, [this](const std::string& key) { return find_owner(key) != nullptr; });
}

base::Task<void> AccountSet::reconfigure(Options options) {
  const auto lock = co_await reconfiguring_.lock();
  if (!lock || stopping_) co_return;
  const auto& code = options.policy.commands.unlock_code;
  if (code != options_.policy.commands.unlock_code) code_ = UnlockCode(code);
  options_ = std::move(options);
  std::vector<AccountOptions> wanted;
  wanted.reserve(options_.accounts.size());
  for (const auto& credentials : options_.accounts)
    wanted.push_back(account_options(options_, credentials));
  const bool ended = co_await end_accounts(wanted);
  if (stopping_) co_return;
  const bool begun = begin_accounts(std::move(wanted));
  if (!running_ || (!ended && !begun)) co_return;
  if (ended) co_await forget_cars();
  services_.listeners.notify(&Listener::accounts_changed);
}

base::Task<bool> AccountSet::end_accounts(const std::vector<AccountOptions>& wanted) {
  const auto stays = [&wanted](const std::unique_ptr<AccountSession>& account) {
    return std::ranges::any_of(wanted, [&account](const AccountOptions& options) {
      return goes_on(account->options(), options);
    });
  };
  // Taken out before anything waits: find_owner() does not find them any more.
  Sessions leaving;
  for (auto& account : owners_) {
    if (stays(account)) continue;
    counts_of_gone_.requests += account->requests();
    counts_of_gone_.unknown_values += account->unknown_values();
    leaving.push_back(std::move(account));
  }
  std::erase(owners_, nullptr);
  for (auto& account : leaving) account->cancel();
  for (auto& account : leaving) co_await account->join();
  for (const auto& account : leaving) {
    services_.listeners.notify(&Listener::cars_changed, account->key());
  }
  co_return !leaving.empty();
}

bool AccountSet::begin_accounts(std::vector<AccountOptions> wanted) {
  std::vector<AccountSession*> fresh;
  Sessions ordered;
  for (auto& options : wanted) {
    const auto known = std::ranges::find_if(owners_, [&options](const auto& account) {
      return account != nullptr && goes_on(account->options(), options);
    });
    if (known != owners_.end()) {
      (*known)->reconfigure(std::move(options));
      ordered.push_back(std::move(*known));
      continue;
    }
    ordered.push_back(std::make_unique<AccountSession>(services_, std::move(options)));
    fresh.push_back(ordered.back().get());
  }
  // In the set before they start: listeners look them up from the first event on.
  owners_ = std::move(ordered);
  if (running_) {
    for (auto* account : fresh) account->start();
  }
  return !fresh.empty();
}

bool AccountSet::try_again(const std::string& account_key) {
  auto* account = find_owner(account_key);
  if (account == nullptr || !running_ || stopping_) return false;
  account->try_again();
  return true;
}

base::Task<void> AccountSet::wait_for_try(std::string account_key, std::uint64_t tries,
                                          base::SteadyTime deadline) {
  // The session may be replaced meanwhile, so it is looked up each time.
  while (const auto* account = find(account_key)) {
    if (account->tries() > tries || !co_await account->wait_for_try(deadline)) co_return;
  }
}

bool AccountSet::command(const std::string& account_key, const base::CarId& car,
                         const vehicle::CommandRequest& request) {
  if (stopping_) return false;
  if (auto* owner = find_owner(account_key)) return owner->command(car, request, code_);
  auto* guest = find_guest(account_key);
  return guest != nullptr && guest->command(car, request, guest_codes_.at(account_key));
}

std::optional<std::size_t> AccountSet::forget_rejections(const std::optional<base::CarId>& only) {
  std::optional<std::size_t> forgotten;
  for (auto& account : owners_) {
    for (const auto& [id, car] : account->cars()) {
      if (only && id != *only) continue;
      forgotten = forgotten.value_or(0) + car->forget_rejections();
    }
  }
  return forgotten;
}

void AccountSet::show_statistics(const base::CarId& car, const vehicle::CarStatistics& statistics) {
  for (const auto& account : owners_) {
    if (auto* session = account->find_car(car)) session->show_statistics(statistics);
  }
}

void AccountSet::show_backfill(const base::CarId& car, std::string progress) {
  for (const auto& account : owners_) {
    if (auto* session = account->find_car(car)) session->show_backfill(progress);
  }
}

AccountSession* AccountSet::find_owner(const std::string& key) const {
  const auto found =
      std::ranges::find_if(owners_, [&key](const auto& account) { return account->key() == key; });
  return found == owners_.end() ? nullptr : found->get();
}

AccountSession* AccountSet::owner_of(const base::CarId& car) const {
  const auto found = std::ranges::find_if(
      owners_, [&car](const auto& account) { return account->find_car(car) != nullptr; });
  return found == owners_.end() ? nullptr : found->get();
}

AccountSession* AccountSet::find_guest(const std::string& key) const {
  const auto found = guests_.find(key);
  return found == guests_.end() ? nullptr : found->second.get();
}

AccountSession* AccountSet::find(const std::string& key) const {
  auto* owner = find_owner(key);
  return owner != nullptr ? owner : find_guest(key);
}

bool AccountSet::start_guest(AccountOptions options) {
  if (stopping_) return false;
  const auto key = options.key;
  guest_codes_.insert_or_assign(key, UnlockCode(options.policy.commands.unlock_code));
  auto session = std::make_unique<AccountSession>(services_, std::move(options));
  auto& running = *(guests_[key] = std::move(session));
  running.start();
  return true;
}

void AccountSet::reconfigure_guest(AccountOptions options) {
  auto* session = find_guest(options.key);
  if (session == nullptr) return;
  guest_codes_.insert_or_assign(options.key, UnlockCode(options.policy.commands.unlock_code));
  session->reconfigure(std::move(options));
}

base::Task<bool> AccountSet::end_guest(std::string key) {
  const auto found = guests_.find(key);
  if (found == guests_.end()) co_return false;
  // Taken out before anything waits: from now on find_guest() does not find it.
  const auto leaving = std::shared_ptr(std::move(found->second));
  guests_.erase(found);
  guest_codes_.erase(key);
  leaving->cancel();
  co_await leaving->join();
  co_return true;
}

CloudCounts AccountSet::counts() const {
  auto sum = counts_of_gone_;
  for (const auto& account : owners_) {
    sum.requests += account->requests();
    sum.unknown_values += account->unknown_values();
  }
  return sum;
}

std::vector<std::string> AccountSet::troubles() const {
  std::vector<std::string> troubles;
  for (const auto& account : owners_) {
    if (auto line = trouble_line(*account); !line.empty()) troubles.push_back(std::move(line));
  }
  return troubles;
}

std::vector<std::string> AccountSet::failing_routes() const {
  std::vector<std::string> lines;
  for (const auto& account : owners_) {
    for (const auto& [id, car] : account->cars()) {
      for (const auto& line : car->failing_routes()) {
        lines.push_back(fmt::format("{}: {}", car->car().identity.vin.masked(), line));
      }
    }
  }
  return lines;
}

}  // namespace toyota2mqtt::fleet
