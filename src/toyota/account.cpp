#include "toyota2mqtt/toyota/account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "toyota/cloud_metrics.hpp"
#include "toyota/lockout_guard.hpp"
#include "toyota/sign_in.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;

namespace {

constexpr std::chrono::seconds kEarly{90};          // a token is renewed this long before its end
constexpr std::chrono::seconds kReplaceWindow{60};  // at most one forced renewal per window
constexpr std::chrono::seconds kRefreshPause{15};   // after a failed one, while the old is usable
constexpr std::chrono::hours kForcedSignInPause{24};
constexpr std::chrono::seconds kStorePause{60};  // between two tries to store what was refused
constexpr const char* kAccountPart = "toyota";

// A renewal that is under way, and the tasks that wait for it.
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

// A sign-in that failed in passing: until then the same error is the answer.
struct HeldBack {
  base::Error error;
  base::SteadyTime until;
};

}  // namespace

bool same_account(const Credentials& one, const Credentials& other) {
  return one.brand == other.brand && base::equal_ignoring_case(one.username, other.username);
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
        own_key(under.empty()),
        key(own_key ? account_key(credentials, services.crypto) : std::move(under)),
        guard(services, credentials, key, own_key) {}

  Services services;
  Endpoints endpoints;
  Credentials credentials;
  const BrandConstants& brand;
  bool own_key;  // that of the credentials
  std::string key;
  LockoutGuard guard;
  std::optional<Tokens> cached;
  std::shared_ptr<Flight> flight;
  std::optional<Unsaved> unsaved;
  std::optional<base::SteadyTime> replaced_at;
  base::Secret forced_refresh;  // the access token that replace() got by refreshing
  std::optional<base::SteadyTime> forced_sign_in_at;
  std::optional<base::SteadyTime> refresh_not_before;
  std::optional<HeldBack> held_back;
  int passing_failures = 0;       // in a row, of refreshes and sign-ins
  bool old_tokens_moved = false;  // those that 0.1.0 stored under another key, if any
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

  // The error, with the time after which another try makes sense.
  [[nodiscard]] base::Error paced(base::Error error) {
    using std::chrono::seconds;
    const auto longest = pause_after_unclear(++passing_failures);
    const std::chrono::duration<double> wanted = longest * services.random.uniform(0.8, 1.0);
    const auto pause = std::chrono::ceil<seconds>(wanted);
    error.retry_after = std::max(error.retry_after.value_or(seconds(0)), pause);
    return error;
  }
  [[nodiscard]] std::optional<base::Error> held_back_error() const {
    const auto now = services.clock.steady();
    if (!held_back || now >= held_back->until) return std::nullopt;
    auto error = held_back->error;
    error.retry_after = std::chrono::ceil<std::chrono::seconds>(held_back->until - now);
    return error;
  }

  [[nodiscard]] bool may_store_again() const {
    return unsaved && services.clock.steady() >= unsaved->retry_at;
  }

  Task<Result<Tokens>> shared_renewal(base::Secret rejected);
  Task<Result<Tokens>> renew(base::Secret rejected);
  Task<Result<Tokens>> renew_stored(Tokens old, base::Secret rejected);
  Task<Result<std::optional<Tokens>>> load_stored();
  Task<Result<void>> move_old_tokens();
  Task<Result<void>> save(Tokens tokens, base::Secret stored_then);
  Task<Result<Tokens>> refresh(Tokens old);
  Task<Result<Tokens>> sign_in(base::Secret stored_then);
  Task<Result<Tokens>> converse(base::Secret stored_then, bool again);
  Task<Result<Tokens>> post_password(SignIn& conversation, base::Secret stored_then, bool again);
  Task<Result<void>> store_rejection(base::Error refusal);
  Task<void> settle_post(const Result<Tokens>& outcome, bool again);
  void on_outcome(Result<Tokens>& outcome);
};

