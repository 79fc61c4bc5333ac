#include "toyota2mqtt/fleet/command_precheck.hpp"

#include <utility>

namespace toyota2mqtt::fleet {

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

}  // namespace toyota2mqtt::fleet
