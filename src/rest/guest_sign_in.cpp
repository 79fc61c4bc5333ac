#include "toyota2mqtt/rest/guest_sign_in.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/setup/effective_options.hpp"
#include "toyota2mqtt/setup/input_validation.hpp"

namespace toyota2mqtt::rest {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kLongestGuestName = 254;
constexpr std::chrono::seconds kComeBack{30};

/// Counts as long as it lives.
class Place {
 public:
  explicit Place(std::size_t& count) : count_(count) { ++count_; }
  ~Place() { --count_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::size_t& count_;
};

base::Error told_to_guest(base::Error error) {
  error = setup::sign_in_error(std::move(error));
  error.remedy = fleet::remedy_at(fleet::Place::guest, true, "", std::move(error.remedy));
  return error;
}

}  // namespace

GuestSignIn::GuestSignIn(Services services) : services_(std::move(services)) {}

const fleet::AccountSession* GuestSignIn::own(const toyota::Credentials& credentials) const {
  const auto& accounts = services_.accounts.owners();
  const auto found = std::ranges::find_if(accounts, [&credentials](const auto& account) {
    return same_account(account->options().credentials, credentials);
  });
  return found == accounts.end() ? nullptr : found->get();
}

Task<Result<Guest>> GuestSignIn::sign_in(std::string username, base::Secret password,
                                         vehicle::Brand brand) {
  toyota::Credentials credentials{.username = std::string(base::trimmed(username)),
                                  .password = std::move(password),
                                  .brand = brand};
  if (!setup::is_line(credentials.username, kLongestGuestName) ||
      !base::check_password(credentials.password.reveal())) {
    co_return fail(ErrorCode::config_invalid, "Name or password is missing, or is none");
  }
  if (at_once_ >= kMostAtOnce) {
    co_return fail(base::Error{.code = ErrorCode::rate_limited,
                               .message = "Too many people are signing in at this moment",
                               .remedy = "Try again in half a minute.",
                               .retry_after = kComeBack});
  }
  const Place place(at_once_);
  if (own(credentials) != nullptr) co_return co_await verify(std::move(credentials));
  co_return co_await sign_in_guest(std::move(credentials));
}

// One post under the key of the owner's account: a rejection there counts for every user, and the
// new tokens are as good for the owner as the old ones.
Task<Result<Guest>> GuestSignIn::verify(toyota::Credentials credentials) {
  const auto* account = own(credentials);
  // The spelling with which it once worked: another would be another account to everything else.
  credentials.username = account->options().credentials.username;
  Guest guest{.account_key = account->key(),
              .masked = toyota::masked_account(credentials.username)};
  toyota::Account attempt(services_.outside.for_toyota(), account->options().endpoints,
                          std::move(credentials), guest.account_key);
  const auto tokens = co_await attempt.sign_in();
  if (!tokens) co_return fail(told_to_guest(tokens.error()));
  co_return guest;
}

Task<Result<Guest>> GuestSignIn::sign_in_guest(toyota::Credentials credentials) {
  auto signed_in = co_await services_.guests.sign_in(std::move(credentials));
  if (!signed_in) co_return fail(told_to_guest(signed_in.error()));
  co_return Guest{.account_key = std::move(signed_in->key), .masked = std::move(signed_in->masked)};
}

Task<Result<void>> GuestSignIn::resume(std::string account_key) {
  if (services_.accounts.find_owner(account_key) != nullptr) co_return Result<void>();
  co_return co_await services_.guests.resume(std::move(account_key));
}

// A guest stops nothing of the owner's.
Task<void> GuestSignIn::leave(std::string account_key) {
  co_await services_.guests.leave(std::move(account_key));
}

std::vector<GuestView> GuestSignIn::list() const {
  std::vector<GuestView> views;
  for (const auto& [key, guest] : services_.guests.known()) {
    GuestView view{.account_key = key, .masked = guest.masked, .brand = guest.brand};
    if (const auto* session = services_.accounts.find_guest(key)) {
      const auto account = session->condition();
      view.reading = true;
      view.status = to_string(account.status);
      view.since = account.since;
      view.cars = session->cars().size();
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace toyota2mqtt::rest
