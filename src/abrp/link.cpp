#include "toyota2mqtt/abrp/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "abrp/protocol.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::abrp {

namespace {

using base::ErrorCode;
using base::fail;
using base::LogLevel;
using std::chrono::milliseconds;

constexpr const char* kAbrpPart = "abrp";
constexpr const char* kAbrpSpace = "abrp";
constexpr std::size_t kBatch = 100;
constexpr auto kPace = std::chrono::seconds(10);
constexpr auto kFirstBackOff = std::chrono::seconds(15);
constexpr auto kLongestBackOff = std::chrono::minutes(15);
constexpr auto kRejectedPause = std::chrono::hours(6);
constexpr auto kStoragePause = std::chrono::minutes(1);
constexpr auto kOldest = std::chrono::days(7);
// An application error with HTTP 200 may pass, but must not hold up the points behind it for ever.
constexpr int kMostRefusals = 5;

constexpr const char* kKeyAdvice =
    "ABRP does not know the API key. Make a Telemetry key (not Planning, not OAuth2) with posting "
    "rights in ABRP (manage your telemetry API keys) and enter it on this program's page, or in "
    "abrp.api_key and restart.";
constexpr const char* kKeyRightAdvice =
    "ABRP does not let this API key post telemetry. Give it posting rights in ABRP (manage your "
    "telemetry API keys), or make a new Telemetry key and enter it on this program's page, or in "
    "abrp.api_key and restart.";
constexpr const char* kTokenAdvice =
    "ABRP does not know the token. In ABRP's app open Settings, Connect live data, Generic, and "
    "copy "
    "the token to this program's page, or into abrp.token or the vehicle's abrp_token and restart. "
    "An OBD link of that vehicle must be removed in ABRP first.";

std::string advice(Verdict verdict) {
  if (verdict == Verdict::token_rejected) return kTokenAdvice;
  return verdict == Verdict::not_allowed ? kKeyRightAdvice : kKeyAdvice;
}

/// Stands for key and token in the store, without telling them.
std::string credentials_mark(const Options& options, const base::Crypto& crypto) {
  constexpr std::size_t kMarkDigits = 16;
  const auto digest = crypto.sha256(options.api_key.reveal() + "\n" + options.token.reveal());
  return base::hex(digest).substr(0, kMarkDigits);
}

}  // namespace

struct Link::Impl {
  Impl(Services services, Options o, base::CarId id)
      : s(services), options(std::move(o)), car(std::move(id.text)) {}

  using Entries = std::vector<PointQueue::Entry>;
  struct Exchange {
    Reply reply;
    std::string body;
  };

  // offering
  Task<Result<void>> load();
  void restore(SentMarks stored);
  Task<Result<void>> save();
  Task<Result<void>> offer(const vehicle::Car& from);
  // asking
  Task<Exchange> exchange(base::HttpRequest request);
  Task<Result<std::string>> check();
  Task<void> find_name();
  // sending; an error means that the task was cancelled
  Task<Result<void>> step();
  Task<Result<void>> clean();
  Task<Result<Entries>> next_entries();
  Task<Result<void>> send(Entries entries);
  Task<Result<void>> react(const Entries& entries, const Reply& reply);
  Task<Result<void>> accepted(const Entries& entries);
  Task<Result<void>> refused(const Entries& entries, const Reply& reply);
  Task<Result<void>> rejected(Verdict verdict);
  Task<Result<void>> back_off(const Reply& reply);
  Task<Result<void>> storage_pause(const base::Error& error);
  Task<Result<void>> wait(milliseconds duration);

  void enter(std::string state, std::string detail);
  void forget(const Entries& entries);
  void drop(const PointQueue::Entry& entry, const std::string& reason);
  void log_line(LogLevel level, const std::string& text) const {
    s.log.write(level, kAbrpPart, fmt::format("car {}: {}", car, text));
  }

  Services s;
  Options options;
  std::string car;
  Status status = {};
  Counters counters = {};
  std::function<void()> changed = {};

  SentMarks sent_marks = {};
  bool loaded = false;
  bool unsaved = false;  // progress is ahead of the store
  base::Event offered = {};

  base::SteadyTime next_request = {};
  int failures = 0;                       // in a row, for the back-off
  int refusals = 0;                       // of the oldest point
  std::size_t singles = 0;                // how many points go alone, after a refused bulk
  std::vector<long long> removable = {};  // sent or given up, still in the queue
  bool storage_down = false;
  bool drop_noted = false;
  bool name_wanted = true;
  bool points_answered = false;               // ABRP accepted or rejected a point since the start
  Verdict check_verdict = Verdict::accepted;  // what check() was refused for, when it was
};

