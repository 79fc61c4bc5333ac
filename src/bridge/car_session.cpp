#include "toyota2mqtt/bridge/car_session.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "toyota2mqtt/vehicle/catalogue.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::bridge {

namespace {

constexpr auto kPatienceBeforeShowing = std::chrono::seconds(20);
constexpr const char* kEvidenceSpace = "evidence";
constexpr const char* kSeenSpace = "notifications";
constexpr const char* kReadingSpace = "reading";
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

CarSession::CarSession(Services services, toyota::Cloud& cloud, vehicle::Car car, Polling polling,
                       CarEvents events)
    : services_(std::move(services)),
      cloud_(cloud),
      car_(std::move(car)),
      polling_(polling),
      events_(std::move(events)) {
  history_.phase = phase_of(car_.identity.id);
}

CarSession::~CarSession() = default;

void CarSession::start(boost::asio::any_io_executor executor, std::optional<abrp::Options> abrp) {
  tasks_ = std::make_unique<base::TaskGroup>(std::move(executor), services_.log);
  if (abrp) {
    car_.uses_abrp = true;
    abrp_ = std::make_unique<abrp::Link>(services_.for_abrp(), std::move(*abrp), car_.identity.id);
    copy_abrp_status();
    tasks_->spawn("abrp", abrp_->run([this] {
      copy_abrp_status();
      events_.changed();
    }));
  }
  tasks_->spawn("read", read_by_schedule());
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
  events_.changed();
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
  events_.changed();
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
}

base::Task<void> CarSession::read_by_schedule() {
  co_await remember();
  while (true) {
    const auto now = services_.clock.now();
    const auto due = next_read(history_, polling_, now);
    if (car_.diagnostics.reading && (read_now_ || due <= now)) {
      read_now_ = false;
      if (!co_await read_all()) co_return;
      history_.last_read = services_.clock.now();
      ++history_.reads;
      presentable_ = true;
      if (car_.diagnostics.reading) {
        car_.diagnostics.next_read = next_read(history_, polling_, services_.clock.now());
      }
      events_.changed();
      continue;
    }
    const auto wait =
        car_.diagnostics.reading ? due - now : std::chrono::milliseconds(polling_.parked);
    if (!co_await wake_.wait_until(services_.clock, services_.clock.steady() + wait)) co_return;
  }
}

base::Task<bool> CarSession::read_all() {
  const auto begun = services_.clock.steady();
  for (const auto source : toyota::sources_for(car_)) {
    const auto result = co_await cloud_.read(car_, source, services_.zone);
    const auto what =
        result.error ? toyota::disposition(*result.error) : toyota::Disposition::retry;
    if (result.error && what == toyota::Disposition::stop) co_return false;
    note(source, result);
    events_.answered(result);
    if (result.error && what == toyota::Disposition::stop_account) break;
    if (result.error && what == toyota::Disposition::drop_vehicle) {
      events_.left();
      break;
    }
    if (result.no_connection()) break;
    if (services_.clock.steady() - begun > kPatienceBeforeShowing) presentable_ = true;
    // What is new is shown at once; most answers are what the last reading said.
    if (presentable_ && car_.state != shown_) {
      co_await settle();
      events_.changed();
    }
  }
  co_await settle();
  if (answered_at_) car_.diagnostics.last_read = answered_at_;
  if (abrp_) {
    const auto offered = co_await abrp_->offer(car_);
    if (!offered && offered.error().code == base::ErrorCode::cancelled) co_return false;
    if (!offered) services_.log.warning("abrp", offered.error().message);
  }
  co_return true;
}

void CarSession::note(vehicle::Source source, const toyota::RouteResult& result) {
  if (result.kind == toyota::RouteResult::Kind::ok) {
    answered_at_ = services_.clock.now();
    // Once per reading is enough, but for the first: availability waits for it.
    if (!car_.diagnostics.last_read) car_.diagnostics.last_read = answered_at_;
    if (failing_.erase(source) != 0) {
      services_.log.info("bridge", fmt::format("{}: {} can be read again",
                                               car_.identity.vin.masked(), to_string(source)));
    }
    return;
  }
  if (!result.error || result.kind == toyota::RouteResult::Kind::not_supported) return;
  if (!failing_.insert(source).second) return;
  services_.log.warning(
      "bridge", fmt::format("{}: {} cannot be read, the last values stay: {}",
                            car_.identity.vin.masked(), to_string(source), result.error->message));
}

base::Task<void> CarSession::settle() {
  shown_ = car_.state;
  car_.evidence = vehicle::observe(std::move(car_.evidence), car_.state);
  car_.evidence = vehicle::note_reported(std::move(car_.evidence), car_, services_.zone);
  for (const auto& row : vehicle::catalogue()) {
    if (vehicle::applies(row, car_)) car_.evidence.announced.emplace(row.id);
  }
  co_await keep_evidence();
  co_await fire_notifications();
}

base::Task<void> CarSession::keep_evidence() {
  auto text = vehicle::serialize(car_.evidence);
  if (text == stored_evidence_) co_return;
  const auto stored = co_await services_.store.put(kEvidenceSpace, car_.identity.id.text, text);
  if (stored) {
    stored_evidence_ = std::move(text);
  } else if (stored.error().code != base::ErrorCode::cancelled) {
    services_.log.warning("bridge", "cannot remember what was learnt: " + stored.error().message);
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
  for (const auto& notification : fresh.events) events_.notified(notification);
}

}  // namespace toyota2mqtt::bridge
