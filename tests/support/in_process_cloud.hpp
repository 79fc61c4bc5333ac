#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "simulator/cloud.hpp"
#include "toyota2mqtt/base/http_client.hpp"

namespace toyota2mqtt::test {

/// The simulator as an HttpClient: requests go straight to its handlers, under the clock of the
/// test, so that a whole day passes in seconds. Whatever the host, the path decides who answers:
/// login, API or ABRP. Loop thread only; clock and crypto outlive it.
class InProcessCloud final : public base::HttpClient {
 public:
  InProcessCloud(base::Clock& clock, const base::Crypto& crypto, simulator::Options options = {});

  base::Task<base::Result<base::HttpResponse>> send(base::HttpRequest request) override;
  /// A session keeps the cookies that it was given, and shows them to every host.
  std::unique_ptr<base::HttpClient> new_session() override;

  simulator::World& world() { return simulator_.world(); }

  /// What every answer takes, on top of the delays that the simulator asks for.
  std::chrono::milliseconds latency{0};

 private:
  class Session;
  using Jar = std::map<std::string, std::string>;
  base::Task<base::Result<base::HttpResponse>> exchange(base::HttpRequest request, Jar* jar);

  base::Clock& clock_;
  simulator::Cloud simulator_;
};

}  // namespace toyota2mqtt::test
