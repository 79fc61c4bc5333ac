#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/car.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"

/// What happens with the commands of one car, decided without doing anything (docs/commands.md,
/// decision 13): one at a time, the newest wish for the climate wins, nothing waits longer than a
/// minute, and a result is told only when it is known. Pure functions of (state, event, now).
namespace toyota2mqtt::fleet {

/// A wait behind another command; after it the owner does not expect the command any more.
inline constexpr std::chrono::seconds kLongestWait{60};
/// HA sends mode and temperature as two messages: they become one command.
inline constexpr std::chrono::seconds kGathering{1};
inline constexpr std::size_t kMostWaiting = 4;

struct Moment {
  base::Time now{};           ///< to compare with the car's times
  base::SteadyTime steady{};  ///< to wait by
};

/// What happens to a desk.
struct Asked {
  vehicle::CommandRequest request;
};
/// The cloud has answered the command that was sent; of a wake for the owner: what became of it.
struct Answered {
  enum class Kind : std::uint8_t { accepted, failed, not_supported, unknown, refused };
  Kind kind = Kind::accepted;
  std::string reason = {};
  std::string remedy = {};
};
/// What became of the wish to wake the car for a confirmation.
struct Woken {
  bool sent = false;
  std::string refusal = {};  ///< why not; one sentence
};
struct Looked {};    ///< something about the car was read
struct Ticked {};    ///< next_tick() has come
struct Stopping {};  ///< the program ends
using DeskEvent = std::variant<Asked, Answered, Woken, Looked, Ticked, Stopping>;

/// What a desk wants done.
struct Send {
  vehicle::Command command;
};
struct Wake {
  vehicle::Source confirmation = vehicle::Source::status;  ///< what shall be reported
};
struct Look {
  std::set<vehicle::Source> sources;
};
struct Tell {
  vehicle::CommandResult result;
};
/// The cloud says that the car cannot do it: remember, and withdraw the entity.
struct Reject {
  vehicle::Action action = vehicle::Action::lock;
};
using DeskEffect = std::variant<Send, Wake, Look, Tell, Reject>;

/// The command that is under way.
struct UnderWay {
  enum class Phase : std::uint8_t {
    gathering,  ///< waits a moment for the rest of the wish
    sending,    ///< the cloud has not answered
    watching,   ///< the car has not answered
  };
  enum class WakeState : std::uint8_t { not_asked, asked, sent, refused };

  Phase phase = Phase::sending;
  std::string entity;
  std::vector<std::string> ids = {};  ///< of the REST requests that it answers
  vehicle::Command command;
  vehicle::ConfirmationBase confirmation;
  bool accepted = false;   ///< the cloud said so; false = nobody knows whether it got the command
  std::string doubt = {};  ///< why nobody knows
  WakeState wake = WakeState::not_asked;
  std::string wake_refusal = {};
  base::SteadyTime since{};      ///< when the phase began
  base::SteadyTime next_look{};  ///< watching
  base::SteadyTime woken_at{};
};

struct DeskState {
  struct Waiting {
    vehicle::CommandRequest request;
    base::SteadyTime since{};
  };
  std::optional<UnderWay> current;
  std::deque<Waiting> waiting;
  vehicle::ClimateOptions wish;  ///< for the next start; lost with the program
};

/// Advances `state` by one event. `car` is what is known of the car now; `zone` the owner's, in
/// which charging times are meant.
std::vector<DeskEffect> advance(DeskState& state, const DeskEvent& event, const vehicle::Car& car,
                                const base::Zone& zone, Moment at);
/// When Ticked is due; nullopt = nothing waits.
std::optional<base::SteadyTime> next_tick(const DeskState& state);
/// The action that entities show as pending.
std::optional<vehicle::Action> shown_action(const DeskState& state);

}  // namespace toyota2mqtt::fleet
