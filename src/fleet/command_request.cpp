#include "fleet/command_request.hpp"

namespace toyota2mqtt::fleet {

namespace {

using vehicle::Action;
using vehicle::ChargeEvent;
using vehicle::Command;
using vehicle::Refusal;

/// The day of the next time that the clock of the owner's zone shows `start`.
std::chrono::weekday next_day(std::chrono::minutes start, const base::Zone& zone, base::Time now) {
  const auto today = zone.local_date(now);
  const std::chrono::sys_days day(today);
  return {zone.at(today, start) > now ? day : day + std::chrono::days(1)};
}

std::expected<Command, Refusal> charge_command(const vehicle::CommandRequest& request,
                                               const vehicle::Car& car, const base::Zone& zone,
                                               base::Time now) {
  std::optional<std::chrono::minutes> start;
  std::optional<std::chrono::minutes> end;
  if (const auto& known = car.state.next_charging) {
    start = known->value.start;
    end = known->value.end;
  }
  if (request.action == Action::charge_start_time) start = request.time;
  if (request.action == Action::charge_end_time) end = request.time;
  if (!start) {
    return std::unexpected(Refusal{.reason = "The car has not said when its charging begins",
                                   .remedy = "Set the start of the charging first."});
  }
  return Command{
      .action = request.action,
      .charge = ChargeEvent{.day = next_day(*start, zone, now), .start = *start, .end = end}};
}

}  // namespace

std::expected<Command, Refusal> command_for(const vehicle::CommandRequest& request,
                                            const vehicle::Car& car,
                                            const vehicle::ClimateOptions& wish,
                                            const base::Zone& zone, base::Time now) {
  switch (request.action) {
    case Action::climate_start: {
      // What is shown is what is started: nothing that the car did not say, or the owner not set.
      const auto shown = vehicle::climate_values(car).options;
      return Command{.action = request.action, .climate = vehicle::overlaid(shown, wish)};
    }
    case Action::charge_schedule_on:
    case Action::charge_start_time:
    case Action::charge_end_time: return charge_command(request, car, zone, now);
    case Action::charge_schedule_off:
      return std::unexpected(
          Refusal{.reason = "The cloud has no way to switch the charging schedule off",
                  .remedy = "Charge now starts at once; the schedule itself is changed in the car "
                            "or in the maker's app."});
    default: return Command{.action = request.action};
  }
}

}  // namespace toyota2mqtt::fleet
