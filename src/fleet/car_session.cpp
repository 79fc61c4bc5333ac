#include "toyota2mqtt/fleet/car_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "toyota2mqtt/vehicle/catalogue.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::fleet {

namespace {

constexpr const char* kSeenSpace = "notifications";
constexpr const char* kReadingSpace = "reading";
constexpr const char* kWakesSpace = "wakes";
constexpr int kPhaseDigits = 4;

/// A number in [0, 1) that is always the same for this car.
double phase_of(const base::CarId& id) {
  const auto digits = id.text.substr(0, kPhaseDigits);
  return static_cast<double>(std::stoul(digits, nullptr, 16)) / 65536.0;
}

}  // namespace

base::Task<vehicle::Evidence> load_evidence(base::Store& store, base::CarId car) {
  const auto text = co_await store.get(kEvidenceSpace, car.text);
  if (!text || !*text) co_return vehicle::Evidence{};
  co_return vehicle::parse_evidence(**text).value_or(vehicle::Evidence{});
}

CarSession::CarSession(Services services, toyota::Cloud& cloud, vehicle::Car car, CarPolicy policy,
                       CarOwner& owner)
    : services_(std::move(services)),
      cloud_(cloud),
      car_(std::move(car)),
      policy_(std::move(policy)),
      memory_(services_.sealed, car_.identity.id),
      owner_(owner),
      desk_(services_.clock, car_, services_.zone, desk_hooks()),
      version_(services_.listeners.next_version()) {
  history_.phase = phase_of(car_.identity.id);
}

CarSession::~CarSession() = default;

void CarSession::start(boost::asio::any_io_executor executor) {
  tasks_ = std::make_unique<base::TaskGroup>(std::move(executor), services_.log);
  if (!policy_.abrp.token.empty()) {
    car_.uses_abrp = true;
    abrp_ = std::make_unique<abrp::Link>(services_.for_abrp(), policy_.abrp, car_.identity.id);
    copy_abrp_status();
    tasks_->spawn("abrp", abrp_->run([this] {
      copy_abrp_status();
      changed();
    }));
  }
  tasks_->spawn("read", read_by_schedule());
  tasks_->spawn("commands", desk_.run(*tasks_));
}

void CarSession::changed() {
  version_ = services_.listeners.next_version();
  fresh_until_ = fresh_until();
  std::erase_if(cleared_, [this](const auto& cleared) { return !waits_for(cleared.first); });
  if (const auto view = owner_.view_of(car_.identity.id)) {
    services_.listeners.notify(&Listener::car_changed, *view);
  }
}

void CarSession::cancel() {
  if (tasks_) tasks_->cancel();
}

base::Task<void> CarSession::join() {
  if (tasks_) co_await tasks_->join();
}

void CarSession::update_listing(vehicle::Identity identity, const vehicle::VehicleState& listed,
                                std::string name) {
  car_.identity = std::move(identity);
  car_.name = std::move(name);
  car_.state.subscription_end = listed.subscription_end;
  changed();
}

void CarSession::set_reading(bool on) {
  if (on) read_now();
  if (on == car_.diagnostics.reading) return;
  car_.diagnostics.reading = on;
  if (!on) car_.diagnostics.next_read.reset();
  tasks_->spawn("reading", [](CarSession& self, bool value) -> base::Task<void> {
    const auto stored = co_await self.services_.store.put(kReadingSpace, self.car_.identity.id.text,
                                                          value ? "on" : "off");
    if (!stored) self.services_.log.warning("bridge", stored.error().message);
  }(*this, on));
  changed();
}

void CarSession::probe() {
  auto& telemetry = history_.of(vehicle::Source::telemetry);
  if (!telemetry.dead) telemetry.retry_at.reset();
  telemetry.wanted = true;
  history_.pause_until.reset();
  wake_.notify();
}

void CarSession::read_now() {
  read_now_ = true;
  wake_.notify();
}

void CarSession::copy_abrp_status() {
  car_.diagnostics.abrp_status = abrp_->status().state;
  car_.diagnostics.abrp_last_accepted = abrp_->status().last_accepted;
  car_.diagnostics.abrp_vehicle = abrp_->status().vehicle_name;
  car_.diagnostics.abrp_remedy = abrp_->status().detail;
}

