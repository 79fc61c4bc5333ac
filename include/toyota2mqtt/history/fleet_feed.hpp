#pragma once

#include <string>

#include "toyota2mqtt/fleet/account_set.hpp"
#include "toyota2mqtt/fleet/listener.hpp"
#include "toyota2mqtt/history/backfill.hpp"
#include "toyota2mqtt/history/recorder.hpp"

namespace toyota2mqtt::history {

/// Tells the history what happens to the cars. Loop thread only.
class FleetFeed final : public fleet::Listener {
 public:
  /// Both outlive it. `backfill`: the past year of each car that shows itself is fetched; nullptr =
  /// none is.
  explicit FleetFeed(Recorder& recorder, Backfill* backfill = nullptr)
      : recorder_(recorder), backfill_(backfill) {}

  void car_changed(const fleet::CarView& car) override;
  void commanded(const fleet::CarView& car, const vehicle::CommandResult& result) override;
  void woken(const fleet::CarView& car, fleet::WakeReason reason, fleet::WakeRoute route,
             const toyota::WakeAnswer& answer) override;
  void read_failed(const fleet::CarView& car, vehicle::Source source,
                   const base::Error& error) override;

 private:
  Recorder& recorder_;
  Backfill* backfill_;
};

/// The trips of the past, from the accounts of the bridge. While an account is signed out nothing
/// is asked. Loop thread only.
class PastTrips final : public TripSource {
 public:
  /// `accounts` outlives it.
  explicit PastTrips(const fleet::AccountSet& accounts) : accounts_(accounts) {}

  base::Task<base::Result<TripPage>> past_trips(base::CarId car, std::chrono::year_month_day from,
                                                std::chrono::year_month_day to, std::size_t offset,
                                                bool with_route) override;

 private:
  const fleet::AccountSet& accounts_;
};

}  // namespace toyota2mqtt::history
