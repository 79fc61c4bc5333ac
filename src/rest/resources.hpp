#pragma once

#include "rest/caching.hpp"
#include "rest/command_log.hpp"
#include "rest/context.hpp"

namespace toyota2mqtt::rest {

/// What the routes about cars remember between requests; all of it goes with the cars that it is
/// about. Loop thread only; as long-lived as the Api.
class Resources final : public fleet::Listener {
 public:
  explicit Resources(Services& services);
  ~Resources() override;
  Resources(const Resources&) = delete;
  Resources& operator=(const Resources&) = delete;

  void commanded(const FleetCar& car, const vehicle::CommandResult& result) override;
  void cars_changed(const std::string& account_key) override;

  /// A keyed hash, for what must not be kept as it was sent.
  [[nodiscard]] base::Digest digest(std::string_view text) const;

  RenderCache cache;
  CommandLog commands;
  const base::Time started;
  const base::SteadyTime started_steady;

 private:
  Services& services_;
  std::string key_;
};

}  // namespace toyota2mqtt::rest
