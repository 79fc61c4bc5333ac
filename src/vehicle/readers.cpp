#include "vehicle/readers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "toyota2mqtt/vehicle/command_catalogue.hpp"

namespace toyota2mqtt::vehicle::readers {
namespace {

/// The later of two times, of which either may be missing.
std::optional<base::Time> later(std::optional<base::Time> one, std::optional<base::Time> other) {
  return std::max(one, other);
}

template <class T>
std::optional<base::Time> time_of(const Field<T>& field) {
  return field ? field->at : std::nullopt;
}

}  // namespace

Reading read_location(const Car& car) {
  return of(car.state.position, [](const auto& position) {
    return Value(fmt::format("{:.6f},{:.6f}", position.latitude, position.longitude));
  });
}

Reading read_activity(const Car& car) {
  const VehicleState& state = car.state;
  if (!state.odometer && !state.position && !state.charging_status) return {};
  const auto doing = activity(state, car.evidence);
  const auto measured_at = doing == Activity::charging
                               ? time_of(state.charging_status)
                               : later(later(time_of(state.odometer), time_of(state.position)),
                                       time_of(state.charging_status));
  return {.value = std::string(to_string(doing)),
          .measured_at = measured_at,
          .last_reset = {},
          .source = {}};
}

Reading read_charging_status(const Car& car) {
  return of(car.state.charging_status,
            [](const auto& status) { return Value(std::string(to_string(status))); });
}

Reading read_location_time(const Car& car) {
  return of(car.state.position, [&car](const auto&) { return plain(car.state.position->at); });
}

Attributes warning_attributes(const Car& car) {
  // Of several lamps the parts stand in the same order, the newest first.
  const auto joined = [&car](const auto& part_of) {
    std::string list;
    if (!car.state.warnings) return list;
    const auto& warnings = car.state.warnings->value;
    for (const auto& warning : warnings) {
      const std::string part = part_of(warning);
      const bool gap = part.empty() && warnings.size() > 1;
      list += fmt::format("{}{}", &warning == &warnings.front() ? "" : "; ", gap ? "?" : part);
    }
    return list;
  };
  return {{"code", joined([](const Warning& one) { return one.code; })},
          {"text", joined([](const Warning& one) { return one.text; })},
          {"severity", joined([](const Warning& one) { return one.severity; })},
          {"time", joined([](const Warning& one) {
             return one.at ? base::format_iso8601(*one.at) : std::string();
           })}};
}

Reading read_picture(const Car& car) {
  const std::string& url = car.identity.image_url;
  constexpr std::size_t kLongest = 1000;
  if (!url.starts_with("https://") || url.size() > kLongest) return {};
  return {.value = url, .measured_at = {}, .last_reset = {}, .source = Source::vehicle_list};
}

Reading read_wakes_today(const Car& car, const base::Zone& /*zone*/) {
  if (!car.diagnostics.wakes_today) return {};
  return {.value = std::int64_t{*car.diagnostics.wakes_today},
          .measured_at = {},
          .last_reset = car.diagnostics.day_began};
}

Attributes wake_attributes(const Car& car) {
  const auto& facts = car.diagnostics;
  const auto time = [](const std::optional<base::Time>& at) {
    return at ? base::format_iso8601(*at) : std::string();
  };
  return {{"waking", facts.waking},
          {"refreshes_left", facts.refreshes_left ? std::to_string(*facts.refreshes_left) : ""},
          {"last_wake", time(facts.last_wake)},
          {"last_reason", facts.last_wake_reason},
          {"refused_because", facts.wake_refusal},
          {"allowed_again_at", time(facts.wake_allowed_at)}};
}

Reading read_remote_services(const Car& car) {
  std::string state = "not_activated";
  if (!remote_services_refusal(car.identity)) {
    state = car.identity.remote_display.empty() ? "unknown" : "active";
  }
  return {.value = std::move(state), .measured_at = {}, .last_reset = {}, .source = {}};
}

Attributes remote_services_attributes(const Car& car) {
  std::string commands;
  for (const CommandRow& row : command_catalogue()) {
    if (offered(row, car)) commands += fmt::format("{}{}", commands.empty() ? "" : ", ", row.id);
  }
  std::string rejected;
  for (const Action action : car.evidence.rejected) {
    rejected += fmt::format("{}{}", rejected.empty() ? "" : ", ", to_string(action));
  }
  std::string against_flags;
  for (const CommandRow& row : command_catalogue()) {
    if (!offered(row, car) || !against_the_flags(row, car)) continue;
    against_flags += fmt::format("{}{}", against_flags.empty() ? "" : ", ", row.id);
  }
  const auto refusal = remote_services_refusal(car.identity).value_or(Refusal{});
  return {{"commands", commands},
          {"against_flags", against_flags},
          {"rejected", rejected},
          {"reason", refusal.reason},
          {"remedy", refusal.remedy}};
}

Value consumption(const Trip& trip) {
  constexpr double kShortestTripKm = 0.1;
  if (!trip.fuel || !trip.distance || trip.distance->value < kShortestTripKm) return {};
  return number(std::optional(LitresPer100Km{trip.fuel->value / trip.distance->value * 100.0}), 2);
}

}  // namespace toyota2mqtt::vehicle::readers
