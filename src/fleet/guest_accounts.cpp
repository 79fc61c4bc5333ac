#include "toyota2mqtt/fleet/guest_accounts.hpp"

#include "json/json_io.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::fleet {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr const char* kGuestsSpace = "guests";
constexpr const char* kKeySpace = "account";
constexpr const char* kKeyName = "guest_key";
constexpr const char* kPrefix = "g";
constexpr std::size_t kDigits = 20;
constexpr std::size_t kLongestMasked = 64;
constexpr auto kPatienceWithGuest = std::chrono::seconds(10);
constexpr auto kOneDay = std::chrono::hours(24);
constexpr auto kRefusalsHold = std::chrono::days(30);

std::string serialize(const GuestAccount& guest) {
  return json_io::to_text(
      json_io::Json{{"masked", guest.masked}, {"brand", to_string(guest.brand)}});
}

std::optional<GuestAccount> parse(const std::string& key, const std::string& text) {
  const auto stored = json_io::parse_object(text);
  if (!stored || !key.starts_with(kPrefix)) return std::nullopt;
  const auto masked = json_io::text_member(*stored, "masked");
  const auto brand = vehicle::parse_brand(json_io::text_member(*stored, "brand").value_or(""));
  if (!masked || !brand) return std::nullopt;
  return GuestAccount{.key = key, .masked = masked->substr(0, kLongestMasked), .brand = *brand};
}

std::unexpected<base::Error> sign_in_again() {
  return fail(ErrorCode::action_required, "The sign-in of this account has ended",
              "Sign in again.");
}

}  // namespace

GuestAccounts::GuestAccounts(Services services, AccountSet& accounts, GuestOptions options)
    : services_(std::move(services)), accounts_(accounts), options_(std::move(options)) {}
GuestAccounts::~GuestAccounts() = default;

Task<Result<void>> GuestAccounts::load() {
  const auto stored = co_await services_.store.list(kGuestsSpace);
  if (!stored) co_return fail(stored.error());
  for (const auto& [key, text] : *stored) {
    if (auto guest = parse(key, text)) known_.insert_or_assign(key, std::move(*guest));
  }
  const auto old = services_.clock.now() - kRefusalsHold;
  const auto forgotten = co_await toyota::forget_old_rejections(services_.store, kPrefix, old);
  if (!forgotten) co_return fail(forgotten.error());
  co_return Result<void>();
}

Task<Result<std::string>> GuestAccounts::key_of(toyota::Credentials credentials) {
  auto secret = co_await services_.store.get(kKeySpace, kKeyName);
  if (!secret) co_return fail(secret.error());
  if (!*secret) {
    std::array<std::uint8_t, 32> bytes{};
    services_.random.fill(bytes);
    *secret = base::hex(bytes);
    if (auto put = co_await services_.store.put(kKeySpace, kKeyName, **secret); !put) {
      co_return fail(put.error());
    }
  }
  const auto digest = services_.crypto.hmac_sha256(
      **secret,
      fmt::format("{}\n{}", to_string(credentials.brand), base::lower_case(credentials.username)));
  co_return kPrefix + base::hex(digest).substr(0, kDigits);
}

AccountOptions GuestAccounts::account_options(const GuestAccount& guest) const {
  return {.credentials = {.username = guest.masked, .password = {}, .brand = guest.brand},
          .endpoints = options_.endpoints,
          .vehicles = {},
          .policy = options_.policy,
          .only_account = false,
          .key = guest.key,
          .from_page = true};
}

Task<Result<void>> GuestAccounts::remember(GuestAccount guest) {
  auto put = co_await services_.store.put(kGuestsSpace, guest.key, serialize(guest));
  if (put) known_.insert_or_assign(guest.key, std::move(guest));
  co_return put;
}

// False: something is left for another time.
Task<bool> GuestAccounts::forget(std::string key) {
  const auto erased = co_await services_.tokens.erase(key);
  if (!erased) {
    services_.log.warning("guests", "tokens could not be erased: " + erased.error().message);
    co_return false;  // the entry stays, and with it the next try
  }
  known_.erase(key);
  const auto forgotten = co_await services_.store.erase(kGuestsSpace, key);
  if (!forgotten) services_.log.warning("guests", forgotten.error().message);
  co_return forgotten.has_value();
}

std::optional<base::Error> GuestAccounts::refusal_of_strangers() {
  const auto now = services_.clock.steady();
  while (!strangers_.empty() && now - strangers_.front() >= kOneDay) strangers_.pop_front();
  if (strangers_.size() < kMostStrangers) return std::nullopt;
  return base::Error{
      .code = ErrorCode::rate_limited,
      .message = "Too many sign-ins of people who are not known here have failed today",
      .remedy = "Try again later.",
      .retry_after = std::chrono::ceil<std::chrono::seconds>(strangers_.front() + kOneDay - now)};
}

