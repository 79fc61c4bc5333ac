#pragma once

#include <map>
#include <string>

#include "support/fakes.hpp"

namespace toyota2mqtt::test {

/// A cloud in a table: path -> answer. Enough for tests of the bridge, where the protocol is not
/// the point; the simulator is the real judge of that.
class ScriptedCloud {
 public:
  struct Answer {
    int status = 200;
    std::string body;
  };

  /// One plug-in hybrid, `JTMTEST0000000002`, called Blitz, with every current route answering.
  ScriptedCloud();

  /// From now on the sign-in asks for the name and answers "User Not Found".
  void know_nobody() { knows_nobody_ = true; }

  bool reachable = true;                  ///< false: no connection at all
  std::map<std::string, Answer> answers;  ///< by path without query; absent = 404
  FakeHttp http;

 private:
  bool knows_nobody_ = false;
};

/// The access token that the scripted cloud takes; put it into the token store to skip the sign-in.
toyota::Tokens valid_tokens(base::Time now);

}  // namespace toyota2mqtt::test
