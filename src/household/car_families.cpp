#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "household/families.hpp"

/// The families of metrics that have a sample for each car.
namespace toyota2mqtt::household {

using base::counter_family;
using base::gauge_family;
using base::MetricFamily;
using fleet::Mode;
using vehicle::Source;

namespace {

constexpr std::array kModes = {Mode::driving, Mode::just_stopped, Mode::charging,   Mode::plugged,
                               Mode::parked,  Mode::parked_long,  Mode::unreachable};
static_assert(kModes.size() == fleet::kModes);
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

std::string_view breaker_word(const fleet::SourceHistory& source, base::Time now) {
  if (source.dead) return "not_there";
  switch (fleet::breaker(source, now)) {
    case fleet::Breaker::open: return "open";
    case fleet::Breaker::half_open: return "half_open";
    case fleet::Breaker::closed: break;
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
  std::array<std::string_view, kModes.size()> words;
  std::ranges::transform(kModes, words.begin(), [](Mode mode) { return to_string(mode); });
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
    const int all = fleet::wakes_today(wakes, midnight);
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

}  // namespace

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

}  // namespace toyota2mqtt::household