Task<Result<void>> Link::Impl::load() {
  if (loaded) co_return Result<void>();
  auto text = co_await s.store.get(kAbrpSpace, car);
  if (!text) co_return fail(text.error());
  if (*text) {
    auto parsed = parse_sent_marks(**text);
    if (!parsed) log_line(LogLevel::warning, "the stored progress cannot be read; starting anew");
    restore(std::move(parsed).value_or(SentMarks{}));
  }
  loaded = true;
  co_return Result<void>();
}

// What ABRP thought of other credentials says nothing about these; and whether it can be reached
// now is not known before it was asked.
void Link::Impl::restore(SentMarks stored) {
  sent_marks = std::move(stored);
  if (sent_marks.credentials != credentials_mark(options, s.crypto) || points_answered) return;
  status = sent_marks.status;
  if (status.state != "unreachable") return;
  status.state = "waiting";
  status.detail.clear();
}

Task<Result<void>> Link::Impl::save() {
  if (!unsaved || !loaded) co_return Result<void>();
  sent_marks.status = status;
  sent_marks.credentials = credentials_mark(options, s.crypto);
  unsaved = false;  // what changes while it is written is written by the next call
  auto stored = co_await s.store.put(kAbrpSpace, car, serialize(sent_marks));
  if (!stored) unsaved = true;
  co_return stored;
}

// The points become durable before the progress does: a crash between the two sends them twice
// (ABRP tolerates that: docs/abrp.md, "The interface"), never not at all.
Task<Result<void>> Link::Impl::offer(const vehicle::Car& from) {
  if (auto ready = co_await load(); !ready) co_return fail(ready.error());
  auto ahead = sent_marks;
  const auto points = new_points(from, ahead, s.clock.now(), options.send_location);
  if (points.empty()) co_return co_await save();

  std::vector<std::string> tlms;
  tlms.reserve(points.size());
  for (const auto& point : points) tlms.push_back(to_tlm(point));
  if (auto kept = co_await s.queue.append(car, std::move(tlms)); !kept) {
    co_return fail(kept.error());
  }
  sent_marks.sent = std::move(ahead.sent);
  counters.queued += points.size();
  unsaved = true;
  offered.notify();
  co_return co_await save();
}

Task<Link::Impl::Exchange> Link::Impl::exchange(base::HttpRequest request) {
  // The turn is taken before the wait, so that check() and run() keep the pace together.
  const auto turn = std::max(s.clock.steady(), next_request);
  next_request = turn + kPace;
  auto slept = co_await base::sleep_until(s.clock, turn);
  if (!slept) co_return Exchange{.reply = {.verdict = Verdict::cancelled}, .body = {}};
  auto answer = co_await s.http.send(std::move(request));
  Exchange done{.reply = classify_reply(answer, options), .body = {}};
  if (answer) done.body = std::move(answer->body);
  co_return done;
}

// A 403 only says that the key may not read. oauth/me is no telemetry call, so it may give the name
// but says nothing about the credentials.
Task<Result<std::string>> Link::Impl::check() {
  constexpr std::array<std::string_view, 3> kCalls = {"tlm/get_telemetry", "oauth/me",
                                                      "tlm/get_next_charge"};
  bool verified = false;
  bool may_not_read = false;
  std::string last;
  for (const auto path : kCalls) {
    const bool checks_credentials = path != "oauth/me";
    if (verified && checks_credentials) break;
    const auto done = co_await exchange(read_request(options, path));
    const auto verdict = done.reply.verdict;
    if (verdict == Verdict::cancelled) co_return fail(ErrorCode::cancelled, "stopped");
    if (verdict == Verdict::accepted) {
      if (auto name = vehicle_name(path, done.body); !name.empty()) co_return name;
    }
    if (!checks_credentials) continue;
    last = done.reply.text;
    verified = verdict == Verdict::accepted;
    may_not_read = may_not_read || verdict == Verdict::not_allowed;
    check_verdict = verdict;
    if (verdict == Verdict::token_rejected) {
      co_return fail(ErrorCode::credentials_rejected, "ABRP rejects the token", advice(verdict));
    }
    if (verdict == Verdict::key_rejected) {
      co_return fail(ErrorCode::credentials_rejected, "ABRP rejects the API key", advice(verdict));
    }
    if (verdict == Verdict::unreachable && !done.reply.answered) {
      co_return fail(ErrorCode::unreachable,
                     "ABRP cannot be reached: " + std::string(base::without_address(last)),
                     "Check the network and abrp.url; it is tried again by itself.");
    }
  }
  if (verified) co_return std::string();
  if (may_not_read) {
    co_return fail(ErrorCode::forbidden,
                   "ABRP knows the API key, but it may not read, so the token cannot be checked",
                   "Nothing has to be done; the first point that is sent checks the token.");
  }
  co_return fail(ErrorCode::unexpected_response, "ABRP did not understand the check: " + last);
}

