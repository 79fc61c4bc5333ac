#include <fmt/format.h>

#include <utility>

#include "toyota2mqtt/fleet/account_session.hpp"
#include "toyota2mqtt/fleet/car_session.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

/// The commands of a car: checked, and what its queue asks for, done.
namespace toyota2mqtt::fleet {

namespace {

WakeRoute route_for(vehicle::Source confirmation) {
  switch (confirmation) {
    case vehicle::Source::electric: return WakeRoute::electric;
    case vehicle::Source::climate_status: return WakeRoute::climate;
    default: return WakeRoute::status;
  }
}

std::string with_next(const WakeDecision& decision) {
  if (!decision.next_at) return decision.refusal;
  return fmt::format("{} Next at {}.", decision.refusal, base::format_iso8601(*decision.next_at));
}

Answered answered(const toyota::CommandAnswer& answer) {
  using From = toyota::CommandAnswer::Kind;
  Answered result;
  switch (answer.kind) {
    case From::accepted: result.kind = Answered::Kind::accepted; break;
    case From::failed: result.kind = Answered::Kind::failed; break;
    case From::not_supported: result.kind = Answered::Kind::not_supported; break;
    case From::unknown: result.kind = Answered::Kind::unknown; break;
  }
  if (answer.error) {
    result.reason = answer.error->message;
    result.remedy = answer.error->remedy;
  }
  return result;
}

/// Why a request does not reach the car's queue; nullopt: it may go on.
std::optional<vehicle::CommandResult> precheck_command(const CarSession& car,
                                                       const vehicle::CommandRequest& request,
                                                       UnlockCode& code, base::SteadyTime now) {
  vehicle::CommandResult result{.outcome = vehicle::Outcome::refused,
                                .command = std::string(to_string(request.action)),
                                .entity = request.entity};
  if (!request.id.empty()) result.ids.push_back(request.id);
  if (!car.presentable()) {
    result.reason = "The car has not been read yet";
    result.remedy = "Wait until its entities have values.";
    return result;
  }
  if (!vehicle::spec_of(request.action).guarded) return std::nullopt;
  auto refusal = code.refusal(request.code, now);
  if (!refusal) return std::nullopt;
  result.reason = std::move(*refusal);
  return result;
}

}  // namespace

CommandDesk::Hooks CarSession::desk_hooks() {
  return {.send = [this](vehicle::Command command) { return send_command(command); },
          .wake = [this](vehicle::Source confirmation) { return wake_for_command(confirmation); },
          .look = [this](const std::set<vehicle::Source>& sources) { read_soon(sources); },
          .tell =
              [this](const vehicle::CommandResult& result) {
                services_.log.info("command",
                                   fmt::format("{}: {}: {}{}{}", car_.identity.vin.masked(),
                                               result.command, to_string(result.outcome),
                                               result.reason.empty() ? "" : ": ", result.reason));
                if (const auto view = owner_.view_of(car_.identity.id)) {
                  services_.listeners.notify(&Listener::commanded, *view, result);
                }
              },
          .reject = [this](vehicle::Action action) { reject_command(action); },
          .changed = [this] { show_commands(); }};
}

bool AccountSession::command(const base::CarId& car, const vehicle::CommandRequest& request,
                             UnlockCode& code) {
  auto* session = find_car(car);
  if (session == nullptr) return false;
  if (const auto refusal = precheck_command(*session, request, code, services_.clock.steady())) {
    refuse(car, *refusal);
  } else {
    session->command(request);
  }
  return true;
}

void AccountSession::refuse(const base::CarId& car, const vehicle::CommandResult& result) {
  if (const auto view = view_of(car)) {
    services_.listeners.notify(&Listener::commanded, *view, result);
  }
}

void CarSession::command(vehicle::CommandRequest request) { desk_.ask(std::move(request)); }

void CarSession::give_up_commands() { desk_.stop(); }

base::Task<Answered> CarSession::send_command(vehicle::Command command) {
  if (command.action == vehicle::Action::refresh) {
    const auto decision = co_await refresh();
    if (decision.allowed()) co_return Answered{};
    co_return Answered{.kind = Answered::Kind::refused, .reason = with_next(decision)};
  }
  const auto answer = co_await cloud_.command(car_, command);
  using Kind = toyota::RouteResult::Kind;
  owner_.answered(car_.identity.id, std::nullopt,
                  {.kind = answer.error ? Kind::failed : Kind::ok, .error = answer.error});
  co_return answered(answer);
}

base::Task<Woken> CarSession::wake_for_command(vehicle::Source confirmation) {
  const auto decision = co_await wake(WakeReason::command, {route_for(confirmation)});
  co_return Woken{.sent = decision.allowed(),
                  .refusal = decision.allowed() ? std::string() : with_next(decision)};
}

void CarSession::read_soon(const std::set<vehicle::Source>& sources) {
  for (const auto source : sources) history_.of(source).wanted = true;
  wake_.notify();
}

void CarSession::reject_command(vehicle::Action action) {
  car_.evidence.rejected.insert(action);
  tasks_->spawn("rejected command",
                [](CarSession& self) -> base::Task<void> { co_await self.keep_evidence(); }(*this));
  changed();
}

std::size_t CarSession::forget_rejections(std::optional<vehicle::Action> only) {
  auto& rejected = car_.evidence.rejected;
  const auto before = rejected.size();
  std::erase_if(rejected, [only](vehicle::Action action) { return !only || action == *only; });
  const auto forgotten = before - rejected.size();
  if (forgotten == 0 || !tasks_) return forgotten;
  services_.log.info("command",
                     fmt::format("{}: {} rejected command(s) are offered again, as asked",
                                 car_.identity.vin.masked(), forgotten));
  tasks_->spawn("forgotten rejections",
                [](CarSession& self) -> base::Task<void> { co_await self.keep_evidence(); }(*this));
  changed();
  return forgotten;
}

base::Task<base::Result<std::size_t>> forget_rejections(base::Store& store,
                                                        std::optional<base::CarId> car) {
  const auto cars = co_await store.list(kEvidenceSpace);
  if (!cars) co_return base::fail(cars.error());
  std::size_t forgotten = 0;
  for (const auto& [id, text] : *cars) {
    if (car && car->text != id) continue;
    auto evidence = vehicle::parse_evidence(text);
    if (!evidence || evidence->rejected.empty()) continue;
    forgotten += evidence->rejected.size();
    evidence->rejected.clear();
    const auto stored = co_await store.put(kEvidenceSpace, id, vehicle::serialize(*evidence));
    if (!stored) co_return base::fail(stored.error());
  }
  co_return forgotten;
}

void CarSession::show_commands() {
  car_.commands.under_way = desk_.under_way();
  car_.commands.climate_wish = desk_.wish();
  changed();
}

}  // namespace toyota2mqtt::fleet