base::Task<void> CarSession::remember() {
  const auto& key = car_.identity.id.text;
  car_.evidence = co_await load_evidence(services_.store, car_.identity.id);
  if (const auto text = co_await services_.store.get(kSeenSpace, key); text && *text) {
    seen_ = parse_seen(**text);
  }
  if (const auto text = co_await services_.store.get(kReadingSpace, key); text && *text) {
    car_.diagnostics.reading = **text != "off";
  }
  if (const auto text = co_await services_.store.get(kWakesSpace, key); text && *text) {
    wakes_ = parse_wakes(**text).value_or(WakeHistory{});
    stored_wakes_ = serialize(wakes_);
  }
  co_await recall_state();
}

// What an earlier run knew is shown at once: nothing older takes its place, and nobody waits.
base::Task<void> CarSession::recall_state() {
  const auto now = services_.clock.now();
  const auto answered = co_await memory_.recall(car_.state, services_.zone, now);
  (void)odometer_.check(car_.evidence, car_.state, now);
  if (!answered) co_return;
  auto& last_read = car_.diagnostics.last_read;
  last_read = std::max(last_read.value_or(*answered), *answered);
  presentable_ = true;
  learn();
  tell_diagnostics();
  changed();
  co_await keep_learnt();
}

void CarSession::learn() {
  shown_ = car_.state;
  car_.evidence = vehicle::observe(std::move(car_.evidence), car_.state);
  car_.evidence = vehicle::record_reported(std::move(car_.evidence), car_, services_.zone);
  for (auto& event : vehicle::new_events(car_.evidence, car_.state)) {
    new_events_.push_back(std::move(event));
  }
  for (const auto& row : vehicle::catalogue()) {
    if (vehicle::applies(row, car_)) car_.evidence.announced.emplace(row.id);
  }
  for (const auto& row : vehicle::command_catalogue()) {
    const bool in_document = row.platform != vehicle::Platform::time;
    if (in_document && vehicle::offered(row, car_)) car_.evidence.announced.emplace(row.id);
  }
}

base::Task<void> CarSession::keep_learnt() {
  // Stored before it is published, like the notifications.
  co_await keep_evidence();
  for (const auto& event : std::exchange(new_events_, {})) {
    if (const auto view = owner_.view_of(car_.identity.id)) {
      services_.listeners.notify(&Listener::happened, *view, event);
    }
  }
  co_await fire_notifications();
}

base::Task<void> CarSession::keep_evidence() {
  auto text = vehicle::serialize(car_.evidence);
  if (text == stored_evidence_) co_return;
  // Shielded: a command that the cloud has just rejected is not offered after the next start.
  const auto stored =
      co_await base::shielded(services_.store.put(kEvidenceSpace, car_.identity.id.text, text));
  if (stored) {
    stored_evidence_ = std::move(text);
  } else if (stored.error().code != base::ErrorCode::cancelled) {
    services_.log.warning("bridge", "cannot remember what was learnt: " + stored.error().message);
  }
}

// Shielded: what was shown must not be older after a restart that comes at this very moment.
base::Task<void> CarSession::keep_answers() {
  const auto kept = co_await base::shielded(memory_.save());
  if (kept || kept.error().code == base::ErrorCode::cancelled) {
    memory_failing_ = memory_failing_ && !kept;
  } else if (!std::exchange(memory_failing_, true)) {
    services_.log.warning("bridge", "cannot remember what the car said: " + kept.error().message);
  }
}

base::Task<void> CarSession::keep_wakes() {
  auto text = serialize(wakes_);
  if (text == stored_wakes_) co_return;
  const auto stored = co_await services_.store.put(kWakesSpace, car_.identity.id.text, text);
  if (stored) {
    stored_wakes_ = std::move(text);
  } else if (stored.error().code != base::ErrorCode::cancelled) {
    services_.log.warning("bridge", "cannot remember the wakes: " + stored.error().message);
  }
}

base::Task<void> CarSession::fire_notifications() {
  if (!car_.state.notifications) co_return;
  auto fresh = new_notifications(*car_.state.notifications, seen_);
  if (fresh.seen == seen_) co_return;
  // Remembered before they are fired: an event that is lost in a crash is better than an
  // automation that runs twice.
  const auto stored =
      co_await services_.store.put(kSeenSpace, car_.identity.id.text, serialize(*fresh.seen));
  if (!stored && stored.error().code == base::ErrorCode::cancelled) co_return;
  seen_ = fresh.seen;
  for (const auto& notification : fresh.events) {
    if (const auto view = owner_.view_of(car_.identity.id)) {
      services_.listeners.notify(&Listener::notified, *view, notification);
    }
  }
}

}  // namespace toyota2mqtt::fleet
