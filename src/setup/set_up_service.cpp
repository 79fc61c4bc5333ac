#include "toyota2mqtt/setup/set_up_service.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/setup/effective_options.hpp"
#include "toyota2mqtt/setup/input_validation.hpp"

namespace toyota2mqtt::setup {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr auto kPatience = std::chrono::seconds(30);
constexpr std::size_t kLongestAccountName = 254;

std::unexpected<base::Error> no_such_account() {
  return fail(ErrorCode::config_invalid, "There is no such account any more",
              "Load the page again.");
}

std::unexpected<base::Error> in_configuration() {
  return fail(ErrorCode::config_invalid, "This account stands in the configuration",
              "Change it there: in the options of the app, or in the configuration file.");
}

}  // namespace

SetUpService::SetUpService(Services services, fleet::Options configured)
    : services_(std::move(services)), configured_(std::move(configured)) {}

SetUpService::~SetUpService() = default;

std::string SetUpService::key_of(const toyota::Credentials& credentials) const {
  return toyota::account_key(credentials, services_.outside.crypto);
}

std::string SetUpService::find_account(std::string_view username, vehicle::Brand brand) const {
  const toyota::Credentials wanted{
      .username = std::string(base::trimmed(username)), .password = {}, .brand = brand};
  for (const auto& account : services_.accounts.owners()) {
    if (same_account(account->options().credentials, wanted)) return account->key();
  }
  return {};
}

Task<Result<void>> SetUpService::load() {
  auto saved = co_await services_.set_up.load();
  if (!saved) co_return fail(saved.error());
  set_up_ = std::move(*saved);
  loaded_ = true;
  for (const auto& account : set_up_.accounts) {
    services_.hide(base::Secret(account.username));
    services_.hide(account.password);
  }
  for (const auto& [vin, car] : set_up_.cars) services_.hide(car.abrp_token);
  services_.hide(set_up_.abrp_api_key);
  co_await services_.accounts.reconfigure(effective_options(configured_, set_up_));
  co_return Result<void>();
}

Task<void> SetUpService::reconfigure(fleet::Options configured) {
  const auto lock = co_await changing_.lock();
  if (!lock) co_return;
  configured_ = std::move(configured);
  co_await services_.accounts.reconfigure(effective_options(configured_, set_up_));
}

// The lock of one change. What could not be read at the start must not be written over.
Task<Result<base::AsyncMutex::Lock>> SetUpService::begin_change() {
  auto lock = co_await changing_.lock();
  if (!lock || loaded_) co_return lock;
  if (auto read = co_await load(); !read) co_return fail(with_remedy(read.error()));
  co_return lock;
}

Task<Result<void>> SetUpService::change(SetUp next) {
  co_return co_await base::shielded(save_and_use(std::move(next)));
}

// Runs shielded: what is on disk and what runs must not differ because a browser went away.
Task<Result<void>> SetUpService::save_and_use(SetUp next) {
  if (next == set_up_) co_return Result<void>();
  if (auto saved = co_await services_.set_up.save(next); !saved) {
    co_return fail(with_remedy(saved.error()));
  }
  set_up_ = std::move(next);
  co_await services_.accounts.reconfigure(effective_options(configured_, set_up_));
  co_return Result<void>();
}

Result<toyota::Credentials> SetUpService::credentials_of(NewAccount typed) const {
  toyota::Credentials credentials{.username = std::string(base::trimmed(typed.username)),
                                  .password = std::move(typed.password),
                                  .brand = typed.brand};
  if (!is_line(credentials.username, kLongestAccountName)) {
    return fail(ErrorCode::config_invalid, "The e-mail address is missing",
                "Enter the e-mail address with which you sign in to the maker's app.");
  }
  if (auto usable = base::check_password(credentials.password.reveal()); !usable) {
    return fail(usable.error());
  }
  if (account_origin(configured_, set_up_, credentials) == Origin::configuration) {
    return in_configuration();
  }
  // The spelling with which it once worked: another would be another account to everything else.
  for (const auto& account : set_up_.accounts) {
    if (same_account(account, credentials)) credentials.username = account.username;
  }
  return credentials;
}

// One post of the password, whatever tokens are stored: those may be of an older password.
Task<Result<void>> SetUpService::sign_in(toyota::Credentials credentials, bool again) {
  toyota::Account attempt(services_.outside.for_toyota(), configured_.endpoints,
                          std::move(credentials));
  if (again) {
    if (auto allowed = co_await attempt.allow_retry(); !allowed) {
      co_return fail(with_remedy(allowed.error()));
    }
  }
  const auto tokens = co_await attempt.sign_in();
  if (!tokens) co_return fail(sign_in_error(tokens.error()));
  co_return Result<void>();
}

