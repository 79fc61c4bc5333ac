#include "toyota2mqtt/toyota/account.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>
#include <vector>

#include "toyota/metering.hpp"
#include "toyota/refusals.hpp"
#include "toyota/rejections.hpp"
#include "toyota/sign_in.hpp"
#include "toyota/token_endpoint.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;

namespace {

constexpr std::chrono::seconds kEarly{90};          // a token is renewed this long before its end
constexpr std::chrono::seconds kReplaceWindow{60};  // at most one forced renewal per window
constexpr std::chrono::seconds kRefreshPause{15};   // after a failed one, while the old is usable
constexpr std::chrono::hours kForcedSignInPause{24};
constexpr std::chrono::seconds kStorePause{60};  // between two tries to store what was refused
constexpr const char* kAccountPart = "toyota";

// One renewal under way, and everybody who waits for it.
struct Flight {
  std::optional<Result<Tokens>> outcome;
  std::vector<std::shared_ptr<base::Event>> waiting;
};

// Tokens that the disk refused, and the access token that was stored when they came (empty: none).
// They are used all the same: what is on the disk is worth nothing any more.
struct Unsaved {
  Tokens tokens;
  base::Secret stored_then;
  base::Error why;
  base::SteadyTime retry_at;
};

}  // namespace

std::string account_key(const Credentials& credentials, const base::Crypto& crypto) {
  const auto digest = crypto.sha256(
      fmt::format("{}\n{}", vehicle::to_string(credentials.brand), credentials.username));
  return base::hex(digest).substr(0, 10);
}

std::string masked_account(std::string_view username) {
  const auto first = [](std::string_view text) {
    const bool plain = !text.empty() && text.front() > ' ' && text.front() <= '~';
    return (plain ? std::string(1, text.front()) : std::string()) + "…";
  };
  const auto at = username.rfind('@');
  if (at == std::string_view::npos) return first(username);
  const auto domain = username.substr(at + 1);
  const auto dot = domain.rfind('.');
  const auto ending = dot == std::string_view::npos ? std::string_view() : domain.substr(dot);
  return first(username.substr(0, at)) + "@" + first(domain) + std::string(ending);
}

struct Account::Impl {
  Impl(Services given, Endpoints where, Credentials who, std::string under)
      : services(given),
        endpoints(std::move(where)),
        credentials(std::move(who)),
        brand(constants_of(credentials.brand)),
        key(under.empty() ? account_key(credentials, services.crypto) : std::move(under)),
        rejections(services, credentials, key) {}

  Services services;
  Endpoints endpoints;
  Credentials credentials;
  const BrandConstants& brand;
  std::string key;
  Rejections rejections;
  std::optional<Tokens> cached;
  std::shared_ptr<Flight> flight;
  std::optional<Unsaved> unsaved;
  std::optional<base::SteadyTime> replaced_at;
  base::Secret forced_refresh;  // the access token that replace() got by refreshing
  std::optional<base::SteadyTime> forced_sign_in_at;
  std::optional<base::SteadyTime> refresh_not_before;
  int sign_ins = 0;

  [[nodiscard]] bool fresh(const Tokens& tokens) const {
    return tokens.expires_at - services.clock.now() > kEarly;
  }
  [[nodiscard]] bool usable(const Tokens& tokens) const {
    return tokens.expires_at > services.clock.now();
  }

  // Asked after a refreshed token was refused, too: then only a sign-in is left, once a day.
  [[nodiscard]] bool must_sign_in(const base::Secret& rejected) const {
    const bool allowed =
        !forced_sign_in_at || services.clock.steady() - *forced_sign_in_at >= kForcedSignInPause;
    return allowed && !rejected.empty() && rejected == forced_refresh;
  }

  [[nodiscard]] bool may_store_again() const {
    return unsaved && services.clock.steady() >= unsaved->retry_at;
  }

