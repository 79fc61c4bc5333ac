#include "rest/auth/auth.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "toyota2mqtt/base/address.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::rest {

using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

constexpr auto kFailureTime = std::chrono::milliseconds(1500);
// A sign-in at Toyota takes several requests: theirs and an unknown name must not differ.
constexpr auto kToyotaFailureTime = std::chrono::seconds(6);
constexpr std::size_t kMostKnown = 2048;
constexpr std::size_t kMostUnderWay = 8;
constexpr long kBusyPause = 2;
constexpr std::size_t kIdBytes = 11;
constexpr std::string_view kAccess = "access";
constexpr std::string_view kRefresh = "refresh";

/// Of an Authorization header; empty: it is of another kind.
std::string_view bearer_token(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  if (!base::starts_ignoring_case(header, kScheme)) return {};
  return header.substr(kScheme.size());
}

bool is_in_force(const Claims& claims, std::string_view type, base::Time now) {
  return claims.type == type && now < claims.expires &&
         (!claims.not_before || now >= *claims.not_before);
}

/// Counts what is under way, whatever ends it.
class Slot {
 public:
  explicit Slot(PlaceCount count) : count_(std::move(count)) { ++*count_; }
  ~Slot() { --*count_; }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

 private:
  PlaceCount count_;
};

Problem wrong_entry() { return unauthorized("The name or the password is wrong."); }

Problem no_refresh() {
  return unauthorized("The refresh token does not hold: sign in with POST /api/v1/auth/login.");
}

Problem no_room() {
  return {.status = 503,
          .type = "too-many-sessions",
          .title = "Nobody else can be signed in",
          .detail = "There are as many sessions as this program keeps.",
          .remedy = "An administrator can end some."};
}

}  // namespace

Auth::Auth(Services& services, const Options& options)
    : services_(services), options_(options), keys_(services, options), sessions_(services) {}

const User* Auth::user_of(std::string_view name) const {
  const auto found = std::ranges::find(options_.users, name, &User::name);
  return found == options_.users.end() ? nullptr : &*found;
}

bool Auth::is_toyota(std::string_view username) const {
  return options_.toyota_login && username.contains('@');
}

std::chrono::milliseconds Auth::failure_time(std::string_view username) const {
  return is_toyota(username) ? kToyotaFailureTime : kFailureTime;
}

std::string Auth::new_id() {
  std::array<std::uint8_t, kIdBytes> bytes{};
  services_.random.fill(bytes);
  return base::base64url(bytes);
}

Principal Auth::principal_of(const Session& session) {
  return {.kind = session.kind,
          .name = session.name,
          .session = session.id,
          .scope = {.owner = session.kind == Principal::Kind::administrator,
                    .account_key = session.account_key}};
}

bool Auth::holds(const Session& session, base::Time now) const {
  if (session.ended || now >= session.expires) return false;
  return session.kind != Principal::Kind::guest || now - session.last_used < options_.guest_idle;
}

SessionPtr Auth::session_of(std::string_view token, base::Time now) {
  if (known_version_ != keys_.version()) {
    known_.clear();
    known_version_ = keys_.version();
  }
  if (const auto found = known_.find(token); found != known_.end()) {
    if (now < found->second.expires) return found->second.session;
    known_.erase(found);
    return nullptr;
  }
  const auto claims = verify_token(token, keys_.usable());
  if (!claims || !is_in_force(*claims, kAccess, now)) return nullptr;
  auto session = sessions_.find(claims->subject);
  if (!session) return nullptr;
  if (known_.size() >= kMostKnown) known_.clear();
  known_.emplace(std::string(token), Known{.session = session, .expires = claims->expires});
  return session;
}

Caller Auth::identify(const Request& request) {
  const auto header = request.header("Authorization");
  if (!header) return {};
  const auto now = services_.clock.now();
  auto session = session_of(bearer_token(*header), now);
  if (!session || !holds(*session, now)) {
    ++counts_.refused_tokens;
    return {.refused = true};
  }
  session->last_used = now;
  auto who = principal_of(*session);
  return {.who = std::move(who), .session = std::move(session)};
}

