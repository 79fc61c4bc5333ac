#pragma once

#include <map>
#include <optional>
#include <string>

#include "simulator/replies.hpp"
#include "simulator/sign_in.hpp"

namespace toyota2mqtt::simulator {

/// One request that passed the checks of headers, token and ownership.
struct Call {
  World& world;
  const Request& request;
  const User& user;
  Car* car = nullptr;  ///< nullptr on the routes without the vin header
  Time now;
};

/// The API host: strict about headers, tokens and ownership (docs/toyota-protocol.md, "Headers" and
/// "Errors").
class Api {
 public:
  Api(World& world, SignIn& sign_in) : world_(world), sign_in_(sign_in) {}

  /// nullopt: no such route.
  std::optional<Reply> handle(const Request& request);
  /// The refusal of a request whose headers or token are wrong; nothing else is looked at.
  std::optional<Reply> check(const Request& request);
  /// The template of a request's route ("GET /v1/trips/{id}"); empty when there is none.
  static std::string route_name(const Request& request);
  /// The status cache of that car is cold until a wake or a few minutes of asking.
  void chill(const std::string& vin);

 private:
  std::optional<Reply> refusal(const Request& request, std::string& guid);
  std::optional<Reply> refuse(int status, const char* reason, const char* detail);
  bool status_is_cold(const Car& car);
  /// What the gateway says to a retired route without asking anything behind it.
  std::optional<Reply> fence(const Request& request, bool electric);

  struct Interest {
    Time asked;                      ///< when the status was last requested
    std::optional<Time> cold_since;  ///< when a cold cache was first asked
    bool chilled = false;
  };
  World& world_;
  SignIn& sign_in_;
  std::map<std::string, Interest> interest_;
};

// The routes, by family. Each answers one route completely.
Reply vehicle_list(const Call& call);
Reply account(const Call& call);
Reply set_alias(const Call& call);
Reply telemetry(const Call& call);
Reply odometer(const Call& call);
Reply location(const Call& call);
Reply electric_status(const Call& call);
Reply retired_electric_status(const Call& call);
Reply health(const Call& call);
Reply service_history(const Call& call);
Reply notifications(const Call& call);
Reply vehicle_status(const Call& call);
Reply retired_vehicle_status(const Call& call);
Reply trips(const Call& call);
Reply one_trip(const Call& call);
Reply climate_status(const Call& call);
Reply climate_settings(const Call& call);
Reply retired_climate_status(const Call& call);
Reply retired_climate_settings(const Call& call);
Reply climate_control(const Call& call);
Reply retired_climate_control(const Call& call);
Reply set_climate_settings(const Call& call);
Reply wake_status(const Call& call);
Reply retired_wake_status(const Call& call);
Reply wake_climate(const Call& call);
Reply wake_electric(const Call& call);
Reply electric_command(const Call& call);
Reply remote_command(const Call& call);

/// `payload{appRequestNo,returnCode}`.
Reply accepted(World& world, const char* return_code = "000000");
/// True while a fault makes this car accept commands and do nothing.
bool never_applies(const World& world, const Car& car);
std::string chargingstatus(const CarSpec& spec, const CarState& state);

}  // namespace toyota2mqtt::simulator
