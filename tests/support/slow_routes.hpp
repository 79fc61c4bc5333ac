#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/http_client.hpp"

namespace toyota2mqtt::test {

/// The way to a cloud on which some routes take their time, as AWS does before its 504.
class SlowRoutes final : public base::HttpClient {
 public:
  SlowRoutes(base::HttpClient& cloud, base::Clock& clock) : cloud_(cloud), clock_(clock) {}

  base::Task<base::Result<base::HttpResponse>> send(base::HttpRequest request) override {
    return pass(*this, std::move(request));
  }
  std::unique_ptr<base::HttpClient> new_session() override { return cloud_.new_session(); }

  std::map<std::string, std::chrono::milliseconds> delays = {};  ///< by HttpRequest::log_path
  std::map<std::string, int> asked = {};                         ///< how often each was asked
  int outstanding = 0;
  int most_outstanding = 0;

 private:
  static base::Task<base::Result<base::HttpResponse>> pass(SlowRoutes& self,
                                                           base::HttpRequest request) {
    ++self.asked[request.log_path];
    self.most_outstanding = std::max(self.most_outstanding, ++self.outstanding);
    const auto delay = self.delays.find(request.log_path);
    auto slept = base::Result<void>();
    if (delay != self.delays.end()) {
      const auto duration = std::min(delay->second, request.timeout);
      slept = co_await base::sleep_for(self.clock_, duration);
      if (slept && delay->second > request.timeout) {
        slept = base::fail(base::ErrorCode::timeout, "no answer in time");
      }
    }
    --self.outstanding;
    if (!slept) co_return base::fail(slept.error());
    co_return co_await self.cloud_.send(std::move(request));
  }

  base::HttpClient& cloud_;
  base::Clock& clock_;
};

}  // namespace toyota2mqtt::test
