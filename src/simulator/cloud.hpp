#pragma once

#include <memory>
#include <optional>
#include <string>

#include "simulator/abrp.hpp"
#include "simulator/api.hpp"
#include "simulator/replay.hpp"
#include "simulator/replies.hpp"
#include "simulator/sign_in.hpp"

namespace toyota2mqtt::simulator {

/// The whole virtual cloud behind one address: login host, API host, ABRP and `/_sim/`. Answers
/// every request at once; delays and misbehaviour are asked of the listener.
class Cloud {
 public:
  Cloud(Options options, SimClock clock, const base::Crypto& crypto);

  Reply handle(const Request& request);

  /// Recorded answers instead of the virtual cars'; any user signs in. The error in words.
  std::optional<std::string> replay_recording(const std::string& text);
  /// As replay_recording, from a folder; the sign-in is the recorded one when the folder has it.
  std::optional<std::string> replay_directory(const std::string& directory);
  /// "day", "cold-cache", "never-applied"; false for any other name.
  bool play(const std::string& scenario);

  /// For tests in the same process.
  World& world() { return world_; }
  Abrp& abrp() { return abrp_; }

 private:
  Reply control(const Request& request);
  Reply change(const std::string& what, const Request& request);
  /// True when the fault changes how a car takes commands.
  bool set_mood(const Json& fault, const std::string& kind, const std::string& vin);
  [[nodiscard]] Json state() const;
  [[nodiscard]] Json cars() const;
  void count(const Request& request);
  std::optional<Reply> sign_in(const Request& request);
  std::optional<Reply> read(const Request& request);

  World world_;
  SignIn sign_in_;
  Api api_;
  Abrp abrp_;
  Faults faults_;
  Replay replay_;
  RecordedLogin recorded_login_;
};

}  // namespace toyota2mqtt::simulator
