#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/bridge/bridge.hpp"
#include "toyota2mqtt/bridge/guest_accounts.hpp"
#include "toyota2mqtt/bridge/observer.hpp"
#include "toyota2mqtt/rest/fleet.hpp"

namespace toyota2mqtt::household {

/// rest::Fleet put on the running bridge and on guests' accounts. It learns what happens as one of
/// the bridge's observers: add it to them, and take it out before it goes. Loop thread only.
///
/// A car is `fresh` when all of this holds:
///  - its account is signed in and the cloud answered when it was asked last;
///  - its newest answer is no older than the schedule's interval for what the car is doing, and two
///    minutes for the reading itself (bridge::fresh_until());
///  - nothing was cleared that was not asked for again since.
/// Everything else that is known is stale: shown, and said to be so.
///
/// A car of two accounts of the household is that of the first one. One of the household that is a
/// guest's as well is shown to each from the own account; sources(), abrp_point(), clear(),
/// wait_for_read(), refresh() and command() name a car alone and mean the household's.
class BridgeFleet final : public rest::Fleet, public bridge::Observer {
 public:
  struct Services {
    bridge::Bridge& bridge;
    bridge::GuestAccounts& guests;
    base::Clock& clock;
    base::Random& random;
  };
  explicit BridgeFleet(Services services);
  ~BridgeFleet() override;
  BridgeFleet(const BridgeFleet&) = delete;
  BridgeFleet& operator=(const BridgeFleet&) = delete;

  [[nodiscard]] std::vector<rest::FleetCar> cars(const rest::Scope& scope) const override;
  [[nodiscard]] std::optional<rest::FleetCar> find(const rest::Scope& scope,
                                                   std::string_view id_or_vin) const override;
  [[nodiscard]] std::vector<rest::SourceView> sources(const base::CarId& car) const override;
  [[nodiscard]] std::optional<std::string> abrp_point(const base::CarId& car) const override;
  void clear(const base::CarId& car, const std::vector<vehicle::Source>& sources) override;
  base::Task<bool> wait_for_read(base::CarId car, base::SteadyTime deadline) override;
  base::Task<base::Result<rest::RefreshAnswer>> refresh(base::CarId car) override;
  base::Result<std::string> command(const base::CarId& car,
                                    vehicle::CommandRequest request) override;
  std::size_t forget_rejections(const base::CarId& car,
                                std::optional<vehicle::Action> only) override;
  void listen(rest::FleetListener& listener) override;
  void forget(rest::FleetListener& listener) override;

  void car_changed(const std::string& account, const bridge::CarSession& car) override;
  void notified(const std::string& account, const bridge::CarSession& car,
                const vehicle::Notification& notification) override;
  void commanded(const std::string& account, const bridge::CarSession& car,
                 const vehicle::CommandResult& result) override;
  void cars_changed(const std::string& account) override;

 private:
  /// A car of an account: two accounts may have the same one.
  using Key = std::pair<std::string, base::CarId>;
  struct Found {
    const bridge::AccountSession* account = nullptr;
    bridge::CarSession* car = nullptr;
    bool guest = false;
  };
  /// What is kept of a car that is shown.
  struct Shown {
    std::uint64_t version = 0;
    std::optional<base::Time> fresh_until = {};
    std::map<vehicle::Source, std::uint32_t> cleared = {};  ///< and how often it had been read
  };
  struct Waiting {
    base::CarId car;
    base::Event changed;
  };

  [[nodiscard]] std::vector<const bridge::AccountSession*> accounts(const rest::Scope& scope) const;
  [[nodiscard]] const bridge::AccountSession* account(const std::string& key) const;
  [[nodiscard]] Found locate(const base::CarId& car) const;
  [[nodiscard]] rest::FleetCar view(const bridge::AccountSession& account,
                                    const bridge::CarSession& car) const;
  [[nodiscard]] const Shown& shown(const std::string& account, const bridge::CarSession& car) const;
  void touch(const std::string& account, const bridge::CarSession& car) const;
  [[nodiscard]] bool was_cleared(const std::string& account, const bridge::CarSession& car) const;
  void wake_waiting(const std::string* id);
  std::string next_id();
  template <class Call>
  void tell(const Call& call);
  template <class Call>
  void tell_of(const std::string& account, const bridge::CarSession& car, const Call& call);

  Services services_;
  mutable std::map<Key, Shown> shown_;
  mutable std::uint64_t versions_ = 0;
  std::vector<std::shared_ptr<Waiting>> waiting_;
  std::vector<rest::FleetListener*> listeners_;
};

}  // namespace toyota2mqtt::household