Task<Result<void>> SetUpService::add_account(NewAccount account, bool again) {
  const auto lock = co_await begin_change();
  if (!lock) co_return fail(lock.error());
  const auto credentials = credentials_of(std::move(account));
  if (!credentials) co_return fail(credentials.error());
  services_.hide(base::Secret(credentials->username));
  services_.hide(credentials->password);
  if (auto signed_in = co_await sign_in(*credentials, again); !signed_in) co_return signed_in;

  const auto key = key_of(*credentials);
  const auto* running = services_.accounts.find_owner(key);
  const bool same = running != nullptr && running->options().credentials == *credentials;
  const auto tries = same ? running->tries() : 0;
  auto next = set_up_;
  std::erase_if(next.accounts,
                [&credentials](const auto& other) { return same_account(other, *credentials); });
  next.accounts.push_back(*credentials);
  if (auto changed = co_await change(std::move(next)); !changed) {
    // Nothing was saved, so nothing may be left of it.
    if (running == nullptr) (void)co_await services_.outside.tokens.erase(key);
    co_return changed;
  }
  // One that runs with this very password may be waiting after a failure.
  if (same) (void)services_.accounts.try_again(key);
  co_await services_.accounts.wait_for_try(key, tries,
                                           services_.outside.clock.steady() + kPatience);
  co_return Result<void>();
}

void SetUpService::forget_rejections(const base::CarId& car) {
  (void)services_.accounts.forget_rejections(car);
}

Task<Result<void>> SetUpService::try_again(std::string account_key) {
  const auto* account = services_.accounts.find_owner(account_key);
  if (account == nullptr) co_return no_such_account();
  const auto tries = account->tries();
  (void)services_.accounts.try_again(account_key);
  co_await services_.accounts.wait_for_try(account_key, tries,
                                           services_.outside.clock.steady() + kPatience);
  account = services_.accounts.find_owner(account_key);
  if (account == nullptr) co_return no_such_account();
  if (auto trouble = account->trouble()) co_return fail(std::move(*trouble));
  if (account->tries() == tries) {
    co_return fail(ErrorCode::timeout, "The cloud takes long to answer",
                   "It is still being asked. Look at this page again in a minute.");
  }
  co_return Result<void>();
}

std::set<base::Vin> SetUpService::cars_of(const std::string& account_key) const {
  std::set<base::Vin> own;
  const auto* account = services_.accounts.find_owner(account_key);
  if (account == nullptr) return own;
  for (const auto& car : account->listed()) own.insert(car.identity.vin);
  for (const auto& other : services_.accounts.owners()) {
    if (other->key() == account_key) continue;
    for (const auto& car : other->listed()) own.erase(car.identity.vin);
  }
  return own;
}

Task<Result<void>> SetUpService::remove_account(std::string account_key) {
  const auto lock = co_await begin_change();
  if (!lock) co_return fail(lock.error());
  const auto named = [&](const toyota::Credentials& account) {
    return key_of(account) == account_key;
  };
  if (std::ranges::any_of(configured_.accounts, named)) co_return in_configuration();
  auto next = set_up_;
  if (std::erase_if(next.accounts, named) == 0) co_return no_such_account();
  for (const auto& vin : cars_of(account_key)) next.cars.erase(vin);
  if (auto changed = co_await change(std::move(next)); !changed) co_return changed;
  // Now that nobody renews them any more.
  auto erased = co_await base::shielded(services_.outside.tokens.erase(account_key));
  if (!erased) co_return fail(with_remedy(erased.error()));
  co_return Result<void>();
}

Task<Result<void>> SetUpService::use_cars(std::set<base::CarId> used) {
  const auto lock = co_await begin_change();
  if (!lock) co_return fail(lock.error());
  auto next = set_up_;
  for (const auto& account : services_.accounts.owners()) {
    for (const auto& car : account->listed()) {
      const auto& vin = car.identity.vin;
      if (used_origin(configured_, set_up_, vin) == Origin::configuration) continue;
      next.cars[vin].used = used.contains(car.identity.id);
    }
  }
  co_return co_await change(std::move(next));
}

}  // namespace toyota2mqtt::setup