  Task<Result<Tokens>> shared_renewal(base::Secret rejected);
  Task<Result<Tokens>> renew(base::Secret rejected);
  Task<Result<Tokens>> renew_stored(Tokens old, base::Secret rejected);
  Task<Result<std::optional<Tokens>>> load_stored();
  Task<Result<void>> save(Tokens tokens, base::Secret stored_then);
  Task<Result<Tokens>> refresh(Tokens old);
  Task<Result<Tokens>> sign_in(base::Secret stored_then);
  Task<Result<Tokens>> converse(base::Secret stored_then);
  Task<Result<Tokens>> post_password(SignIn& conversation, base::Secret stored_then);
  Task<Result<void>> keep(base::Error refusal);
};

// `rejected`: an access token that the API has refused; empty when none was.
Task<Result<Tokens>> Account::Impl::shared_renewal(base::Secret rejected) {
  while (flight) {
    const auto joined = flight;
    const auto done = std::make_shared<base::Event>();
    joined->waiting.push_back(done);
    if (auto woken = co_await done->wait(); !woken) co_return base::fail(woken.error());
    // Whoever led may have been stopped, or may not have known that this token was refused; then
    // somebody else leads.
    const auto& outcome = *joined->outcome;
    const bool stopped = !outcome && outcome.error().code == ErrorCode::cancelled;
    const bool refused = outcome && outcome->access == rejected;
    if (!stopped && !refused) co_return outcome;
  }
  const auto mine = std::make_shared<Flight>();
  flight = mine;
  std::exception_ptr thrown;
  try {
    mine->outcome = co_await renew(std::move(rejected));
  } catch (...) {
    thrown = std::current_exception();
    mine->outcome = base::fail(ErrorCode::unexpected_response, "The token could not be renewed");
  }
  flight.reset();
  for (const auto& waiter : mine->waiting) waiter->notify();
  if (thrown) std::rethrow_exception(thrown);
  co_return *mine->outcome;
}

// What counts: what is on disk, or what the disk refused before, after another try to store it.
Task<Result<std::optional<Tokens>>> Account::Impl::load_stored() {
  auto stored = co_await services.tokens.load(key);
  if (!stored || !unsaved) co_return stored;
  const auto held = *unsaved;
  const auto stored_now = *stored ? (*stored)->access : base::Secret();
  if (stored_now != held.stored_then) {
    unsaved.reset();
    co_return stored;  // another process was here: its are newer
  }
  (void)co_await save(held.tokens, held.stored_then);
  co_return std::optional(held.tokens);
}

Task<Result<void>> Account::Impl::save(Tokens tokens, base::Secret stored_then) {
  auto saved = co_await services.tokens.save(key, tokens);
  cached = tokens;
  const bool was_held = unsaved.has_value();
  if (was_held) stored_then = unsaved->stored_then;  // that is still what stands there
  if (saved) {
    unsaved.reset();
    if (was_held)
      services.log.info(kAccountPart, "the sign-in that was held in memory is stored now");
    co_return saved;
  }
  unsaved = Unsaved{.tokens = std::move(tokens),
                    .stored_then = std::move(stored_then),
                    .why = saved.error(),
                    .retry_at = services.clock.steady() + kStorePause};
  if (!was_held) {
    services.log.warning(
        kAccountPart, fmt::format("the sign-in is held in memory only and will be lost with this "
                                  "program, until this is mended: {}",
                                  saved.error().message));
  }
  co_return saved;
}

Task<Result<Tokens>> Account::Impl::renew(base::Secret rejected) {
  auto lock = co_await services.tokens.lock();
  if (!lock) co_return base::fail(lock.error());
  auto stored = co_await load_stored();  // another process may have been faster
  if (!stored) co_return base::fail(stored.error());
  if (!*stored) co_return co_await sign_in(base::Secret());
  co_return co_await renew_stored(**stored, std::move(rejected));
}