void KnownPlaces::record(const std::string& name, const std::string& address) {
  if (find(name, address)) return;
  if (places_.size() >= kMost) places_.pop_front();
  places_.push_back(
      {.name = name, .address = address, .under_way = std::make_shared<std::size_t>(0)});
}

PlaceCount KnownPlaces::find(const std::string& name, const std::string& address) const {
  const auto found = std::ranges::find_if(
      places_, [&](const Place& place) { return place.name == name && place.address == address; });
  return found == places_.end() ? nullptr : found->under_way;
}

Auth::Attempt Auth::attempt_of(std::string_view username, std::string_view client) const {
  Attempt attempt{.name = keys_.pseudonym(username), .address = base::counted_address(client)};
  const auto own = places_.find(attempt.name, attempt.address);
  // Others who guess at this name do not use up the tries of who has signed in from there.
  attempt.counted = own ? attempt.name + '@' + attempt.address : attempt.name;
  if (own && *own == 0) {
    attempt.place = own;
  } else if (*under_way_ < kMostUnderWay) {
    attempt.place = under_way_;
  }
  return attempt;
}

std::optional<Problem> Auth::hold_back(const Attempt& attempt) {
  const auto now = services_.clock.steady();
  auto pause = attempt.place ? std::nullopt : std::optional(kBusyPause);
  if (!pause) pause = addresses_.begin(attempt.address, now);
  if (!pause) {
    pause = names_.begin(attempt.counted, now);
    // It was the name's fault alone.
    if (pause) addresses_.undo(attempt.address);
  }
  if (!pause) return std::nullopt;
  ++counts_.limited;
  return too_many("Too many sign-ins were tried.", *pause);
}

Task<Result<Auth::Proof>> Auth::prove(const SignIn& entry, bool users_only) {
  const auto* user = user_of(entry.username);
  if (user == nullptr && !users_only && is_toyota(entry.username)) {
    auto guest = co_await services_.guests.sign_in(entry.username, entry.password, entry.brand);
    if (!guest) co_return base::fail(guest.error());
    co_return Proof{.kind = Principal::Kind::guest,
                    .name = std::move(guest->masked),
                    .account_key = std::move(guest->account_key)};
  }
  // An unknown user's password is looked at as long as a known one's.
  const auto hash = user == nullptr ? std::string() : user->password_hash;
  const auto matches = co_await services_.passwords.matches(entry.password, hash);
  if (!matches) co_return base::fail(matches.error());
  // The configuration may have changed meanwhile.
  user = user_of(entry.username);
  const bool same = user != nullptr && user->password_hash == hash;
  if (!*matches || !same) co_return base::fail(ErrorCode::credentials_rejected, "");
  co_return Proof{.kind = Principal::Kind::administrator,
                  .name = user->name,
                  .credential = keys_.pseudonym(user->password_hash)};
}

Task<Problem> Auth::failure(base::Error error, std::string username, base::SteadyTime arrived) {
  const auto step = failure_time(username);
  const auto steps = (services_.clock.steady() - arrived) / step + 1;
  if (!co_await base::sleep_until(services_.clock, arrived + steps * step)) {
    co_return problem_of({.code = ErrorCode::cancelled, .message = "The program is ending."});
  }
  co_return error.code == ErrorCode::credentials_rejected ? wrong_entry() : problem_of(error);
}

Task<std::expected<Auth::Proof, Problem>> Auth::attempt(SignIn entry, std::string client,
                                                        base::SteadyTime arrived, bool users_only) {
  const auto tried = attempt_of(entry.username, client);
  if (auto held = hold_back(tried)) co_return std::unexpected(std::move(*held));
  std::optional<Slot> slot(tried.place);
  auto proof = co_await prove(entry, users_only);
  slot.reset();
  if (!proof) {
    const bool rejected = proof.error().code == ErrorCode::credentials_rejected;
    auto problem = co_await failure(proof.error(), entry.username, arrived);
    if (rejected) {
      ++counts_.rejected;
      names_.failed(tried.counted, services_.clock.steady());
      addresses_.failed(tried.address, services_.clock.steady());
    } else {
      ++counts_.failed;
      names_.undo(tried.counted);
      addresses_.undo(tried.address);
    }
    co_return std::unexpected(std::move(problem));
  }
  names_.forget(tried.counted);
  // Not forgotten: with one account of one's own one could go on guessing at others'.
  addresses_.undo(tried.address);
  places_.record(tried.name, tried.address);
  co_return std::move(*proof);
}

