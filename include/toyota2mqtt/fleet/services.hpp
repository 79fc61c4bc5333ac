#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/fleet/listener.hpp"
#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::fleet {

/// What accounts and cars need of the world outside. Everything outlives them.
struct Services {
  boost::asio::any_io_executor executor;  ///< the loop
  base::HttpClient& http;                 ///< for the cloud's hosts
  base::HttpClient& abrp_http;            ///< for ABRP: another trust store may apply
  base::Clock& clock;
  base::Random& random;
  const base::Crypto& crypto;
  base::Log& log;
  base::Store& store;
  toyota::TokenStore& tokens;
  abrp::PointQueue& points;
  const base::Zone& zone;  ///< in which the owner's days begin
  Listeners& listeners;    ///< notified of what happens to cars and accounts
  /// Counts what is asked of the cloud; nullptr = nobody wants to know.
  toyota::CloudMetrics* metrics = nullptr;
  /// Encrypts what it keeps: answers and lists of cars, with VINs and places. nullptr = they are
  /// not kept, and a restart begins with what the cloud says then.
  base::Store* sealed = nullptr;

  [[nodiscard]] toyota::Services for_toyota() const {
    return {.http = http,
            .clock = clock,
            .random = random,
            .crypto = crypto,
            .log = log,
            .store = store,
            .tokens = tokens,
            .metrics = metrics};
  }
  [[nodiscard]] abrp::Services for_abrp() const {
    return {.http = abrp_http,
            .clock = clock,
            .random = random,
            .crypto = crypto,
            .log = log,
            .store = store,
            .queue = points};
  }
};

}  // namespace toyota2mqtt::fleet