Task<Result<Tokens>> Account::Impl::renew_stored(Tokens old, base::Secret rejected) {
  const bool refused = !rejected.empty() && old.access == rejected;
  if (!refused && fresh(old)) {
    cached = old;
    co_return old;
  }
  base::Error error{.code = ErrorCode::token_expired, .message = "No refresh token is left"};
  const bool forced = refused && must_sign_in(rejected);
  if (!old.refresh.empty() && !forced) {
    auto renewed = co_await base::shielded(refresh(old));
    if (renewed && refused) forced_refresh = renewed->access;
    if (renewed) co_return renewed;
    error = renewed.error();
  }
  if (error.code == ErrorCode::token_expired) {
    if (forced) forced_sign_in_at = services.clock.steady();
    auto signed_in = co_await sign_in(old.access);
    if (signed_in || is_standing(signed_in.error())) co_return signed_in;
    error = signed_in.error();
  }
  const bool stopping = error.code == ErrorCode::cancelled;
  if (stopping || refused || !usable(old) || error.code == ErrorCode::storage_failed) {
    co_return base::fail(error);
  }
  cached = old;
  refresh_not_before = services.clock.steady() + kRefreshPause;
  co_return old;
}

// Runs shielded: once the old refresh token was sent, only the answer holds a valid one.
Task<Result<Tokens>> Account::Impl::refresh(Tokens old) {
  auto response = co_await services.http.send(refresh_request(endpoints, brand, old.refresh));
  if (!response) {
    note_refresh(services.meter, base::fail(response.error()));
    co_return base::fail(response.error());
  }
  const auto answered = services.clock.steady();
  auto renewed = read_tokens(*response, services.clock.now(), old);
  note_refresh(services.meter, renewed);
  if (renewed) {
    if (!co_await save(*renewed, old.access)) co_return renewed;
    // Being killed within this time costs a sign-in; that is why it is measured.
    services.log.debug(kAccountPart, fmt::format("stored rotated tokens {} ms after the answer",
                                                 (services.clock.steady() - answered).count()));
    co_return renewed;
  }
  if (renewed.error().code == ErrorCode::token_expired) {
    // A refused refresh token is not asked about again. Failing to write that down costs one
    // request at the next start, nothing else.
    old.refresh = base::Secret();
    if (unsaved) unsaved->tokens.refresh = base::Secret();
    (void)co_await services.tokens.save(key, old);
  }
  co_return base::fail(renewed.error());
}

Task<Result<Tokens>> Account::Impl::sign_in(base::Secret stored_then) {
  if (credentials.password.empty()) {
    co_return base::fail(ErrorCode::action_required,
                         "The sign-in has ended, and no password is kept to repeat it",
                         "Sign in again.");
  }
  auto standing = co_await rejections.standing();
  if (!standing) co_return base::fail(standing.error());
  if (*standing) co_return base::fail(**standing);
  if (auto allowed = co_await rejections.may_post(); !allowed) {
    co_return base::fail(allowed.error());
  }
  auto outcome = co_await converse(stored_then);
  if (!outcome && is_session_expired(outcome.error())) outcome = co_await converse(stored_then);
  note_sign_in(services.meter, outcome);
  const auto who = masked_account(credentials.username);
  if (outcome) {
    services.log.info(kAccountPart, fmt::format("signed in as {}", who));
  } else if (is_standing(outcome.error())) {
    services.log.error(kAccountPart,
                       fmt::format("sign-in as {} was refused and is not repeated: {}. {}", who,
                                   outcome.error().message, outcome.error().remedy));
  } else {
    services.log.debug(kAccountPart,
                       fmt::format("sign-in as {} failed: {}", who, outcome.error().message));
  }
  co_return outcome;
}

Task<Result<Tokens>> Account::Impl::converse(base::Secret stored_then) {
  SignIn conversation(services, endpoints, credentials);
  auto asked = co_await conversation.until_password();
  if (asked) {
    co_return co_await base::shielded(post_password(conversation, std::move(stored_then)));
  }
  if (is_standing(asked.error())) co_await base::shielded(keep(asked.error()));
  co_return base::fail(asked.error());
}

