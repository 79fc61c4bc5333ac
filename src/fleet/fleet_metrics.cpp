#include "toyota2mqtt/fleet/fleet_metrics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <set>

namespace toyota2mqtt::fleet {

using base::counter_family;
using base::gauge_family;
using base::MetricFamily;
using toyota::WakeAnswer;
using vehicle::Source;

/// One of the owner's cars.
struct CarRef {
  const AccountSession& account;
  const CarSession& session;
  [[nodiscard]] const vehicle::Car& car() const { return session.car(); }
  [[nodiscard]] const std::string& id() const { return car().identity.id.text; }
};

namespace {

using Labels = base::MetricLabels;

constexpr std::array<std::string_view, 6> kAccountStates = {
    "ok", "set_up", "credentials_rejected", "action_required", "rate_limited", "unreachable"};
constexpr std::array kReasons = {WakeReason::stopped, WakeReason::charging, WakeReason::owner,
                                 WakeReason::command, WakeReason::idle};
constexpr std::array kAnswers = {WakeAnswer::Kind::accepted, WakeAnswer::Kind::rejected,
                                 WakeAnswer::Kind::failed};

std::string_view word_of(WakeAnswer::Kind kind) {
  switch (kind) {
    case WakeAnswer::Kind::accepted: return "accepted";
    case WakeAnswer::Kind::rejected: return "rejected";
    case WakeAnswer::Kind::failed: break;
  }
  return "failed";
}

/// A text that came from outside must not become a label.
std::string_view command_word(const std::string& command) {
  const auto action = vehicle::parse_action(command);
  return action ? vehicle::to_string(*action) : std::string_view("unknown");
}

constexpr std::array kMetricModes = {Mode::driving,    Mode::just_stopped, Mode::charging,
                                     Mode::plugged,    Mode::parked,       Mode::parked_long,
                                     Mode::unreachable};
static_assert(kMetricModes.size() == kModes);
constexpr std::array<std::string_view, 4> kBreakers = {"closed", "half_open", "open", "not_there"};
constexpr std::array<std::string_view, 4> kWaking = {"on", "off", "paused", "rejected"};
constexpr std::array<std::string_view, 6> kAbrpStates = {
    "off", "ok", "waiting", "key_rejected", "token_rejected", "unreachable"};

std::string text(std::string_view word) { return std::string(word); }

/// In s; a time that is still to come, by a clock that differs, is no age.
double age(base::Time at, base::Time now) {
  return std::max(0.0, std::chrono::duration<double>(now - at).count());
}

/// The vehicle list is the account's, not one car's.
bool is_of_cars(Source source) { return source != Source::vehicle_list; }

std::string_view breaker_word(const SourceHistory& source, base::Time now) {
  if (source.dead) return "not_there";
  switch (breaker(source, now)) {
    case Breaker::open: return "open";
    case Breaker::half_open: return "half_open";
    case Breaker::closed: break;
  }
  return "closed";
}

void collect_cars_themselves(const std::vector<CarRef>& cars, base::Time now,
                             std::vector<MetricFamily>& into) {
  auto info = gauge_family("toyota2mqtt_car_info", "Always 1; labels describe the car.");
  auto available = gauge_family("toyota2mqtt_car_available",
                                "1 while the car is available, as Home Assistant shows it.");
  auto reading = gauge_family("toyota2mqtt_car_reading", "1 while the switch Reading is on.");
  auto read_age = gauge_family("toyota2mqtt_car_read_age_seconds",
                               "Time since the cloud has last answered about the car.");
  for (const auto& ref : cars) {
    const auto& car = ref.car();
    const auto drive = vehicle::drive_of(car.identity, car.evidence);
    add_sample(info,
               {{"car", ref.id()},
                {"brand", text(to_string(car.identity.brand))},
                {"drive", text(to_string(drive))}},
               1);
    const Labels labels = {{"car", ref.id()}};
    add_sample(available, labels, ref.account.available(ref.session) ? 1 : 0);
    add_sample(reading, labels, car.diagnostics.reading ? 1 : 0);
    if (const auto read = ref.session.last_read()) add_sample(read_age, labels, age(*read, now));
  }
  for (auto* family : {&info, &available, &reading, &read_age}) {
    into.push_back(std::move(*family));
  }
}

void collect_sources(const std::vector<CarRef>& cars, base::Time now,
                     std::vector<MetricFamily>& into) {
  auto reads = counter_family("toyota2mqtt_car_source_reads_total",
                              "How often a source of the car was asked for, whatever came of it.");
  auto ages = gauge_family("toyota2mqtt_car_source_age_seconds",
                           "Age of what the source says, by the car's own time.");
  auto breakers = gauge_family("toyota2mqtt_car_source_state",
                               "1 for the state of the source's circuit breaker, 0 for the others "
                               "(docs/reliability.md).");
  for (const auto& ref : cars) {
    for (const auto source : vehicle::kAllSources) {
      if (!is_of_cars(source)) continue;
      const auto& history = ref.session.reads().of(source);
      const Labels labels = {{"car", ref.id()}, {"source", text(to_string(source))}};
      add_sample(reads, labels, history.reads);
      if (const auto at = ref.car().state.reported(source)) add_sample(ages, labels, age(*at, now));
      add_state_samples(breakers, labels, "state", kBreakers, breaker_word(history, now));
    }
  }
  for (auto* family : {&reads, &ages, &breakers}) into.push_back(std::move(*family));
}

void collect_modes(const std::vector<CarRef>& cars, std::vector<MetricFamily>& into) {
  std::array<std::string_view, kMetricModes.size()> words;
  std::ranges::transform(kMetricModes, words.begin(), [](Mode mode) { return to_string(mode); });
  auto modes = gauge_family("toyota2mqtt_car_mode",
                            "1 for the mode that the schedule reads the car by, 0 for the others "
                            "(docs/schedule.md).");
  auto infos = gauge_family("toyota2mqtt_car_mode_info",
                            "Always 1; labels hold the mode and its reason, a fixed sentence.");
  for (const auto& ref : cars) {
    const auto& told = ref.car().diagnostics;
    if (told.mode.empty()) continue;  // not read yet
    add_state_samples(modes, {{"car", ref.id()}}, "mode", words, told.mode);
    add_sample(infos, {{"car", ref.id()}, {"mode", told.mode}, {"reason", told.mode_reason}}, 1);
  }
  into.push_back(std::move(modes));
  into.push_back(std::move(infos));
}

void collect_waking(const std::vector<CarRef>& cars, base::Time midnight,
                    std::vector<MetricFamily>& into) {
  auto today = gauge_family("toyota2mqtt_car_wakes_today",
                            "Wakes since the owner's midnight: while charging, and all others.");
  auto waking = gauge_family("toyota2mqtt_car_waking",
                             "1 for how waking is, 0 for the others: on, off, paused (three wakes "
                             "had no effect), rejected (by the cloud).");
  for (const auto& ref : cars) {
    const auto& wakes = ref.session.wakes();
    const int all = wakes_today(wakes, midnight);
    const int charging = all == 0 ? 0 : wakes.today_charging;
    add_sample(today, {{"car", ref.id()}, {"kind", "charging"}}, charging);
    add_sample(today, {{"car", ref.id()}, {"kind", "other"}}, all - charging);
    if (const auto& told = ref.car().diagnostics.waking; !told.empty()) {
      add_state_samples(waking, {{"car", ref.id()}}, "state", kWaking, told);
    }
  }
  into.push_back(std::move(today));
  into.push_back(std::move(waking));
}
void collect_cars(const std::vector<CarRef>& cars, base::Time now, const base::Zone& zone,
                  std::vector<MetricFamily>& into) {
  collect_cars_themselves(cars, now, into);
  collect_sources(cars, now, into);
  collect_modes(cars, into);
  collect_waking(cars, zone.midnight(zone.local_date(now)), into);
}

void collect_abrp(const std::vector<CarRef>& cars, std::vector<MetricFamily>& into) {
  auto states = gauge_family("toyota2mqtt_abrp_status",
                             "1 for how the link to ABRP is, 0 for the others; off: the car is not "
                             "sent there.");
  auto points = counter_family("toyota2mqtt_abrp_points_total",
                               "Points for ABRP: queued, of these sent, and dropped.");
  auto failures = counter_family("toyota2mqtt_abrp_failures_total",
                                 "Tries to send points that ABRP did not accept.");
  auto accepted = gauge_family("toyota2mqtt_abrp_last_accepted_timestamp_seconds",
                               "When ABRP last accepted a point, in s since 1970.");
  for (const auto& ref : cars) {
    const Labels labels = {{"car", ref.id()}};
    add_state_samples(states, labels, "status", kAbrpStates, ref.car().diagnostics.abrp_status);
    const auto* link = ref.session.abrp();
    if (link == nullptr) continue;
    const auto& counters = link->counters();
    add_sample(points, {{"car", ref.id()}, {"outcome", "queued"}}, counters.queued);
    add_sample(points, {{"car", ref.id()}, {"outcome", "sent"}}, counters.sent);
    add_sample(points, {{"car", ref.id()}, {"outcome", "dropped"}}, counters.dropped);
    add_sample(failures, labels, counters.failures);
    if (const auto at = link->status().last_accepted) {
      add_sample(accepted, labels, std::chrono::duration<double>(at->time_since_epoch()).count());
    }
  }
  for (auto* family : {&states, &points, &failures, &accepted}) into.push_back(std::move(*family));
}

void collect_accounts(const AccountSet& accounts, std::vector<MetricFamily>& into) {
  auto family = gauge_family("toyota2mqtt_account_status",
                             "1 for the state that the account is in, 0 for the others.");
  for (const auto& account : accounts.owners()) {
    add_state_samples(family, {{"account", account->key()}}, "status", kAccountStates,
                      to_string(account->condition().status));
  }
  into.push_back(std::move(family));
}

}  // namespace

std::vector<CarRef> FleetMetrics::cars() const {
  std::vector<CarRef> cars;
  for (const auto& account : services_.accounts.owners()) {
    for (const auto& [id, session] : account->cars()) {
      cars.push_back({.account = *account, .session = *session});
    }
  }
  return cars;
}

void FleetMetrics::commanded(const CarView& /*car*/, const vehicle::CommandResult& result) {
  ++commands_[{command_word(result.command), vehicle::to_string(result.outcome)}];
}

void FleetMetrics::woken(const CarView& car, WakeReason reason, WakeRoute /*route*/,
                         const WakeAnswer& answer) {
  if (services_.accounts.find_owner(car.account_key) == nullptr) return;  // a guest's
  ++wakes_[{car.car->identity.id, to_string(reason), word_of(answer.kind)}];
}

void FleetMetrics::cars_changed(const std::string& /*account*/) {
  std::set<base::CarId> present;
  for (const auto& car : cars()) present.insert(car.car().identity.id);
  std::erase_if(wakes_, [&](const auto& it) { return !present.contains(std::get<0>(it.first)); });
}

void FleetMetrics::collect(std::vector<MetricFamily>& into) const {
  const auto cars = this->cars();
  collect_accounts(services_.accounts, into);
  collect_cars(cars, services_.clock.now(), services_.zone, into);
  collect_abrp(cars, into);
  collect_wakes(cars, into);
  collect_commands(into);
  if (!services_.guests) return;
  const auto guests = services_.guests();
  auto accounts = gauge_family("toyota2mqtt_guest_accounts",
                               "Toyota accounts of guests that are signed in (web.toyota_login).");
  add_sample(accounts, {}, guests.accounts);
  into.push_back(std::move(accounts));
  auto guest_cars = gauge_family("toyota2mqtt_guest_cars", "Cars of these accounts.");
  add_sample(guest_cars, {}, guests.cars);
  into.push_back(std::move(guest_cars));
}

void FleetMetrics::collect_commands(std::vector<MetricFamily>& into) const {
  auto family =
      counter_family("toyota2mqtt_commands_total",
                     "Published steps of commands: accepted is not yet done (docs/commands.md).");
  for (const auto& [key, count] : commands_) {
    add_sample(family, {{"command", std::string(key.first)}, {"outcome", std::string(key.second)}},
               count);
  }
  into.push_back(std::move(family));
}

// Zeros, too: what begins at 1 never increased, as Prometheus sees it.
void FleetMetrics::collect_wakes(const std::vector<CarRef>& cars,
                                 std::vector<MetricFamily>& into) const {
  auto family = counter_family("toyota2mqtt_car_wakes_total",
                               "Requests that asked the car itself, by what they were for and what "
                               "the cloud made of them.");
  for (const auto& car : cars) {
    for (const auto reason : kReasons) {
      for (const auto answer : kAnswers) {
        const auto found = wakes_.find({car.car().identity.id, to_string(reason), word_of(answer)});
        add_sample(family,
                   {{"car", car.id()},
                    {"reason", std::string(to_string(reason))},
                    {"outcome", std::string(word_of(answer))}},
                   found == wakes_.end() ? 0 : found->second);
      }
    }
  }
  into.push_back(std::move(family));

  const auto& limits = services_.accounts.options().policy.wake;
  auto budget = gauge_family("toyota2mqtt_wake_budget",
                             "Wakes that a car may have in a day (wake.max_per_day, "
                             "wake.max_per_day_charging); 0 when waking is off.");
  add_sample(budget, {{"kind", "other"}}, limits.enabled ? limits.max_per_day : 0);
  add_sample(budget, {{"kind", "charging"}}, limits.enabled ? limits.max_per_day_charging : 0);
  into.push_back(std::move(budget));
}

}  // namespace toyota2mqtt::fleet
