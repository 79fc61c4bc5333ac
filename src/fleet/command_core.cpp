#include "toyota2mqtt/fleet/command_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fleet/command_request.hpp"
#include "toyota2mqtt/vehicle/command_input.hpp"

namespace toyota2mqtt::fleet {

namespace {

using namespace std::chrono_literals;
using vehicle::Action;
using vehicle::CommandResult;
using vehicle::CommandRow;
using vehicle::Outcome;
using vehicle::Source;
using Phase = UnderWay::Phase;
using WakeState = UnderWay::WakeState;

// How long a result is looked for. Measured from a wake to the car's report: 10 to 57 s; a battery
// takes minutes (docs/toyota-protocol.md, "Wakes").
constexpr auto kPatience = 180s;
constexpr auto kPatienceForCharging = 300s;
constexpr auto kPatienceWithoutConfirmation = 90s;
// Some cars report by themselves what they did; climate commands always do.
constexpr auto kBeforeWake = 15s;
constexpr auto kBeforeClimateWake = 45s;
constexpr auto kWakeTakes = 75s;
constexpr auto kTimeToAct = 30s;
constexpr auto kTimeForConfirmation = 45s;
constexpr auto kFirstLook = 8s;
constexpr auto kOftenFor = 70s;
constexpr auto kOften = 10s;
constexpr auto kRarely = 20s;

bool is_climate(Action action) {
  return action == Action::climate_start || action == Action::climate_stop ||
         action == Action::climate_set;
}

bool climate_runs(const vehicle::Car& car) {
  const auto& status = car.state.climate_status;
  return status && (status->value == "running" || status->value == "starting");
}

std::chrono::seconds patience(Action action) {
  const auto confirmation = vehicle::spec_of(action).confirmation;
  if (!confirmation) return kPatienceWithoutConfirmation;
  return confirmation == Source::electric ? kPatienceForCharging : kPatience;
}

std::chrono::seconds before_wake(Action action) {
  const bool reports_itself = vehicle::spec_of(action).confirmation == Source::climate_status;
  return reports_itself ? kBeforeClimateWake : kBeforeWake;
}

// What waits goes first after this: the car has had its time, and the result shows in its next
// report all the same.
std::chrono::seconds yields_after(Action action) {
  if (action == Action::refresh) return 0s;
  return vehicle::spec_of(action).confirmation ? kTimeForConfirmation : kTimeToAct;
}

bool may_wake(Action action) {
  return vehicle::spec_of(action).confirmation.has_value() && action != Action::refresh;
}

std::vector<std::string> ids_of(const vehicle::CommandRequest& request) {
  if (request.id.empty()) return {};
  return {request.id};
}

/// One event at a desk, and what follows from it.
class Desk {
 public:
  Desk(DeskState& state, const vehicle::Car& car, const base::Zone& zone, Moment at)
      : state_(state), car_(car), zone_(zone), at_(at) {}

  std::vector<DeskEffect> take() { return std::move(effects_); }

  void operator()(const Asked& asked) { ask(asked.request); }
  void operator()(const Answered& answered);
  void operator()(const Woken& woken);
  void operator()(const Looked& /*looked*/) { judge(); }
  void operator()(const Ticked& /*ticked*/) { tick(); }
  void operator()(const Stopping& /*stopping*/) { stop(); }

 private:
  void ask(const vehicle::CommandRequest& request);
  void ask_climate(vehicle::CommandRequest request);
  void wait(const vehicle::CommandRequest& request);
  void begin(const vehicle::CommandRequest& request);
  void send();
  void tick();
  void drop_expired();
  void judge();
  void judge_at_the_end();
  void look_again();
  void ask_for_wake();
  void finish(Outcome outcome, std::string reason = {}, std::string remedy = {},
              std::string confirmed_by = {});
  void next();
  void stop();
  void refuse(const vehicle::CommandRequest& request, std::string reason, std::string remedy = {});
  [[nodiscard]] bool watching() const {
    return state_.current && state_.current->phase == Phase::watching;
  }

