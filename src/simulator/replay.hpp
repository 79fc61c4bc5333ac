#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/replies.hpp"

namespace toyota2mqtt::simulator {

/// Answers recorded from a real cloud (docs/recordings.md), or a folder of single answers named
/// after their routes, instead of the virtual cars'.
class Replay {
 public:
  /// The error in words, or nullopt.
  std::optional<std::string> load_recording(const std::string& text);
  std::optional<std::string> load_directory(const std::string& directory);

  [[nodiscard]] bool active() const { return !exchanges_.empty(); }
  /// The recorded answer; several of one route come in their order, the last one stays. What was
  /// not recorded is answered as the real cloud answers a route that a car lacks, or, when its
  /// retired twin was recorded, a route that is fenced off.
  Reply answer(const Request& request);

 private:
  struct Exchange {
    std::string method;
    std::string path;
    std::string query;
    std::string vin;
    int status = 200;
    std::string body;
    bool used = false;
  };
  Exchange* find(const Request& request);
  std::vector<Exchange> exchanges_;
};

/// A recorded sign-in conversation, played back by what each request says: which callbacks came
/// back, whether the user is known and the password right.
class RecordedLogin {
 public:
  std::optional<std::string> load_directory(const std::string& directory);
  [[nodiscard]] bool active() const { return !working_.empty(); }

  struct Step {
    Reply reply;
    bool began = false;
    bool password = false;
    bool refreshed = false;
  };
  /// nullopt: not a path of the login host.
  std::optional<Step> answer(const Request& request, const World& world) const;
  [[nodiscard]] const std::string& access_token() const { return access_token_; }
  [[nodiscard]] const std::string& guid() const { return guid_; }

 private:
  std::vector<Reply> working_;
  Reply wrong_password_;
  Reply unknown_user_;
  std::string access_token_;
  std::string guid_;
};

}  // namespace toyota2mqtt::simulator
