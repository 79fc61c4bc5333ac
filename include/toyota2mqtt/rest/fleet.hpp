#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/fleet/listener.hpp"
#include "toyota2mqtt/vehicle/car.hpp"
#include "toyota2mqtt/vehicle/command.hpp"

namespace toyota2mqtt::rest {

/// Which cars a caller may see: the owner's, which the configuration and the page name, or those of
/// one guest's Toyota account, and nothing else.
struct Scope {
  bool owner = false;
  std::string account_key = {};  ///< of a guest; empty for the owner
  friend bool operator==(const Scope&, const Scope&) = default;
};

/// How one part of the cloud's memory of a car is kept (docs/schedule.md).
struct SourceView {
  vehicle::Source source = vehicle::Source::telemetry;
  std::optional<base::Time> asked_at = {};        ///< when the cloud last answered; unset = not yet
  std::optional<base::Time> reported_at = {};     ///< the car's own time of that answer
  std::uint64_t reads = 0;                        ///< since the start
  std::uint32_t failures = 0;                     ///< in a row
  std::string breaker = "closed";                 ///< closed, open, half_open, not_there
  std::optional<base::Time> asked_again_at = {};  ///< unless closed
  bool cleared = false;  ///< a user asked for it to be read anew, and it was not yet
};

/// One car that a caller may see.
using FleetCar = fleet::CarView;

/// What became of a wish to have the car itself asked.
struct RefreshAnswer {
  bool sent = false;
  std::string refusal = {};                ///< why not; one sentence
  std::optional<base::Time> next_at = {};  ///< when it may be asked for again
};

/// One step of a command, with the number under which it was asked for.
struct CommandStep {
  std::string id = {};  ///< as Fleet::command() answered it; empty when asked for by MQTT
  base::Time at{};
  vehicle::CommandResult result;
};
/// One for each request that the result answers; one without id when it was asked for by MQTT.
std::vector<CommandStep> steps_of(const vehicle::CommandResult& result, base::Time at);

/// What the REST interface needs of the running bridge and of guests' accounts. Loop thread only.
class Fleet {
 public:
  virtual ~Fleet() = default;

  /// Ordered by id.
  [[nodiscard]] virtual std::vector<FleetCar> cars(const Scope& scope) const = 0;
  /// By id (10 hex digits) or VIN (any case). nullopt: there is none, or it is not theirs.
  [[nodiscard]] virtual std::optional<FleetCar> find(const Scope& scope,
                                                     std::string_view id_or_vin) const = 0;
  [[nodiscard]] virtual std::vector<SourceView> sources(const base::CarId& car) const = 0;
  /// The newest point that ABRP would get; nullopt: nothing that it would take is known.
  [[nodiscard]] virtual std::optional<abrp::Point> abrp_point(const base::CarId& car) const = 0;

  /// Has the cloud asked for these sources soon, without waking the car: what is shown of them is
  /// not taken for fresh until then. Empty = all.
  virtual void clear(const base::CarId& car, const std::vector<vehicle::Source>& sources) = 0;
  /// Returns when the car was read since this call, or at the deadline: true = it was.
  virtual base::Task<bool> wait_for_read(base::CarId car, base::SteadyTime deadline) = 0;
  /// Asks the car itself, if the limits of wakes allow it, and reads the cloud in any case.
  virtual base::Task<base::Result<RefreshAnswer>> refresh(base::CarId car) = 0;
  /// Takes a user's command; its steps come to the listeners under the number that is
  /// answered. Listeners may hear of a refusal before this returns. Errors: not_supported (no such
  /// car any more).
  virtual base::Result<std::string> command(const base::CarId& car,
                                            vehicle::CommandRequest request) = 0;

  /// Offers again what the cloud once rejected for the car: one action, or all. Answers how many
  /// there were.
  virtual std::size_t forget_rejections(const base::CarId& car,
                                        std::optional<vehicle::Action> only) = 0;
};

}  // namespace toyota2mqtt::rest
