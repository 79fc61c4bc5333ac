#pragma once

#include <cstdint>

#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::vehicle {

/// What becomes of a total distance that the cloud reports.
enum class OdometerNews : std::uint8_t {
  believed,   ///< nothing speaks against it
  held_back,  ///< it fell, leapt, or is no distance of a car: not believed yet
  confirmed,  ///< was held back, and a later report agrees: believed now, and no drive
};

/// Holds back total distances that cannot be (0, 1, 999999; one that falls, or leaps further than a
/// car can drive between two reports) until a later report agrees with them. One for each car;
/// pure but for what it believes.
class OdometerWatch {
 public:
  /// To be called after each answer, before observe(). A distance that is held back leaves
  /// `state.odometer` as it was, and stays in the evidence.
  OdometerNews check(Evidence& evidence, VehicleState& state, base::Time now);

 private:
  [[nodiscard]] std::optional<Evidence::Reading> before(const Evidence& evidence) const;

  Field<Kilometres> believed_;
  base::Time believed_at_{};  // by our clock: used where the car reports no time
};

}  // namespace toyota2mqtt::vehicle