Task<std::expected<Issued, Problem>> Auth::sign_in(SignIn entry, std::string client,
                                                   base::SteadyTime arrived) {
  auto name = keys_.pseudonym(entry.username);
  auto proof = co_await attempt(std::move(entry), client, arrived, false);
  if (!proof) co_return std::unexpected(std::move(proof.error()));
  co_return co_await begin_session(std::move(*proof), std::move(name), std::move(client));
}

Task<std::expected<Issued, Problem>> Auth::begin_session(Proof proof, std::string pseudonym,
                                                         std::string client) {
  const auto now = services_.clock.now();
  const auto surplus = sessions_.surplus_of(pseudonym);
  const bool room = surplus != nullptr || sessions_.size() < Sessions::kMost;
  const auto session =
      std::make_shared<Session>(Session{.id = new_id(),
                                        .kind = proof.kind,
                                        .name = std::move(proof.name),
                                        .pseudonym = std::move(pseudonym),
                                        .account_key = std::move(proof.account_key),
                                        .credential = std::move(proof.credential),
                                        .client = std::move(client),
                                        .created = now,
                                        .last_used = now,
                                        .expires = now + options_.refresh_life,
                                        .refresh_id = new_id(),
                                        .written_use = now});
  // Before the first wait: an account with a session is not left. And also when there is no room,
  // so that ending it leaves the account that the sign-in has begun to read.
  sessions_.add(session);
  if (surplus) co_await end(surplus);
  std::optional<Problem> problem;
  if (!room) {
    problem = no_room();
  } else if (const auto saved = co_await sessions_.save(session); !saved) {
    problem = problem_of(saved.error());
  }
  if (problem) {
    co_await end(session);
    ++counts_.failed;
    co_return std::unexpected(std::move(*problem));
  }
  ++counts_.done;
  co_return issue(*session);
}

Issued Auth::issue(const Session& session) {
  const auto now = services_.clock.now();
  Claims claims{.subject = session.id,
                .type = std::string(kAccess),
                .id = new_id(),
                .issued = now,
                .expires = now + options_.access_life};
  Issued issued{.access = sign_token(claims, keys_.usable()),
                .refresh = {},
                .expires_in = options_.access_life,
                .who = principal_of(session)};
  claims.type = kRefresh;
  claims.id = session.refresh_id;
  claims.expires = session.expires;
  issued.refresh = sign_token(claims, keys_.usable());
  return issued;
}

Task<std::expected<Issued, Problem>> Auth::refresh(std::string token) {
  const auto now = services_.clock.now();
  const auto claims = verify_token(token, keys_.usable());
  const bool good = claims && is_in_force(*claims, kRefresh, now);
  const auto session = good ? sessions_.find(claims->subject) : nullptr;
  if (!session || !holds(*session, now)) {
    ++counts_.refused_tokens;
    co_return std::unexpected(no_refresh());
  }
  if (claims->id != session->refresh_id) {
    ++counts_.stolen;
    services_.log.warning("rest", "a refresh token of " + session->name +
                                      " was used a second time: another client may have it, so its "
                                      "session was ended");
    co_await end(session);
    co_return std::unexpected(no_refresh());
  }
  const auto old_id = std::exchange(session->refresh_id, new_id());
  const auto old_end = session->expires;
  session->expires = now + options_.refresh_life;
  session->last_used = now;
  const auto mine = session->refresh_id;
  const auto saved = co_await sessions_.save(session);
  if (session->ended) co_return std::unexpected(no_refresh());
  if (!saved) {
    // The client still has the old one, and may come again.
    if (session->refresh_id == mine) {
      session->refresh_id = old_id;
      session->expires = old_end;
    }
    co_return std::unexpected(problem_of(saved.error()));
  }
  co_return issue(*session);
}

}  // namespace toyota2mqtt::rest
