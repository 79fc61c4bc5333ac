#pragma once

#include <string>

#include "support/fakes.hpp"

namespace toyota2mqtt::test {

/// Home Assistant's Supervisor behind a FakeHttp, with named failure modes. It checks the token.
class FakeSupervisor {
 public:
  enum class Mode {
    works,
    no_broker,
    no_right,
    server_error,
    garbage,
    empty_data,
    unreachable,
    slow
  };

  static constexpr const char* kToken = "canary-supervisor-token";

  Mode mode = Mode::works;
  std::string data = R"({"addon":"core_mosquitto","host":"core-mosquitto","port":1883,"ssl":false,
                         "username":"addons","password":"canary-broker-password",
                         "protocol":"3.1.1"})";
  FakeHttp http{[this](const base::HttpRequest& request) { return answer(request); }};

 private:
  [[nodiscard]] base::Result<base::HttpResponse> answer(const base::HttpRequest& request) const;
};

}  // namespace toyota2mqtt::test
