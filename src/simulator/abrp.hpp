#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "simulator/replies.hpp"

namespace toyota2mqtt::simulator {

/// ABRP's telemetry endpoints (docs/abrp.md, "The interface"), and checks of what they receive.
class Abrp {
 public:
  explicit Abrp(World& world) : world_(world) {}

  /// nullopt: the path is not ABRP's.
  std::optional<Reply> handle(const Request& request);

  /// Compares one point with what the car reported to the cloud; what is wrong goes to the journal.
  /// `queued`: it came late, in bulk.
  void check(const Car& car, const Json& point, bool queued);
  void reset();

 private:
  struct Parameters {
    std::map<std::string, std::string> values = {};
    Json body = nullptr;             ///< of a JSON body; null otherwise
    bool key_in_parameters = false;  ///< the right key, and not in the header alone
  };
  Parameters parameters(const Request& request) const;
  [[nodiscard]] const Car* car_of(const std::string& token) const;
  Reply send(const Parameters& parameters);
  Reply bulk(const Parameters& parameters);
  Reply me(const std::string& token);
  Reply last_telemetry(const Car& car);
  std::optional<std::string> accept(const Car& car, const Json& point, bool queued);
  void blame(const Car& car, const char* kind, const std::string& text);

  void check_names(const Car& car, const Json& point);
  void check_energy(const Car& car, const Json& point, const CarState& state, bool reported);
  void check_place(const Car& car, const Json& point, const CarState& state, bool reported,
                   bool queued);
  void check_activity(const Car& car, const Json& point, const CarState& state);

  World& world_;
  std::map<std::string, Json> last_point_;
  std::map<std::string, std::map<std::string, long long>> contents_;  // VIN -> content -> utc
};

}  // namespace toyota2mqtt::simulator
