#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "toyota2mqtt/fleet/car_session.hpp"
#include "toyota2mqtt/toyota/cloud_metrics.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

/// The reading loop of a car: what is due is read, what has changed is followed up, and then it
/// waits for the next moment of the schedule, of a wake, or of a wish from outside.
namespace toyota2mqtt::fleet {

namespace {

constexpr auto kPatienceBeforeShowing = std::chrono::seconds(20);
constexpr auto kReadAtOnce = std::chrono::seconds(0);
constexpr auto kTogether = std::chrono::seconds(60);
constexpr auto kWhileSwitchedOff = std::chrono::hours(24);
constexpr auto kSilence = std::chrono::hours(1);
/// An answer that takes longer comes when it comes; meanwhile the other sources are asked.
constexpr auto kPatienceWithRoute = std::chrono::seconds(3);
/// While there is nothing to show: an owner who has just set up the program waits for values.
constexpr auto kPatienceAtFirst = std::chrono::milliseconds(75);
/// With so many answers outstanding the next one is waited for: the cloud refuses bursts, and when
/// it hangs altogether, more questions tell nothing.
constexpr int kMostOutstanding = 2;
constexpr auto kUntilTimeOut = std::chrono::minutes(10);  // the request itself ends long before

/// What an owner looks for first. It is read before anything else, and shown as it comes.
constexpr std::array kFirstSources = {vehicle::Source::telemetry, vehicle::Source::electric,
                                      vehicle::Source::status, vehicle::Source::location};

/// The sources of one pass, for the log; a pass without any has taken answers that came late.
std::string words_of(const std::set<vehicle::Source>& read) {
  if (read.empty()) return "what was late";
  std::string words;
  for (const auto source : read) {
    words += (words.empty() ? "" : ", ") + std::string(to_string(source));
  }
  return words;
}

}  // namespace

Situation CarSession::assess_now() {
  auto situation = assess(car_, history_, services_.clock.now(), services_.zone);
  if (situation.mode != mode_ || car_.diagnostics.mode.empty()) {
    services_.log.debug("schedule",
                        fmt::format("{}: {} -> {}: {}", car_.identity.vin.masked(),
                                    car_.diagnostics.mode.empty() ? "start" : to_string(mode_),
                                    to_string(situation.mode), situation.why));
  }
  mode_ = situation.mode;
  return situation;
}

base::Task<void> CarSession::read_by_schedule() {
  began_ = services_.clock.steady();
  co_await remember();
  while (true) {
    if (!car_.diagnostics.reading) {
      const auto until = services_.clock.steady() + kWhileSwitchedOff;
      if (!co_await wake_.wait_until(services_.clock, until)) co_return;
      continue;
    }
    if (read_now_) want_everything(history_);
    read_now_ = false;
    if (!co_await read_due()) co_return;
    if (!co_await look_and_wake()) co_return;
    tell_diagnostics();
    const auto now = services_.clock.now();
    const auto wait = next_event() - now;
    if (wait <= std::chrono::milliseconds(0)) continue;
    if (!co_await wake_.wait_until(services_.clock, services_.clock.steady() + wait)) co_return;
  }
}

base::Time CarSession::next_event() const {
  const auto now = services_.clock.now();
  const auto situation = assess(car_, history_, now, services_.zone);
  const auto sources = toyota::sources_for(car_);
  const auto plan = next_reads(history_, situation, sources, policy_.polling, now);
  if (!plan.due.empty() || read_now_ || !late_.empty()) return now;
  auto next = plan.next;
  if (const auto look = next_look(wakes_, now)) next = std::min(next, look->at);
  if (const auto wish = wanted_wake(wakes_, policy_.wake, situation, wake_facts(car_), now)) {
    next = std::min(next, time_of(*wish));
  }
  return std::max(next, now);
}

struct CarSession::Asked {
  vehicle::Source source = vehicle::Source::telemetry;
  vehicle::VehicleState before = {};  ///< what was known when it was asked
  std::optional<toyota::RouteResult> result = {};
  std::optional<base::AsyncMutex::Lock> lock = {};  ///< until it is answered or left behind
  bool left_behind = false;
  base::Event answered = {};
};

// One pass: what is due, then what the answers have made interesting; each source at most once.
base::Task<bool> CarSession::read_due() {
  std::set<vehicle::Source> read;
  bool news = false;
  while (car_.diagnostics.reading) {
    if (!late_.empty()) {
      news = true;
      if (!co_await take_late()) co_return false;
    }
    const auto source = next_due(read);
    if (!source) break;
    read.insert(*source);
    if (!co_await read_source(*source)) co_return false;
  }
  if (read.empty() && !news) co_return true;
  // Before anything has answered there is nothing to show but what an earlier run has left.
  const bool waited = services_.clock.steady() - began_ > kPatienceBeforeShowing;
  if (answered_at_ || waited) presentable_ = true;
  if (!co_await end_pass()) co_return false;
  const bool more = left_behind_ > 0 || !late_.empty();
  // Two cars may end in the same four digits: here the name in topics tells them apart.
  const auto& vin = car_.identity.vin;
  const auto name = owner_.of_guest() ? vin.masked()
                                      : fmt::format("{} ({})", vin.masked(), car_.identity.id.text);
  services_.log.debug("bridge", fmt::format("{}: read {}{}", name, words_of(read),
                                            more ? "; more is under way" : ""));
  co_return true;
}

std::optional<vehicle::Source> CarSession::next_due(const std::set<vehicle::Source>& read) {
  const auto now = services_.clock.now();
  if (!read.empty() && history_.pause_until && *history_.pause_until > now) return std::nullopt;
  const auto sources = toyota::sources_for(car_);
  // What is due within a minute comes along: one publication instead of two.
  const auto until = now + (read.empty() ? kReadAtOnce : kTogether);
  const auto plan = next_reads(history_, assess_now(), sources, policy_.polling, until);
  const auto next = std::ranges::find_if(plan.due, [&](vehicle::Source source) {
    return !read.contains(source) && !rests(history_.of(source), now);
  });
  return next == plan.due.end() ? std::nullopt : std::optional(*next);
}

std::chrono::milliseconds CarSession::patience() const {
  if (left_behind_ >= kMostOutstanding) return kUntilTimeOut;
  return presentable_ ? std::chrono::milliseconds(kPatienceWithRoute) : kPatienceAtFirst;
}

base::Task<void> CarSession::ask(CarSession& self, std::shared_ptr<Asked> asked) {
  const bool repeated = self.history_.of(asked->source).repeats > 0;
  auto result = co_await self.cloud_.read(self.car_, asked->source, self.services_.zone,
                                          repeated ? toyota::Tries::again : toyota::Tries::first);
  self.take_in(asked->source, result);
  asked->result = std::move(result);
  asked->lock.reset();
  if (!asked->left_behind) {
    asked->answered.notify();
    co_return;
  }
  --self.left_behind_;
  self.late_.push_back(std::move(asked));
  self.wake_.notify();
}

// Right behind the decoder: nobody may see a distance that is not believed.
void CarSession::take_in(vehicle::Source source, toyota::RouteResult& result) {
  history_.of(source).under_way = false;
  if (result.kind != toyota::RouteResult::Kind::ok) return;
  const auto now = services_.clock.now();
  memory_.note(source, std::move(result.body), services_.zone, now);
  const bool doubted = car_.evidence.doubted_odometer.has_value();
  const auto news = odometer_.check(car_.evidence, car_.state, now);
  const auto who = car_.identity.vin.masked();
  if (news == vehicle::OdometerNews::held_back && !doubted) {
    services_.log.warning("bridge", who +
                                        ": a total distance that cannot be is held back until a "
                                        "later report agrees");
  } else if (news == vehicle::OdometerNews::confirmed) {
    services_.log.info("bridge", who +
                                     ": the total distance that was held back is believed now: a "
                                     "later report agrees");
  }
}

// A fetch of past trips that is under way goes first. False: shutting down.
base::Task<bool> CarSession::read_source(vehicle::Source source) {
  if (history_.of(source).under_way) co_return true;
  auto lock = co_await asking_.lock();
  if (!lock) co_return false;
  const auto asked = std::make_shared<Asked>();
  asked->source = source;
  asked->before = car_.state;
  asked->lock.emplace(std::move(*lock));
  history_.of(source).under_way = true;
  tasks_->spawn("ask", ask(*this, asked));
  const auto until = services_.clock.steady() + patience();
  if (!co_await asked->answered.wait_until(services_.clock, until)) co_return false;
  if (asked->result) co_return co_await take_answer(*asked);
  asked->left_behind = true;
  asked->lock.reset();
  ++left_behind_;
  services_.log.debug("bridge",
                      fmt::format("{}: {} takes long to answer; the rest is read meanwhile",
                                  car_.identity.vin.masked(), to_string(source)));
  co_return true;
}

base::Task<bool> CarSession::take_late() {
  while (!late_.empty()) {
    const auto asked = std::move(late_.front());
    late_.pop_front();
    if (!co_await take_answer(*asked)) co_return false;
  }
  co_return true;
}

// False: shutting down.
base::Task<bool> CarSession::take_answer(const Asked& asked) {
  const auto& result = *asked.result;
  if (result.error && toyota::disposition(*result.error) == toyota::Disposition::stop) {
    co_return false;
  }
  note(asked.source, result, asked.before);
  toyota::record_read(services_.metrics, asked.source, result);
  // What is repeated in a moment tells nothing yet.
  if (!is_repeated(asked.source, result)) owner_.answered(car_.identity.id, asked.source, result);
  if (!result.error) desk_.looked();
  if (stopped_by(result)) co_return true;
  show_if_first_told();
  // What is new is shown at once; most answers are what the last reading said.
  if (presentable_ && car_.state != shown_) {
    learn();
    changed();
    co_await keep_learnt();
  } else if (car_.state != asked.before) {
    // The mode follows from the evidence, so what was learnt must not wait for the end of the pass.
    car_.evidence = vehicle::observe(std::move(car_.evidence), car_.state);
  }
  co_await keep_answers();
  co_return true;
}

bool CarSession::is_repeated(vehicle::Source source, const toyota::RouteResult& result) const {
  return result.passing && !was_not_asked(result) && history_.of(source).failures == 0;
}

bool CarSession::was_not_asked(const toyota::RouteResult& result) const {
  return result.no_connection() || (result.error && cloud_.no_token());
}

// With the first answer, as soon as what an owner looks for was asked: what is late by then, or
// fails, holds nothing back.
void CarSession::show_if_first_told() {
  if (presentable_ || !answered_at_) return;
  const auto sources = toyota::sources_for(car_);
  const bool all_tried = std::ranges::all_of(kFirstSources, [&](vehicle::Source source) {
    return std::ranges::find(sources, source) == sources.end() || tried(history_.of(source));
  });
  const bool waited = services_.clock.steady() - began_ > kPatienceBeforeShowing;
  presentable_ = all_tried || waited;
  if (presentable_) tell_diagnostics();
}

/// Whether the answer makes further requests pointless for now; then the car pauses.
bool CarSession::stopped_by(const toyota::RouteResult& result) {
  if (!result.error) return false;
  const auto what = toyota::disposition(*result.error);
  const bool gone = what == toyota::Disposition::drop_vehicle;
  if (gone) owner_.left();
  if (!gone && what != toyota::Disposition::stop_account && !was_not_asked(result)) return false;
  const auto now = services_.clock.now();
  const bool paused = history_.pause_until && *history_.pause_until > now;
  if (!result.no_connection() || !paused) note_unreachable(history_, policy_.polling, now);
  return true;
}

void CarSession::clear(const std::vector<vehicle::Source>& sources) {
  std::set<vehicle::Source> wanted;
  for (const auto source : toyota::sources_for(car_)) {
    const bool named = sources.empty() || std::ranges::find(sources, source) != sources.end();
    // What the car lacks would never be answered.
    if (named && !history_.of(source).dead) wanted.insert(source);
  }
  version_ = services_.listeners.next_version();
  for (const auto source : wanted) {
    cleared_.insert_or_assign(source, history_.of(source).reads);
  }
  read_soon(wanted);
}

// What failed was asked for, too: a client that waits for it gets what is known.
bool CarSession::was_cleared() const {
  return std::ranges::any_of(cleared_, [this](const auto& cleared) {
    return history_.of(cleared.first).reads == cleared.second;
  });
}

bool CarSession::waits_for(vehicle::Source source) const {
  const auto wish = cleared_.find(source);
  if (wish == cleared_.end()) return false;
  const auto& entry = history_.of(source);
  return entry.reads == wish->second || (entry.failures > 0 && !entry.dead);
}

bool CarSession::fresh() const {
  const bool in_time = fresh_until_ && services_.clock.now() <= *fresh_until_;
  // A reading that is still under way has not been notified yet.
  return in_time && std::ranges::none_of(
                        cleared_, [this](const auto& cleared) { return waits_for(cleared.first); });
}

std::optional<base::Time> CarSession::fresh_until() const {
  if (!presentable_) return std::nullopt;
  const auto now = services_.clock.now();
  return fleet::fresh_until(history_, assess(car_, history_, now, services_.zone), policy_.polling);
}

base::Task<bool> CarSession::end_pass() {
  learn();
  co_await keep_learnt();
  ++passes_;
  if (answered_at_) car_.diagnostics.last_read = answered_at_;
  const bool effects = note_effects(wakes_, car_.state, services_.clock.now());
  const bool secured = note_secured(wakes_, policy_.wake, assess_now(), wake_facts(car_));
  if (effects || secured) co_await keep_wakes();
  if (abrp_) {
    const auto offered = co_await abrp_->offer(car_);
    if (!offered && offered.error().code == base::ErrorCode::cancelled) co_return false;
    if (!offered) services_.log.warning("abrp", offered.error().message);
  }
  tell_diagnostics();
  changed();
  co_return true;
}

void CarSession::note(vehicle::Source source, const toyota::RouteResult& result,
                      const vehicle::VehicleState& before) {
  const auto now = services_.clock.now();
  if (result.kind == toyota::RouteResult::Kind::failed) {
    note_failed(source, result);
    return;
  }
  if (result.kind == toyota::RouteResult::Kind::not_supported) {
    note_dead(history_, source, now);
    return;
  }
  note_answer(history_, source, before, car_.state, now);
  answered_at_ = now;
  // Once per reading is enough, but for the first and after a silence: availability waits for it.
  auto& last_read = car_.diagnostics.last_read;
  if (!last_read || now - *last_read > kSilence) last_read = answered_at_;
  if (failing_.erase(source) != 0) {
    services_.log.info("bridge", fmt::format("{}: {} can be read again", car_.identity.vin.masked(),
                                             to_string(source)));
  }
}

// A failure that may pass in seconds is no news yet.
void CarSession::note_failed(vehicle::Source source, const toyota::RouteResult& result) {
  const auto now = services_.clock.now();
  const auto named = result.error && result.error->retry_after ? *result.error->retry_after
                                                               : std::chrono::seconds(0);
  if (result.no_connection()) {
    if (note_lost_connection(history_, now)) return;
  } else if (!was_not_asked(result)) {
    if (result.passing && note_passing_failure(history_, source, named, now)) return;
    note_failure(history_, source, now, named);
    if (source == vehicle::Source::telemetry) {
      want_second_opinion(history_, toyota::sources_for(car_));
    }
  }
  if (!result.error || !failing_.insert(source).second) return;
  if (const auto view = owner_.view_of(car_.identity.id)) {
    services_.listeners.notify(&Listener::read_failed, *view, source, *result.error);
  }
  const auto& remedy = result.error->remedy;
  services_.log.warning(
      "bridge", fmt::format("{}: {} cannot be read, the last values stay: {}{}",
                            car_.identity.vin.masked(), to_string(source), result.error->message,
                            remedy.empty() ? "" : ". What to do: " + remedy));
}

}  // namespace toyota2mqtt::fleet