Task<Result<GuestAccount>> GuestAccounts::sign_in(toyota::Credentials credentials) {
  const auto lock = co_await signing_in_.lock();
  if (!lock) co_return fail(lock.error());
  if (stopping_) co_return fail(ErrorCode::cancelled, "the program stops");
  const auto key = co_await key_of(credentials);
  if (!key) co_return fail(key.error());
  const bool is_new = !known_.contains(*key);
  if (is_new && known_.size() >= kMost) {
    co_return fail(ErrorCode::forbidden, "This gateway has as many guests as it takes",
                   "Ask its owner, or try again when another guest has signed out.");
  }
  if (is_new) {
    if (auto refusal = refusal_of_strangers()) co_return fail(std::move(*refusal));
  }
  const GuestAccount guest{.key = *key,
                           .masked = toyota::masked_account(credentials.username),
                           .brand = credentials.brand};
  asked_for_.insert(guest.key);
  // Before the sign-in: if nobody sees its end, the next start knows whose tokens these are.
  if (auto noted = co_await remember(guest); !noted) co_return fail(noted.error());
  Result<toyota::Tokens> tokens = fail(ErrorCode::cancelled, "");
  {
    // The only place where the password is; it goes with this object.
    toyota::Account attempt(services_.for_toyota(), options_.endpoints, std::move(credentials),
                            guest.key);
    tokens = co_await attempt.sign_in();
  }
  if (!tokens) {
    if (is_new) {
      asked_for_.erase(guest.key);
      strangers_.push_back(services_.clock.steady());
      (void)co_await base::shielded(forget(guest.key));
    }
    co_return fail(tokens.error());
  }
  if (stopping_) co_return fail(ErrorCode::cancelled, "the program stops");
  const auto* before = accounts_.find_guest(guest.key);
  const auto tries = before == nullptr ? 0 : before->tries();
  if (begin(guest)) {
    co_await accounts_.wait_for_try(guest.key, tries,
                                    services_.clock.steady() + kPatienceWithGuest);
  }
  co_return guest;
}

// False: it runs and is well. One that waits since its tokens came to their end asks again.
bool GuestAccounts::begin(const GuestAccount& guest) {
  if (auto* session = accounts_.find_guest(guest.key)) {
    if (!session->condition().troubled()) return false;
    session->try_again();
    return true;
  }
  return accounts_.start_guest(account_options(guest));
}

Task<Result<void>> GuestAccounts::resume(std::string key) {
  const auto lock = co_await changing_.lock();
  if (!lock) co_return fail(lock.error());
  if (stopping_) co_return fail(ErrorCode::cancelled, "the program stops");
  if (known_.contains(key)) asked_for_.insert(key);
  if (const auto* session = accounts_.find_guest(key)) {
    if (session->signed_out()) co_return sign_in_again();
    co_return Result<void>();
  }
  if (!known_.contains(key)) co_return sign_in_again();
  const auto stored = co_await services_.tokens.load(key);
  if (!stored) co_return fail(stored.error());
  const auto known = known_.find(key);
  if (!*stored || known == known_.end()) co_return sign_in_again();
  if (!stopping_) (void)begin(known->second);
  co_return Result<void>();
}

void GuestAccounts::notify_cars_changed(const std::string& key) const {
  services_.listeners.notify(&Listener::cars_changed, key);
}

Task<void> GuestAccounts::leave(std::string key) {
  const auto lock = co_await changing_.lock();
  if (!lock || !known_.contains(key)) co_return;
  (void)co_await base::shielded(accounts_.end_guest(key));
  notify_cars_changed(key);
  (void)co_await base::shielded(forget(key));
}

Task<void> GuestAccounts::forget_others() {
  std::vector<std::string> others;
  for (const auto& [key, guest] : known_) {
    if (!asked_for_.contains(key)) others.push_back(key);
  }
  for (const auto& key : others) co_await leave(key);
}

Task<void> GuestAccounts::reconfigure(GuestOptions options) {
  const auto lock = co_await changing_.lock();
  if (!lock || stopping_ || options == options_) co_return;
  const bool elsewhere = options.endpoints != options_.endpoints;
  options_ = std::move(options);
  std::vector<GuestAccount> guests;
  guests.reserve(accounts_.guests().size());
  for (const auto& [key, session] : accounts_.guests()) guests.push_back(known_.at(key));
  for (const auto& guest : guests) {
    if (elsewhere) (void)co_await accounts_.end_guest(guest.key);
    if (stopping_) co_return;
    if (accounts_.find_guest(guest.key) != nullptr) {
      accounts_.reconfigure_guest(account_options(guest));
    } else {
      (void)begin(guest);
    }
  }
}

Task<void> GuestAccounts::stop() {
  stopping_ = true;
  // One that is being ended is waited for by the task that holds the lock.
  (void)co_await changing_.lock();
  (void)co_await signing_in_.lock();
}

}  // namespace toyota2mqtt::fleet