// `rejected`: an access token that the API has refused; empty when none was.
Task<Result<Tokens>> Account::Impl::shared_renewal(base::Secret rejected) {
  while (flight) {
    const auto joined = flight;
    const auto done = std::make_shared<base::Event>();
    joined->waiting.push_back(done);
    if (auto woken = co_await done->wait(); !woken) co_return base::fail(woken.error());
    // The task that led may have been cancelled, or may not have known that this token was refused;
    // then another one leads.
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
  if (auto moved = co_await move_old_tokens(); !moved) co_return base::fail(moved.error());
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

// 0.1.0 kept the tokens of a name with capitals under another key.
Task<Result<void>> Account::Impl::move_old_tokens() {
  const auto old_key = account_key_of_0_1_0(credentials, services.crypto);
  if (old_tokens_moved || !own_key || old_key == key) co_return Result<void>();
  const auto old = co_await services.tokens.load(old_key);
  if (!old) co_return base::fail(old.error());
  if (*old) {
    const auto newer = co_await services.tokens.load(key);
    if (!newer) co_return base::fail(newer.error());
    if (!*newer) {
      if (auto saved = co_await services.tokens.save(key, **old); !saved) co_return saved;
    }
    if (auto erased = co_await services.tokens.erase(old_key); !erased) co_return erased;
  }
  old_tokens_moved = true;
  co_return Result<void>();
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
    if (is_passing(error) && error.code != ErrorCode::token_expired) error = paced(error);
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
    record_refresh(services.metrics, base::fail(response.error()));
    co_return base::fail(response.error());
  }
  const auto answered = services.clock.steady();
  auto renewed = read_tokens(*response, services.clock.now(), old);
  record_refresh(services.metrics, renewed);
  if (renewed) {
    passing_failures = 0;
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
  auto standing = co_await guard.standing_rejection();
  if (!standing) co_return base::fail(standing.error());
  if (*standing) co_return base::fail(**standing);
  if (auto held = held_back_error()) co_return base::fail(std::move(*held));
  if (auto allowed = co_await guard.may_post(); !allowed) {
    co_return base::fail(allowed.error());
  }
  auto outcome = co_await converse(stored_then, false);
  if (!outcome && is_session_expired(outcome.error())) {
    outcome = co_await converse(stored_then, true);
  }
  record_sign_in(services.metrics, outcome);
  on_outcome(outcome);
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

// What fails in passing is answered with the same error until the next try makes sense: every
// reading of every car asks for tokens.
void Account::Impl::on_outcome(Result<Tokens>& outcome) {
  if (!outcome && is_passing(outcome.error())) {
    outcome = base::fail(paced(outcome.error()));
    held_back = HeldBack{.error = outcome.error(),
                         .until = services.clock.steady() + *outcome.error().retry_after};
    return;
  }
  held_back.reset();
  if (outcome || is_standing(outcome.error())) passing_failures = 0;
}

// `again`: the cloud called the session of the first try too old.
Task<Result<Tokens>> Account::Impl::converse(base::Secret stored_then, bool again) {
  SignIn conversation(services, endpoints, credentials);
  auto asked = co_await conversation.until_password();
  if (asked) {
    co_return co_await base::shielded(post_password(conversation, std::move(stored_then), again));
  }
  if (is_standing(asked.error())) co_await base::shielded(store_rejection(asked.error()));
  co_return base::fail(asked.error());
}

// Runs shielded: a rejection must be stored before another sign-in can start.
Task<Result<Tokens>> Account::Impl::post_password(SignIn& conversation, base::Secret stored_then,
                                                  bool again) {
  if (auto noted = co_await guard.record_post(); !noted) co_return base::fail(noted.error());
  ++sign_ins;
  auto tokens = co_await conversation.with_password();
  if (tokens) {
    (void)co_await save(*tokens, std::move(stored_then));
  } else if (is_standing(tokens.error())) {
    co_await store_rejection(tokens.error());
  }
  co_await settle_post(tokens, again);
  co_return tokens;
}

// After the refusal itself is on record: being killed in between must not make room for another.
Task<void> Account::Impl::settle_post(const Result<Tokens>& outcome, bool again) {
  const bool answered = outcome || is_standing(outcome.error());
  const bool starts_over = !answered && !again && is_session_expired(outcome.error());
  auto settled = Result<void>();
  if (answered) {
    const bool rejected = !outcome && outcome.error().code == ErrorCode::credentials_rejected;
    settled = co_await guard.on_post_answered(rejected);
  } else {
    settled = co_await guard.on_post_unclear(starts_over);
  }
  if (settled) co_return;
  services.log.warning(
      kAccountPart, "what came of a sign-in could not be written down: " + settled.error().message);
}

Task<Result<void>> Account::Impl::store_rejection(base::Error refusal) {
  auto recorded = co_await guard.record(std::move(refusal));
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
  // The caller that posted the password may not keep this object, so only what is stored counts.
  if (signed_in && impl.unsaved) co_return base::fail(impl.unsaved->why);
  co_return signed_in;
}

Task<Result<void>> Account::allow_retry() {
  auto lock = co_await impl_->services.tokens.lock();
  if (!lock) co_return base::fail(lock.error());
  impl_->held_back.reset();
  co_return co_await impl_->guard.erase();
}

const std::string& Account::key() const { return impl_->key; }
const Credentials& Account::credentials() const { return impl_->credentials; }
const Endpoints& Account::endpoints() const { return impl_->endpoints; }
int Account::sign_ins() const { return impl_->sign_ins; }

}  // namespace toyota2mqtt::toyota
