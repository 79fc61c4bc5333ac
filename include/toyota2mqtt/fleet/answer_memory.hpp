#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/vehicle/state.hpp"

namespace toyota2mqtt::fleet {

/// What the cloud said of one car last, kept on disk: the newest answer of each source. After a
/// restart the state is made of these, each value with its own time, so that an older answer of a
/// cold cache takes the place of nothing newer. Answers hold places and VINs: the store must
/// encrypt them. Loop thread only.
class AnswerMemory {
 public:
  /// `store` nullptr = nothing is kept. It outlives the memory.
  AnswerMemory(base::Store* store, base::CarId car) : store_(store), car_(std::move(car)) {}

  /// Decodes what is kept into `state`; answers when the cloud answered last. nullopt = nothing is
  /// kept, or it cannot be read.
  base::Task<std::optional<base::Time>> recall(vehicle::VehicleState& state, const base::Zone& zone,
                                               base::Time now);
  /// Takes an answer that came just now. One that is older than the kept one by the car's own time,
  /// or that says the same, changes nothing.
  void note(vehicle::Source source, std::string body, const base::Zone& zone, base::Time now);
  /// Writes what is new. A failure leaves it to the next call. Errors: as base::Store.
  base::Task<base::Result<void>> save();
  /// Forgets everything, on disk too: the car has left.
  base::Task<base::Result<void>> forget();

 private:
  struct Answer {
    base::Time at{};  ///< ours: when it came
    std::string body;
    vehicle::VehicleState says = {};  ///< it alone, decoded
  };

  base::Store* store_;
  base::CarId car_;
  std::map<vehicle::Source, Answer> answers_;
  std::set<vehicle::Source> unsaved_;
  std::optional<base::Time> answered_at_;  // by any source
  std::optional<base::Time> stored_at_;    // answered_at_ as it is on disk
};

}  // namespace toyota2mqtt::fleet
