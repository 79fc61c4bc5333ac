#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/rest/fleet.hpp"

namespace toyota2mqtt::test {

/// Cars in memory, for the REST interface. Everything that is asked for is written down.
class FakeFleet final : public rest::Fleet {
 public:
  struct Entry {
    vehicle::Car car;
    std::string account_key;
    bool owners = true;  ///< false: a guest's
    bool available = true;
    bool fresh = true;
    std::uint64_t version = 1;
    std::vector<rest::SourceView> sources = {};
    std::optional<abrp::Point> abrp = {};
  };

  [[nodiscard]] std::vector<rest::FleetCar> cars(const rest::Scope& scope) const override;
  [[nodiscard]] std::optional<rest::FleetCar> find(const rest::Scope& scope,
                                                   std::string_view id_or_vin) const override;
  [[nodiscard]] std::vector<rest::SourceView> sources(const base::CarId& car) const override;
  [[nodiscard]] std::optional<abrp::Point> abrp_point(const base::CarId& car) const override;
  void clear(const base::CarId& car, const std::vector<vehicle::Source>& sources) override;
  base::Task<bool> wait_for_read(base::CarId car, base::SteadyTime deadline) override;
  base::Task<base::Result<rest::RefreshAnswer>> refresh(base::CarId car) override;
  base::Result<std::string> command(const base::CarId& car,
                                    vehicle::CommandRequest request) override;
  std::size_t forget_rejections(const base::CarId& car,
                                std::optional<vehicle::Action> only) override;

  explicit FakeFleet(base::Clock& clock) : clock_(clock) {}

  /// A car of the owner's, or with `account_key` "g…" style keys a guest's. Answers its id.
  base::CarId add(vehicle::Car car, std::string account_key, bool owners);
  Entry& at(const base::CarId& car);
  /// The cloud answered for the car: it is fresh, who waits for it goes on, listeners are notified.
  void read(const base::CarId& car);
  void changed(const base::CarId& car);
  void notified(const base::CarId& car, const vehicle::Notification& notification);
  void happened(const base::CarId& car, const vehicle::CarEvent& event);
  void commanded(const base::CarId& car, const rest::CommandStep& step);
  void cars_changed(const std::string& account_key);

  fleet::Listeners listeners;

  rest::RefreshAnswer refresh_answer = {.sent = true};
  std::optional<base::Error> refresh_error = {};
  /// Called before command() returns, as the bridge reports a refusal.
  std::optional<vehicle::CommandResult> told_at_once = {};
  // What was called, with what.
  std::vector<std::pair<base::CarId, std::vector<vehicle::Source>>> cleared;
  std::vector<base::CarId> refreshed;
  std::vector<std::pair<base::CarId, vehicle::CommandRequest>> commands;

 private:
  struct Wait {
    base::CarId car;
    bool read = false;
    base::Event event;
  };
  [[nodiscard]] const Entry* entry_of(const base::CarId& car) const;
  static rest::FleetCar view_of(const Entry& entry);

  base::Clock& clock_;
  std::map<base::CarId, Entry> entries_;
  std::vector<std::shared_ptr<Wait>> waits_;
};

}  // namespace toyota2mqtt::test
