#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

namespace toyota2mqtt::fleet {

/// The cars of one account, from what the cloud's lists of cars say one after the other. Now and
/// then a list lacks a car, or is empty, once (docs/toyota-protocol.md, "Vehicle list"). So a known
/// car stays until two lists lack it, at least kSecondListAfter apart. Pure: time is passed in.
class CarList {
 public:
  static constexpr std::chrono::minutes kSecondListAfter{10};

  /// What a list has changed.
  struct Changes {
    std::vector<base::Vin> missing = {};  ///< known, and not in the list: told once in each run
    std::vector<base::Vin> back = {};     ///< was missing, and is in the list again
    std::vector<base::Vin> gone = {};     ///< not in the second list either: it is not known now
    friend bool operator==(const Changes&, const Changes&) = default;
  };

  /// A car that an earlier run knew; `missing_since` as missing_since() answered then.
  void recall(toyota::ListedVehicle car, std::optional<base::Time> missing_since);
  Changes take(std::vector<toyota::ListedVehicle> listed, base::Time now);

  /// Every known car: as the newest list orders them, then those that it lacks.
  [[nodiscard]] const std::vector<toyota::ListedVehicle>& cars() const { return cars_; }
  /// When a list lacked the car first; nullopt = the newest list has it, or nobody knows it.
  [[nodiscard]] std::optional<base::Time> missing_since(const base::Vin& vin) const;
  [[nodiscard]] bool any_missing() const { return !missing_.empty(); }
  /// Whether a car that is not in cars() is gone for certain: cars of an earlier run were recalled,
  /// or two lists were taken, kSecondListAfter apart.
  [[nodiscard]] bool certain() const { return certain_; }

 private:
  std::vector<toyota::ListedVehicle> cars_;
  std::map<base::Vin, base::Time> missing_;  // since when
  std::set<base::Vin> told_;                 // of these, the ones that Changes has named
  std::optional<base::Time> first_list_;
  bool certain_ = false;
};

}  // namespace toyota2mqtt::fleet
