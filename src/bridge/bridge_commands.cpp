#include "toyota2mqtt/bridge/bridge.hpp"

/// Commands to the cars: from the broker to the car's queue, and what became of them.
namespace toyota2mqtt::bridge {

namespace ha = home_assistant;

void Bridge::on_command(const ha::Command& command) {
  const base::CarId id{command.target};
  auto* account = account_of(id);
  if (account == nullptr) return;
  if (command.kind != ha::Command::Kind::refused) {
    (void)account->command(id, command.request, unlock_code_);
  } else if (!command.entity.empty()) {
    // Others than the car's commands, such as `reading`, have no result.
    account->refuse(id, {.outcome = vehicle::Outcome::refused,
                         .command = {},
                         .entity = command.entity,
                         .reason = command.reason});
  }
}

bool Bridge::command(const base::CarId& id, const vehicle::CommandRequest& request) {
  auto* account = account_of(id);
  return account != nullptr && !stopping_ && account->command(id, request, unlock_code_);
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
