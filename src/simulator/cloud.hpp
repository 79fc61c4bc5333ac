#pragma once

#include <memory>
#include <optional>
#include <string>

#include "simulator/abrp.hpp"
#include "simulator/api.hpp"
#include "simulator/faults.hpp"
#include "simulator/sign_in.hpp"

namespace toyota2mqtt::simulator {

/// The whole virtual cloud behind one address: login host, API host, ABRP and `/_sim/`. Answers
/// every request at once; delays and misbehaviour are asked of the listener.
class Cloud {
 public:
  Cloud(Options options, SimClock clock, const base::Crypto& crypto);

  Reply handle(const Request& request);

  /// For tests in the same process.
  World& world() { return world_; }
  SignIn& sign_in() { return sign_in_; }
  Abrp& abrp() { return abrp_; }

 private:
  Reply control(const Request& request);
  Reply change(const std::string& what, const Request& request);
  [[nodiscard]] Json state() const;
  [[nodiscard]] Json cars() const;
  void count(const Request& request);

  World world_;
  SignIn sign_in_;
  Api api_;
  Abrp abrp_;
  Faults faults_;
};

}  // namespace toyota2mqtt::simulator
