#include "toyota2mqtt/fleet/command_desk.hpp"

#include <utility>

namespace toyota2mqtt::fleet {

namespace {

constexpr auto kNoTickDue = std::chrono::hours(24 * 365);

}  // namespace

base::Task<void> CommandDesk::run(base::TaskGroup& tasks) {
  tasks_ = &tasks;
  while (true) {
    const auto now = clock_.steady();
    const auto next = next_tick(state_).value_or(now + kNoTickDue);
    if (next <= now) {
      handle(Ticked{});
      continue;
    }
    if (!co_await moved_.wait_until(clock_, next)) co_return;
  }
}

void CommandDesk::handle(const DeskEvent& event) {
  const auto shown = std::pair(under_way(), state_.wish);
  const auto effects =
      advance(state_, event, car_, zone_, {.now = clock_.now(), .steady = clock_.steady()});
  for (const auto& effect : effects) carry_out(effect);
  if (shown != std::pair(under_way(), state_.wish)) hooks_.changed();
  moved_.notify();
}

void CommandDesk::carry_out(const DeskEffect& effect) {
  if (const auto* send = std::get_if<Send>(&effect)) {
    tasks_->spawn("command", [](CommandDesk& self, vehicle::Command command) -> base::Task<void> {
      const auto answered = co_await self.hooks_.send(command);
      self.handle(answered);
    }(*this, send->command));
  } else if (const auto* wake = std::get_if<Wake>(&effect)) {
    tasks_->spawn("wake for command",
                  [](CommandDesk& self, vehicle::Source confirmation) -> base::Task<void> {
                    const auto woken = co_await self.hooks_.wake(confirmation);
                    self.handle(woken);
                  }(*this, wake->confirmation));
  } else if (const auto* look = std::get_if<Look>(&effect)) {
    hooks_.look(look->sources);
  } else if (const auto* tell = std::get_if<Tell>(&effect)) {
    hooks_.tell(tell->result);
  } else if (const auto* reject = std::get_if<Reject>(&effect)) {
    hooks_.reject(reject->action);
  }
}

}  // namespace toyota2mqtt::fleet