  DeskState& state_;
  const vehicle::Car& car_;
  const base::Zone& zone_;
  Moment at_;
  std::vector<DeskEffect> effects_;
};

void Desk::refuse(const vehicle::CommandRequest& request, std::string reason, std::string remedy) {
  effects_.emplace_back(Tell{CommandResult{.outcome = Outcome::refused,
                                           .command = std::string(to_string(request.action)),
                                           .entity = request.entity,
                                           .reason = std::move(reason),
                                           .remedy = std::move(remedy),
                                           .ids = ids_of(request)}});
}

void Desk::ask(const vehicle::CommandRequest& request) {
  const CommandRow* row = vehicle::find_command_row(request.entity);
  if (row == nullptr) return refuse(request, "There is no such command");
  if (auto refusal = vehicle::refusal_of(*row, car_)) {
    return refuse(request, std::move(refusal->reason), std::move(refusal->remedy));
  }
  if (!car_.diagnostics.reading) {
    return refuse(request, "Reading is switched off, and with it everything that concerns this car",
                  "Switch Reading on.");
  }
  if (is_climate(request.action)) return ask_climate(request);
  if (state_.current) return wait(request);
  begin(request);
}

void Desk::ask_climate(vehicle::CommandRequest request) {
  if (auto& wanted = request.climate.temperature) {
    const auto limits = vehicle::climate_limits(car_);
    wanted = vehicle::wanted_temperature(wanted->value, limits);
    if (!wanted) {
      return refuse(request, "The climate control of this car does not go so far",
                    fmt::format("It takes {}.", vehicle::in_words(limits)));
    }
  }
  auto& current = state_.current;
  const bool is_current = current && is_climate(current->command.action);
  if (request.action != Action::climate_stop) {
    state_.wish = vehicle::overlaid(state_.wish, request.climate);
  }
  if (request.action == Action::climate_set) {
    const bool wanted_on =
        is_current ? current->command.action == Action::climate_start : climate_runs(car_);
    if (!wanted_on) {
      effects_.emplace_back(Tell{CommandResult{
          .outcome = Outcome::done,
          .command = std::string(to_string(request.action)),
          .entity = request.entity,
          .reason = "Kept for the next start of the climate control; nothing was sent",
          .ids = ids_of(request)}});
      return;
    }
    request.action = Action::climate_start;
  }
  if (is_current && current->phase == Phase::gathering) {
    current->command.action = request.action;
    if (!request.id.empty()) current->ids.push_back(request.id);
    return;
  }
  if (is_current && current->phase == Phase::watching) {
    finish(Outcome::unconfirmed, "A newer wish took its place");
  }
  const auto older = std::ranges::find_if(
      state_.waiting, [](const auto& waiting) { return is_climate(waiting.request.action); });
  if (older != state_.waiting.end()) {
    refuse(older->request, "A newer wish took its place; nothing was sent");
    state_.waiting.erase(older);
  }
  if (current) return wait(request);
  begin(request);
}

void Desk::wait(const vehicle::CommandRequest& request) {
  const auto same = [&request](const DeskState::Waiting& waiting) {
    return waiting.request.entity == request.entity;
  };
  const bool repeated = (state_.current->entity == request.entity && !is_climate(request.action)) ||
                        std::ranges::any_of(state_.waiting, same);
  if (repeated) {
    return refuse(request, "A command of this entity is still under way",
                  "Wait until its result is known.");
  }
  if (state_.waiting.size() >= kMostWaiting) {
    return refuse(request, "Too many commands wait for this car");
  }
  state_.waiting.push_back({.request = request, .since = at_.steady});
}

void Desk::begin(const vehicle::CommandRequest& request) {
  auto command = command_for(request, car_, state_.wish, zone_, at_.now);
  if (!command) {
    refuse(request, std::move(command.error().reason), std::move(command.error().remedy));
    return next();
  }
  state_.current = UnderWay{.phase = Phase::gathering,
                            .entity = request.entity,
                            .ids = ids_of(request),
                            .command = *command,
                            .confirmation = {},
                            .since = at_.steady};
  if (!is_climate(request.action)) send();
}

void Desk::send() {
  auto& current = *state_.current;
  if (current.command.action == Action::climate_start) {
    const vehicle::CommandRequest again{.action = Action::climate_start, .entity = current.entity};
    current.command = *command_for(again, car_, state_.wish, zone_, at_.now);
  }
  current.phase = Phase::sending;
  current.since = at_.steady;
  current.confirmation = vehicle::confirmation_base(current.command.action, car_, at_.now);
  effects_.emplace_back(Send{current.command});
}

void Desk::operator()(const Answered& answered) {
  if (!state_.current || state_.current->phase != Phase::sending) return;
  auto& current = *state_.current;
  using Kind = Answered::Kind;
  switch (answered.kind) {
    case Kind::refused: return finish(Outcome::refused, answered.reason, answered.remedy);
    case Kind::failed: return finish(Outcome::failed, answered.reason, answered.remedy);
    case Kind::not_supported:
      effects_.emplace_back(Reject{current.command.action});
      return finish(Outcome::failed, answered.reason, answered.remedy);
    case Kind::unknown: current.doubt = answered.reason; break;
    case Kind::accepted:
      current.accepted = true;
      effects_.emplace_back(
          Tell{CommandResult{.outcome = Outcome::accepted,
                             .command = std::string(to_string(current.command.action)),
                             .entity = current.entity,
                             .ids = current.ids}});
      break;
  }
  current.phase = Phase::watching;
  current.since = at_.steady;
  current.next_look = at_.steady + kFirstLook;
  // A newer wish came while the cloud took its time.
  const bool newer = std::ranges::any_of(
      state_.waiting, [](const auto& waiting) { return is_climate(waiting.request.action); });
  if (newer && is_climate(current.command.action)) {
    finish(Outcome::unconfirmed, "A newer wish took its place");
  }
}

void Desk::operator()(const Woken& woken) {
  if (!watching() || state_.current->wake != WakeState::asked) return;
  auto& current = *state_.current;
  current.wake = woken.sent ? WakeState::sent : WakeState::refused;
  current.wake_refusal = woken.refusal;
  current.woken_at = at_.steady;
  judge();
}

void Desk::judge() {
  if (!watching()) return;
  auto& current = *state_.current;
  const auto report = vehicle::confirmed_by_report(current.command, car_, current.confirmation);
  if (report == true) return finish(Outcome::done, {}, {}, "report");
  const auto message = vehicle::confirmed_by_message(car_, current.confirmation);
  if (message == false) {
    return finish(Outcome::failed, "The car says that it broke the command off",
                  "Look at the message of the maker's app for the reason.");
  }
  if (message != true) return;
  const bool no_report_can_come =
      !may_wake(current.command.action) || current.wake == WakeState::refused ||
      (current.wake == WakeState::sent && at_.steady >= current.woken_at + kWakeTakes);
  if (no_report_can_come) return finish(Outcome::done, {}, {}, "message");
  // The car has acted: its report is worth asking for now.
  ask_for_wake();
}

void Desk::ask_for_wake() {
  auto& current = *state_.current;
  if (current.wake != WakeState::not_asked || !may_wake(current.command.action)) return;
  current.wake = WakeState::asked;
  effects_.emplace_back(Wake{*vehicle::spec_of(current.command.action).confirmation});
}

void Desk::judge_at_the_end() {
  auto& current = *state_.current;
  if (vehicle::confirmed_by_message(car_, current.confirmation) == true) {
    return finish(Outcome::done, {}, {}, "message");
  }
  if (vehicle::confirmed_by_report(current.command, car_, current.confirmation) == false) {
    return finish(Outcome::failed, "The car reports that it is as it was before",
                  "Look whether something keeps the car from it, and try again.");
  }
  std::string reason =
      current.accepted ? "The car has not reported in time whether it was done"
                       : fmt::format("It is not known whether the cloud got it: {}", current.doubt);
  if (!current.wake_refusal.empty()) {
    reason += fmt::format("; the car was not asked: {}", current.wake_refusal);
  }
  finish(Outcome::unconfirmed, std::move(reason), "Look at the car, or at the next report.");
}

void Desk::look_again() {
  auto& current = *state_.current;
  std::set<Source> sources = {Source::notifications};
  if (const auto confirmation = vehicle::spec_of(current.command.action).confirmation)
    sources.insert(*confirmation);
  effects_.emplace_back(Look{std::move(sources)});
  const bool often = at_.steady < current.since + kOftenFor;
  current.next_look = at_.steady + (often ? kOften : kRarely);
}

void Desk::drop_expired() {
  while (!state_.waiting.empty() && state_.waiting.front().since + kLongestWait <= at_.steady) {
    const auto waiting = std::move(state_.waiting.front());
    state_.waiting.pop_front();
    refuse(waiting.request,
           "It waited longer than a minute behind another command; nothing was sent", "Try again.");
  }
}

void Desk::tick() {
  drop_expired();
  if (!state_.current) return;
  auto& current = *state_.current;
  if (current.phase == Phase::gathering && at_.steady >= current.since + kGathering) send();
  if (!watching()) return;
  const auto action = current.command.action;
  if (!state_.waiting.empty() && at_.steady >= current.since + yields_after(action)) {
    return finish(Outcome::unconfirmed, "Another command waited, so this one was watched no longer",
                  "Look at the next report of the car.");
  }
  if (at_.steady >= current.since + patience(action)) return judge_at_the_end();
  if (at_.steady >= current.since + before_wake(action)) ask_for_wake();
  if (at_.steady >= current.next_look) look_again();
}

void Desk::finish(Outcome outcome, std::string reason, std::string remedy,
                  std::string confirmed_by) {
  effects_.emplace_back(
      Tell{CommandResult{.outcome = outcome,
                         .command = std::string(to_string(state_.current->command.action)),
                         .entity = state_.current->entity,
                         .reason = std::move(reason),
                         .remedy = std::move(remedy),
                         .confirmed_by = std::move(confirmed_by),
                         .ids = std::move(state_.current->ids)}});
  state_.current.reset();
  next();
}

void Desk::next() {
  drop_expired();
  if (state_.current || state_.waiting.empty()) return;
  const auto waiting = std::move(state_.waiting.front());
  state_.waiting.pop_front();
  begin(waiting.request);
}

void Desk::stop() {
  for (auto& waiting : std::exchange(state_.waiting, {})) {
    refuse(waiting.request, "The bridge was stopped; nothing was sent");
  }
  if (!state_.current) return;
  if (state_.current->phase == Phase::gathering) {
    return finish(Outcome::refused, "The bridge was stopped; nothing was sent");
  }
  finish(Outcome::unconfirmed, "The bridge was stopped before the car answered",
         "Look at the car, or at the next report.");
}

base::SteadyTime next_of(const UnderWay& current, bool others_wait) {
  switch (current.phase) {
    case Phase::gathering: return current.since + kGathering;
    case Phase::sending: return base::SteadyTime::max();
    case Phase::watching: break;
  }
  const auto action = current.command.action;
  auto next = std::min(current.next_look, current.since + patience(action));
  if (others_wait) next = std::min(next, current.since + yields_after(action));
  if (current.wake == WakeState::not_asked && may_wake(action)) {
    next = std::min(next, current.since + before_wake(action));
  }
  return next;
}

}  // namespace

std::vector<DeskEffect> advance(DeskState& state, const DeskEvent& event, const vehicle::Car& car,
                                const base::Zone& zone, Moment at) {
  Desk desk(state, car, zone, at);
  std::visit(desk, event);
  return desk.take();
}

std::optional<base::SteadyTime> next_tick(const DeskState& state) {
  auto next = base::SteadyTime::max();
  if (state.current) next = next_of(*state.current, !state.waiting.empty());
  for (const auto& waiting : state.waiting) next = std::min(next, waiting.since + kLongestWait);
  if (next == base::SteadyTime::max()) return std::nullopt;
  return next;
}

std::optional<Action> shown_action(const DeskState& state) {
  if (!state.current) return std::nullopt;
  return state.current->command.action;
}

}  // namespace toyota2mqtt::fleet