Task<void> Link::Impl::find_name() {
  auto name = co_await check();
  if (name) {
    name_wanted = false;
    const bool rejected = status.state == "token_rejected" || status.state == "key_rejected";
    if (rejected && !points_answered) enter("waiting", {});  // that was in an earlier run
    if (name->empty() || *name == status.vehicle_name) co_return;
    status.vehicle_name = std::move(*name);
    unsaved = true;
    log_line(LogLevel::info, "the token belongs to the ABRP vehicle '" + status.vehicle_name + "'");
    if (changed) changed();
    (void)co_await save();
    co_return;
  }
  const auto code = name.error().code;
  if (code == ErrorCode::cancelled || code == ErrorCode::unreachable) co_return;
  name_wanted = false;
  // Points are sent all the same: they have the last word.
  if (code == ErrorCode::credentials_rejected && !points_answered) {
    enter(check_verdict == Verdict::token_rejected ? "token_rejected" : "key_rejected",
          name.error().remedy);
    (void)co_await save();
  }
}

// Until the queue is clean nothing more is sent, else points would be sent twice.
Task<Result<void>> Link::Impl::clean() {
  if (removable.empty()) co_return Result<void>();
  auto removed = co_await s.queue.remove(car, removable);
  if (removed) removable.clear();
  co_return removed;
}

Task<Result<void>> Link::Impl::step() {
  if (auto removed = co_await clean(); !removed) co_return co_await storage_pause(removed.error());
  auto entries = co_await next_entries();
  if (!entries) co_return co_await storage_pause(entries.error());
  storage_down = false;
  if (!removable.empty()) co_return Result<void>();
  if (entries->empty()) co_return co_await offered.wait();
  co_return co_await send(std::move(*entries));
}

// The oldest points; those that ABRP would show as news from long ago are marked for removal.
Task<Result<Link::Impl::Entries>> Link::Impl::next_entries() {
  auto entries = co_await s.queue.front(car, singles > 0 ? 1 : kBatch);
  if (!entries) co_return fail(entries.error());
  const auto oldest = s.clock.now() - kOldest;
  for (const auto& entry : *entries) {
    const auto time = time_of(entry.tlm);
    if (!time || *time < oldest) removable.push_back(entry.id);
  }
  if (!removable.empty()) {
    log_line(LogLevel::info,
             fmt::format("{} point(s) older than 7 days are not sent any more", removable.size()));
    counters.dropped += removable.size();
  }
  co_return std::move(*entries);
}

Task<Result<void>> Link::Impl::send(Entries entries) {
  std::vector<std::string> tlms;
  for (const auto& entry : entries) {
    tlms.push_back(options.send_location ? entry.tlm : without_place(entry.tlm));
  }
  auto request =
      tlms.size() == 1 ? send_request(options, tlms.front()) : bulk_request(options, tlms);
  const auto done = co_await exchange(std::move(request));
  if (!done.reply.missing.empty()) {
    log_line(LogLevel::debug, "ABRP says that something is missing: " + done.reply.missing);
  }
  co_return co_await react(entries, done.reply);
}

Task<Result<void>> Link::Impl::react(const Entries& entries, const Reply& reply) {
  const bool stopped = reply.verdict == Verdict::cancelled;
  if (reply.verdict != Verdict::accepted && !stopped) ++counters.failures;
  switch (reply.verdict) {
    case Verdict::accepted: co_return co_await accepted(entries);
    case Verdict::key_rejected:
    case Verdict::token_rejected:
    case Verdict::not_allowed: co_return co_await rejected(reply.verdict);
    case Verdict::malformed:
    case Verdict::refused: co_return co_await refused(entries, reply);
    case Verdict::unreachable: co_return co_await back_off(reply);
    case Verdict::cancelled: break;
  }
  co_return fail(ErrorCode::cancelled, "stopped");
}

