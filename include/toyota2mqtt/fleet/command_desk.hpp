#pragma once

#include <functional>
#include <set>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/fleet/command_core.hpp"

namespace toyota2mqtt::fleet {

/// Carries out what command_core.hpp decides for one car: sends, wakes, looks and tells by the
/// hooks. Loop thread only; lives as long as the car's tasks.
class CommandDesk {
 public:
  struct Hooks {
    std::function<base::Task<Answered>(vehicle::Command)> send;
    /// Asks the car itself for a report, if the limits for commands allow it.
    std::function<base::Task<Woken>(vehicle::Source)> wake;
    /// The cloud's memory is read for these soon; looked() is called then.
    std::function<void(const std::set<vehicle::Source>&)> look;
    std::function<void(const vehicle::CommandResult&)> tell;
    std::function<void(vehicle::Action)> reject;
    std::function<void()> changed;  ///< what entities show may differ
  };

  /// `car` and `zone` outlive the desk.
  CommandDesk(base::Clock& clock, const vehicle::Car& car, const base::Zone& zone, Hooks hooks)
      : clock_(clock), car_(car), zone_(zone), hooks_(std::move(hooks)) {}

  /// Keeps the time of waits; run it in `tasks`, in which sending and waking run, too.
  base::Task<void> run(base::TaskGroup& tasks);
  void ask(vehicle::CommandRequest request) { handle(Asked{std::move(request)}); }
  /// Something about the car was read.
  void looked() { handle(Looked{}); }
  /// Gives up what is under way, and tells so. Call it before the tasks are cancelled.
  void stop() { handle(Stopping{}); }

  [[nodiscard]] std::optional<vehicle::Action> under_way() const { return shown_action(state_); }
  [[nodiscard]] const vehicle::ClimateOptions& wish() const { return state_.wish; }

 private:
  void handle(const DeskEvent& event);
  void carry_out(const DeskEffect& effect);

  base::Clock& clock_;
  const vehicle::Car& car_;
  const base::Zone& zone_;
  Hooks hooks_;
  DeskState state_;
  base::TaskGroup* tasks_ = nullptr;
  base::Event moved_;  // the time of the next tick may be another one
};

}  // namespace toyota2mqtt::fleet
