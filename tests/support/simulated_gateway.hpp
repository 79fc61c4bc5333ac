#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/simulated_home.hpp"
#include "toyota2mqtt/rest/account_fleet.hpp"
#include "toyota2mqtt/rest/guest_sign_in.hpp"

namespace toyota2mqtt::test {

/// What a listener was notified of.
struct Heard final : fleet::Listener {
  explicit Heard(const base::Clock& at) : clock(at) {}
  void car_changed(const fleet::CarView& car) override {
    changes.emplace_back(car.account_key, car.car->identity.id.text);
    versions.push_back(car.version);
  }
  void commanded(const fleet::CarView& car, const vehicle::CommandResult& result) override {
    for (auto& step : rest::steps_of(result, clock.now())) {
      steps.emplace_back(car.account_key, std::move(step));
    }
  }
  void cars_changed(const std::string& account_key) override { sets.push_back(account_key); }

  const base::Clock& clock;
  std::vector<std::pair<std::string, std::string>> changes;  ///< account and car
  std::vector<std::uint64_t> versions;
  std::vector<std::pair<std::string, rest::CommandStep>> steps;
  std::vector<std::string> sets;
};

/// A home that lets guests in, as the program puts it together.
struct SimulatedGateway : SimulatedHome {
  SimulatedGateway() = default;
  ~SimulatedGateway() { close(); }
  SimulatedGateway(const SimulatedGateway&) = delete;
  SimulatedGateway& operator=(const SimulatedGateway&) = delete;

  void open() {
    auto outside = services();
    bridge = bridge_with(outside, options);
    accounts = std::make_unique<fleet::GuestAccounts>(outside, bridge->accounts,
                                                      fleet::guest_options(options.fleet));
    fleet = std::make_unique<rest::AccountFleet>(
        rest::AccountFleet::Services{.accounts = bridge->accounts,
                                     .listeners = listeners,
                                     .clock = loop.clock,
                                     .random = loop.random});
    guests = std::make_unique<rest::GuestSignIn>(rest::GuestSignIn::Services{
        .outside = outside, .accounts = bridge->accounts, .guests = *accounts});
    listeners.add(heard, fleet::Listeners::Hears::interface);
    REQUIRE(loop.run(accounts->load()));
    start();
  }
  void close() {
    if (!accounts) return;
    stop_bridge();
    loop.run(accounts->stop());
    listeners.remove(heard);
    guests.reset();
    fleet.reset();
    accounts.reset();
    bridge.reset();
  }
  void restart() {
    close();
    open();
  }

  base::Result<rest::Guest> sign_in(const toyota::Credentials& who) {
    return loop.run(guests->sign_in(who.username, who.password, who.brand));
  }
  /// The guest, whose cars have been read.
  rest::Guest settled(const toyota::Credentials& who) {
    auto guest = sign_in(who);
    REQUIRE(guest);
    loop.advance(std::chrono::seconds(30));
    return *guest;
  }
  static rest::Scope scope(const rest::Guest& guest) {
    return {.owner = false, .account_key = guest.account_key};
  }
  static rest::Scope actions() { return {.owner = true}; }
  [[nodiscard]] std::vector<std::string> ids(const rest::Scope& scope) const {
    std::vector<std::string> list;
    for (const auto& car : fleet->cars(scope)) list.push_back(car.car->identity.id.text);
    return list;
  }
  [[nodiscard]] rest::FleetCar car(const rest::Scope& scope, const std::string& vin) const {
    const auto found = fleet->find(scope, id(vin));
    REQUIRE(found);
    return *found;
  }
  int password_posts() { return cloud.world().journal.password_posts; }

  Heard heard{loop.clock};
  std::unique_ptr<fleet::GuestAccounts> accounts;
  std::unique_ptr<rest::AccountFleet> fleet;
  std::unique_ptr<rest::GuestSignIn> guests;

 private:
  void stop_bridge() { loop.run(bridge->stop()); }
};

}  // namespace toyota2mqtt::test
