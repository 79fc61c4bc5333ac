#include "toyota2mqtt/vehicle/odometer.hpp"

#include <algorithm>
#include <chrono>

namespace toyota2mqtt::vehicle {

namespace {

using Odometer = Evidence::Reading;
using Hours = std::chrono::duration<double, std::ratio<3600>>;

constexpr double kFastestKmh = 200;        // on average, between two reports
constexpr double kOdometerSlackKm = 5;     // what two reports of one minute may lie apart
constexpr double kRoundedKm = 1.7;         // one source tells whole miles, the other kilometres
constexpr double kSameDistanceKm = 0.05;   // a conversion from miles must not look like a fall
constexpr double kNewCarKm = 1;            // no car is handed over with less
constexpr double kLongestLifeKm = 990000;  // six nines mean that nothing is known

/// Whether the odometer can have gone from one reading to the other; `fall` km less is no fall.
bool follows(const Odometer& before, const Odometer& after, double fall) {
  const double driven = after.odometer_km - before.odometer_km;
  const double hours = std::max(0.0, Hours(after.at - before.at).count());
  return driven >= -fall && driven <= hours * kFastestKmh + kOdometerSlackKm;
}

bool is_a_life(double km) { return km > kNewCarKm && km < kLongestLifeKm; }

Field<Kilometres> field_of(const std::optional<Odometer>& reading) {
  if (!reading) return std::nullopt;
  return Measured<Kilometres>{
      .value = {reading->odometer_km}, .at = reading->at, .source = Source::telemetry};
}

}  // namespace

/// The field itself, else what an earlier run has learnt.
std::optional<Odometer> OdometerWatch::before(const Evidence& evidence) const {
  if (!believed_) return evidence.latest_odometer;
  return Odometer{.odometer_km = believed_->value.value,
                  .at = believed_->at.value_or(believed_at_)};
}

OdometerNews OdometerWatch::check(Evidence& evidence, VehicleState& state, base::Time now) {
  auto& field = state.odometer;
  if (!field || field == believed_) return OdometerNews::believed;
  const Odometer said{.odometer_km = field->value.value, .at = field->at.value_or(now)};
  const auto known = before(evidence);
  const bool same_source = !believed_ || believed_->source == field->source;
  auto& doubted = evidence.doubted_odometer;
  const bool plausible = known ? follows(*known, said, same_source ? kSameDistanceKm : kRoundedKm)
                               : is_a_life(said.odometer_km);
  const bool agreed = doubted && said.at > doubted->at && follows(*doubted, said, kSameDistanceKm);
  if (!plausible && !agreed) {
    if (!doubted || said.at > doubted->at) doubted = said;
    field = believed_ ? believed_ : field_of(known);
    return OdometerNews::held_back;
  }
  // What lies between a distance and one that took its place was never driven.
  if (!plausible) evidence.latest_odometer = *doubted;
  doubted.reset();
  believed_ = field;
  believed_at_ = now;
  return plausible ? OdometerNews::believed : OdometerNews::confirmed;
}

}  // namespace toyota2mqtt::vehicle