// Runs shielded: a refusal must be on record before anybody can start over.
Task<Result<Tokens>> Account::Impl::post_password(SignIn& conversation, base::Secret stored_then) {
  if (auto noted = co_await rejections.note_post(); !noted) co_return base::fail(noted.error());
  ++sign_ins;
  auto tokens = co_await conversation.with_password();
  if (tokens) {
    (void)co_await save(*tokens, std::move(stored_then));
  } else if (is_standing(tokens.error())) {
    co_await keep(tokens.error());
  }
  co_return tokens;
}

Task<Result<void>> Account::Impl::keep(base::Error refusal) {
  auto recorded = co_await rejections.record(std::move(refusal));
  if (!recorded) {
    services.log.error(kAccountPart,
                       "a refused sign-in could not be written down: " + recorded.error().message);
  }
  co_return recorded;
}

Account::Account(Services services, Endpoints endpoints, Credentials credentials, std::string key)
    : impl_(std::make_unique<Impl>(services, std::move(endpoints), std::move(credentials),
                                   std::move(key))) {}
Account::~Account() = default;

Task<Result<Tokens>> Account::tokens() {
  auto& impl = *impl_;
  if (impl.cached && impl.fresh(*impl.cached) && !impl.may_store_again()) co_return *impl.cached;
  if (impl.cached && impl.usable(*impl.cached) && impl.refresh_not_before &&
      impl.services.clock.steady() < *impl.refresh_not_before) {
    co_return *impl.cached;
  }
  auto renewed = co_await impl.shared_renewal(base::Secret());
  const bool only_the_disk = !renewed && renewed.error().code == ErrorCode::storage_failed;
  if (only_the_disk && impl.cached && impl.fresh(*impl.cached)) co_return *impl.cached;
  co_return renewed;
}

Task<Result<Tokens>> Account::replace(Tokens rejected) {
  auto& impl = *impl_;
  if (impl.cached && impl.cached->access != rejected.access && impl.fresh(*impl.cached)) {
    co_return *impl.cached;
  }
  const auto now = impl.services.clock.steady();
  if (!impl.flight && impl.replaced_at && now - *impl.replaced_at < kReplaceWindow) {
    co_return base::fail(base::Error{.code = ErrorCode::forbidden,
                                     .message = "The cloud refuses even a token that is new",
                                     .http_status = 401});
  }
  auto renewed = co_await impl.shared_renewal(rejected.access);
  if (renewed) impl.replaced_at = impl.services.clock.steady();
  co_return renewed;
}

Task<Result<Tokens>> Account::sign_in() {
  auto& impl = *impl_;
  auto lock = co_await impl.services.tokens.lock();
  if (!lock) co_return base::fail(lock.error());
  auto stored = co_await impl.load_stored();
  if (!stored) co_return base::fail(stored.error());
  auto signed_in = co_await impl.sign_in(*stored ? (*stored)->access : base::Secret());
  // Whoever typed the password may not keep this object, so only what is stored counts.
  if (signed_in && impl.unsaved) co_return base::fail(impl.unsaved->why);
  co_return signed_in;
}

Task<Result<void>> Account::allow_retry() {
  auto lock = co_await impl_->services.tokens.lock();
  if (!lock) co_return base::fail(lock.error());
  co_return co_await impl_->rejections.erase();
}

Task<std::optional<base::Error>> Account::standing_rejection() {
  auto standing = co_await impl_->rejections.standing();
  co_return standing ? *standing : std::nullopt;
}

const std::string& Account::key() const { return impl_->key; }
const Credentials& Account::credentials() const { return impl_->credentials; }
const Endpoints& Account::endpoints() const { return impl_->endpoints; }
int Account::sign_ins() const { return impl_->sign_ins; }

}  // namespace toyota2mqtt::toyota