Task<Result<void>> Link::Impl::accepted(const Entries& entries) {
  forget(entries);
  counters.sent += entries.size();
  failures = 0;
  drop_noted = false;
  status.last_accepted = s.clock.now();
  points_answered = true;
  unsaved = true;
  const bool same_state = status.state == "ok";
  enter("ok", {});
  if (same_state && changed) changed();
  (void)co_await save();  // not written: the next acceptance or offer does it
  if (!co_await clean()) co_return Result<void>();  // step() tries again, and waits if need be
  if (name_wanted) co_await find_name();
  co_return Result<void>();
}

Task<Result<void>> Link::Impl::refused(const Entries& entries, const Reply& reply) {
  if (entries.size() > 1) {
    singles = entries.size();
    co_return Result<void>();
  }
  ++refusals;
  if (reply.verdict == Verdict::refused && refusals < kMostRefusals) {
    co_return co_await back_off(reply);
  }
  drop(entries.front(), reply.text);
  co_return Result<void>();
}

Task<Result<void>> Link::Impl::rejected(Verdict verdict) {
  points_answered = true;
  enter(verdict == Verdict::token_rejected ? "token_rejected" : "key_rejected", advice(verdict));
  (void)co_await save();
  co_return co_await wait(kRejectedPause);
}

Task<Result<void>> Link::Impl::back_off(const Reply& reply) {
  enter("unreachable", "ABRP takes no points now (" + reply.text +
                           "). They are kept and sent later; nothing has to be done.");
  constexpr int kMostDoublings = 6;  // 15 s * 2^6 is over 15 min
  const milliseconds longest = std::min<milliseconds>(
      kFirstBackOff * (1 << std::min(failures, kMostDoublings)), kLongestBackOff);
  ++failures;
  const auto share = s.random.uniform(0.75, 1.0);
  const auto pause = std::max<milliseconds>(
      std::chrono::duration_cast<milliseconds>(longest * share), kFirstBackOff);
  co_return co_await wait(
      std::max<milliseconds>(pause, reply.retry_after.value_or(std::chrono::seconds(0))));
}

Task<Result<void>> Link::Impl::storage_pause(const base::Error& error) {
  if (error.code == ErrorCode::cancelled) co_return fail(error);
  if (!storage_down) log_line(LogLevel::warning, "the queue cannot be used: " + error.message);
  storage_down = true;
  co_return co_await wait(kStoragePause);
}

Task<Result<void>> Link::Impl::wait(milliseconds duration) {
  co_return co_await base::sleep_for(s.clock, duration);
}

void Link::Impl::enter(std::string state, std::string detail) {
  if (status.state == state && status.detail == detail) return;
  const bool other = status.state != state;
  unsaved = true;
  const bool was_down = status.state != "ok" && status.state != "waiting";
  status.state = std::move(state);
  status.detail = std::move(detail);
  if (other && status.state != "ok") log_line(LogLevel::warning, status.detail);
  if (other && status.state == "ok") {
    log_line(LogLevel::info, was_down ? "ABRP accepts points again" : "ABRP accepts points");
  }
  if (changed) changed();
}

void Link::Impl::forget(const Entries& entries) {
  for (const auto& entry : entries) removable.push_back(entry.id);
  singles -= std::min(singles, entries.size());
  refusals = 0;
}

void Link::Impl::drop(const PointQueue::Entry& entry, const std::string& reason) {
  // One line per series: if ABRP came to refuse every point, each would be a line else.
  log_line(drop_noted ? LogLevel::debug : LogLevel::warning,
           "ABRP refuses a point for good, it is dropped: " + reason);
  drop_noted = true;
  ++counters.dropped;
  removable.push_back(entry.id);
  singles = 0;
  refusals = 0;
}

Link::Link(Services services, Options options, base::CarId car)
    : impl_(std::make_unique<Impl>(services, std::move(options), std::move(car))) {}
Link::~Link() = default;

Task<Result<std::string>> Link::check() { return impl_->check(); }
Task<Result<void>> Link::offer(const vehicle::Car& car) { return impl_->offer(car); }
const Status& Link::status() const { return impl_->status; }
const Counters& Link::counters() const { return impl_->counters; }

Task<void> Link::run(std::function<void()> changed) {
  impl_->changed = std::move(changed);
  if (co_await impl_->load() && impl_->status != Status{}) impl_->changed();
  co_await impl_->find_name();
  while (co_await impl_->step()) {
  }
}

}  // namespace toyota2mqtt::abrp
