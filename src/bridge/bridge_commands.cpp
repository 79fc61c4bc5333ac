#include "toyota2mqtt/bridge/bridge.hpp"
#include "toyota2mqtt/fleet/command_precheck.hpp"

/// Commands to the cars: from the broker to the car's desk, and what became of them.
namespace toyota2mqtt::bridge {

namespace ha = home_assistant;

void Bridge::on_command(const ha::Command& command) {
  auto* car = find_car(command.target);
  if (car == nullptr) return;
  if (command.kind == ha::Command::Kind::refused) {
    // Others than the car's commands, such as `reading`, have no result to tell.
    if (command.entity.empty()) return;
    refuse(*car, {.outcome = vehicle::Outcome::refused,
                  .command = {},
                  .entity = command.entity,
                  .reason = command.reason});
    return;
  }
  judge(*car, command.request);
}

bool Bridge::command(const base::CarId& id, const vehicle::CommandRequest& request) {
  auto* car = find_car(id.text);
  if (car == nullptr || stopping_) return false;
  judge(*car, request);
  return true;
}

std::optional<std::size_t> Bridge::forget_rejections(const std::optional<base::CarId>& only) {
  std::optional<std::size_t> forgotten;
  for (auto& account : accounts_) {
    for (const auto& [id, car] : account->cars()) {
      if (only && id != *only) continue;
      forgotten = forgotten.value_or(0) + car->forget_rejections();
    }
  }
  return forgotten;
}

void Bridge::judge(CarSession& car, const vehicle::CommandRequest& request) {
  const auto refusal = precheck_command(car, request, unlock_code_, services_.clock.steady());
  if (refusal) {
    refuse(car, *refusal);
  } else {
    car.command(request);
  }
}

void Bridge::refuse(const CarSession& car, const vehicle::CommandResult& result) {
  for (const auto& account : accounts_) {
    if (account->find_car(car.car().identity.id) != &car) continue;
    const auto shown = account->view(car);
    services_.listeners.notify(
        [&](fleet::Listener& listener) { listener.commanded(shown, result); });
  }
}

// A lock must not say LOCKING for as long as the bridge is away.
void Bridge::give_up_commands() {
  for (auto& account : accounts_) {
    for (const auto& [id, car] : account->cars()) {
      const auto told = last_words_.size();
      car->give_up_commands();
      if (last_words_.size() == told) continue;
      last_words_.push_back(ha::car_state(options_.home_assistant, car->car(), services_.zone));
    }
  }
}

}  // namespace toyota2mqtt::bridge
