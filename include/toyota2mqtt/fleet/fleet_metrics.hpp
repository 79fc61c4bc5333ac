#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/metrics.hpp"
#include "toyota2mqtt/fleet/account_set.hpp"
#include "toyota2mqtt/fleet/listener.hpp"

namespace toyota2mqtt::fleet {

/// How many people and cars there are that are not the owner's: metrics tell no more of them.
struct GuestCounts {
  std::size_t accounts = 0;
  std::size_t cars = 0;
};

struct CarRef;

/// The accounts and their cars as metrics (docs/metrics.md). Labels name the owner's cars and
/// accounts by their hashes, never a guest's; every other label value is a fixed word. It counts
/// what it hears as a listener: add it to Listeners once, and remove it before it goes. Loop
/// thread only; everything passed in outlives it.
class FleetMetrics final : public base::MetricsSource, public Listener {
 public:
  struct Services {
    const AccountSet& accounts;
    const base::Clock& clock;
    const base::Zone& zone;  ///< in which the owner's days begin
    std::function<GuestCounts()> guests = {};
  };

  explicit FleetMetrics(Services services) : services_(std::move(services)) {}

  void collect(std::vector<base::MetricFamily>& into) const override;

  void commanded(const CarView& car, const vehicle::CommandResult& result) override;
  void woken(const CarView& car, WakeReason reason, WakeRoute route,
             const toyota::WakeAnswer& answer) override;
  void cars_changed(const std::string& account) override;

 private:
  using Word = std::string_view;  ///< static text

  [[nodiscard]] std::vector<CarRef> cars() const;
  void collect_commands(std::vector<base::MetricFamily>& into) const;
  void collect_wakes(const std::vector<CarRef>& cars, std::vector<base::MetricFamily>& into) const;

  Services services_;
  std::map<std::pair<Word, Word>, std::uint64_t> commands_;             // command, outcome
  std::map<std::tuple<base::CarId, Word, Word>, std::uint64_t> wakes_;  // car, reason, outcome
};

}  // namespace toyota2mqtt::fleet
