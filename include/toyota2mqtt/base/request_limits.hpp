#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "toyota2mqtt/base/time.hpp"

/// How often one client may ask. Bounded memory; pure but for it: the time is passed in. Loop
/// thread only.
namespace toyota2mqtt::base {

/// The requests of one session or address in the present minute.
struct RequestWindow {
  SteadyTime began{};
  std::size_t count = 0;
};

/// What is left, as the RateLimit headers say it.
struct Quota {
  std::size_t limit = 0;  ///< 0: there is none, and no header
  std::size_t left = 0;
  long reset = 0;         ///< s until all is there again
  bool exceeded = false;  ///< this request was one too many
};

class RequestLimits {
 public:
  static constexpr std::size_t kMostAddresses = 1000;

  explicit RequestLimits(std::size_t per_minute) : per_minute_(per_minute) {}

  Quota take(RequestWindow& window, SteadyTime now) const;
  /// Of everybody who has this address.
  Quota take(const std::string& address, SteadyTime now);

 private:
  void make_room(SteadyTime now);

  std::size_t per_minute_;
  std::unordered_map<std::string, RequestWindow> addresses_ = {};
};

}  // namespace toyota2mqtt::base
