#pragma once

#include "rest/context.hpp"

namespace toyota2mqtt::rest {

/// Hands what happens to everybody who listens to `events` (docs/rest.md, "Events").
class EventHub {
 public:
  explicit EventHub(Services& services) : services_(services) {}
  void stop() {}

 private:
  [[maybe_unused]] Services& services_;
};

}  // namespace toyota2mqtt::rest
