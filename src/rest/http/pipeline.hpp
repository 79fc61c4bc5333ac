#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rest/auth/auth.hpp"
#include "rest/auth/login_throttle.hpp"
#include "rest/context.hpp"
#include "rest/http/client_origin.hpp"
#include "rest/http/http_metrics.hpp"
#include "rest/http/problem.hpp"
#include "rest/http/router.hpp"
#include "toyota2mqtt/base/log_limit.hpp"

namespace toyota2mqtt::rest {

/// What one request is, on its way through the interface.
struct Exchange {
  Context context;
  Match found = {};
  Quota quota = {};
  std::string origin = {};  ///< of another site that may read the answer; empty: none
  bool from_gateway = false;
};

/// The steps before and after a route's handler, the same for every route. Loop thread only.
class Pipeline {
 public:
  Pipeline(RouteDeps& deps, base::Random& random);

  /// Who asks from where for what; nothing is judged yet.
  Exchange receive(Request request);
  /// Why the handler may not be asked: the line, the token, the limits, the rights, the body. Fills
  /// in who asks.
  std::optional<Response> refusal(Exchange& exchange);
  /// Headers, log, audit log and figures of an answer.
  void finish(Exchange& exchange, Response& response);
  /// Once a minute: tells what the log has left out.
  void tidy();

 private:
  std::string next_id();
  std::optional<Problem> identify(Exchange& exchange);
  std::optional<Problem> refuse_access(const Exchange& exchange) const;
  void add_headers(const Exchange& exchange, Response& response) const;
  void log_answer(const Exchange& exchange, int status);
  void record_audit(const Exchange& exchange, int status);

  RouteDeps& deps_;
  TrustedProxies proxies_;
  RequestLimits limits_;
  RequestWindow gateway_window_;
  base::LogLimit flood_;  ///< of what is refused to nobody
  std::string id_prefix_;
  std::uint32_t id_count_ = 0;
};

}  // namespace toyota2mqtt::rest
