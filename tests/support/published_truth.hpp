#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "simulator/car.hpp"
#include "support/catch.hpp"

/// What is published of a simulated car, compared with what the car really was.
namespace toyota2mqtt::test {

/// A time of a document; the epoch when it has none.
inline base::Time time_in(const nlohmann::json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_string()) return {};
  return base::parse_iso8601(found->get<std::string>()).value();
}

/// What a state or location document of one car may say: what the simulated car reported, at the
/// time that the document names for it, and not later than now. Each value is held against the time
/// of its own source (column *source* of docs/entities.md).
class PublishedTruth {
 public:
  explicit PublishedTruth(simulator::Car& car) : car_(car) {}

  void state(const nlohmann::json& document, base::Time now);
  void location(const nlohmann::json& document, base::Time now);
  /// Nothing that the cloud has had for longer than the parked interval may be missing.
  void last_words(const nlohmann::json& document, base::Time now) const;

  int states = 0, locations = 0, charging = 0, unlocked = 0;
  int values = 0;  ///< that were compared
  std::set<double> odometers;

 private:
  base::Time reported(const nlohmann::json& document, const char* key, unsigned group,
                      base::Time now);
  void driven(const nlohmann::json& document, const simulator::CarState& truth);
  void battery(const nlohmann::json& document, const simulator::CarState& truth);
  void charge_time(const nlohmann::json& document, const simulator::CarState& truth);
  void body(const nlohmann::json& document, const simulator::CarState& truth);
  void trip(const nlohmann::json& document, base::Time now);
  void sum(const nlohmann::json& document, const std::string& id, base::Time now);
  /// A known value; false when the document says null or nothing.
  bool number(const nlohmann::json& document, const char* key, double truth, double margin);
  bool word(const nlohmann::json& document, const char* key, const nlohmann::json& truth);

  simulator::Car& car_;
};

}  // namespace toyota2mqtt::test
