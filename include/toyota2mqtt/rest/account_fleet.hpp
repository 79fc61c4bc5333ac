#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/fleet/account_set.hpp"
#include "toyota2mqtt/fleet/listener.hpp"
#include "toyota2mqtt/rest/fleet.hpp"

namespace toyota2mqtt::rest {

/// Fleet put on the running bridge and on guests' accounts. It adds itself to the listeners.
/// Loop thread only.
///
/// A car of two of the owner's accounts is that of the first one. A car of the owner's that is a
/// guest's as well is shown to each from the own account; sources(), abrp_point(), clear(),
/// wait_for_read(), refresh() and command() name a car alone and mean the owner's.
class AccountFleet final : public Fleet, public fleet::Listener {
 public:
  struct Services {
    fleet::AccountSet& accounts;
    fleet::Listeners& listeners;
    base::Clock& clock;
    base::Random& random;
  };
  explicit AccountFleet(Services services);
  ~AccountFleet() override;
  AccountFleet(const AccountFleet&) = delete;
  AccountFleet& operator=(const AccountFleet&) = delete;

  [[nodiscard]] std::vector<FleetCar> cars(const Scope& scope) const override;
  [[nodiscard]] std::optional<FleetCar> find(const Scope& scope,
                                             std::string_view id_or_vin) const override;
  [[nodiscard]] std::vector<SourceView> sources(const base::CarId& car) const override;
  [[nodiscard]] std::optional<abrp::Point> abrp_point(const base::CarId& car) const override;
  void clear(const base::CarId& car, const std::vector<vehicle::Source>& sources) override;
  base::Task<bool> wait_for_read(base::CarId car, base::SteadyTime deadline) override;
  base::Task<base::Result<RefreshAnswer>> refresh(base::CarId car) override;
  base::Result<std::string> command(const base::CarId& car,
                                    vehicle::CommandRequest request) override;
  std::size_t forget_rejections(const base::CarId& car,
                                std::optional<vehicle::Action> only) override;

  void car_changed(const fleet::CarView& car) override;
  void cars_changed(const std::string& account) override;

 private:
  struct Found {
    const fleet::AccountSession* account = nullptr;
    fleet::CarSession* car = nullptr;
    bool guest = false;
  };
  struct Waiting {
    base::CarId car;
    base::Event changed;
  };

  [[nodiscard]] std::vector<const fleet::AccountSession*> accounts(const Scope& scope) const;
  [[nodiscard]] const fleet::AccountSession* account(const std::string& key) const;
  [[nodiscard]] Found locate(const base::CarId& car) const;
  void wake_waiting(const std::string* id);
  std::string next_id();

  Services services_;
  std::vector<std::shared_ptr<Waiting>> waiting_;
};

}  // namespace toyota2mqtt::rest
