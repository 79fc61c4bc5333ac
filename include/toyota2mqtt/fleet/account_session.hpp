#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "toyota2mqtt/fleet/abrp_choice.hpp"
#include "toyota2mqtt/fleet/car_list.hpp"
#include "toyota2mqtt/fleet/car_session.hpp"
#include "toyota2mqtt/fleet/condition.hpp"
#include "toyota2mqtt/fleet/unlock_code.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

namespace toyota2mqtt::fleet {

/// What the owner configured, as far as an account needs it.
struct AccountOptions {
  toyota::Credentials credentials;
  toyota::Endpoints endpoints;
  std::vector<VehicleOptions> vehicles;
  CarPolicy policy;
  bool only_account = true;  ///< abrp.token can be given to a car only when there is one account
  std::string key = {};      ///< see toyota::Account; empty = that of the credentials
  bool from_page = false;    ///< entered on the page; false = it is in the configuration
  friend bool operator==(const AccountOptions&, const AccountOptions&) = default;
};

/// Of one of the owner's accounts.
AccountOptions account_options(const Options& options, const toyota::Credentials& credentials);

/// What starts anew when an account gets other options.
enum class Restart : std::uint8_t {
  nothing,  ///< they are the same
  cars,     ///< those cars for which something else follows from them
  account,  ///< everything: it is another sign-in, or another cloud
};
Restart restart_for(const AccountOptions& running, const AccountOptions& wanted);

/// What people call a car: the configured name, else the nickname, else the model, else brand and
/// id.
std::string car_name(const vehicle::Identity& identity, const VehicleOptions* options);
/// nullptr when the owner says nothing about this car.
const VehicleOptions* find_options(const std::vector<VehicleOptions>& vehicles,
                                   const base::Vin& vin);

/// Forgets what is kept of the cars of accounts for which `has_account` is false, by their keys.
base::Task<void> forget_cars_of_others(base::Store* sealed,
                                       std::function<bool(const std::string&)> has_account);

/// One account: lists its cars (at start, daily, and when a car seems to have left), runs a
/// CarSession for each, and knows how the account is. A failing account never touches another.
class AccountSession final : public CarOwner {
 public:
  AccountSession(Services services, AccountOptions options);
  ~AccountSession() override;
  AccountSession(const AccountSession&) = delete;
  AccountSession& operator=(const AccountSession&) = delete;

  /// Starts the account's tasks.
  void start();
  void cancel();
  /// Returns when all tasks of the account and of its cars have ended; after cancel().
  base::Task<void> join();

  /// The owner pressed "Try again": forgets a rejection and asks the cloud at once.
  void try_again();
  /// Takes other options into use without any request: cars whose options stay the same do not
  /// notice. The new options must have the same credentials and endpoints. It happens at once, or
  /// when the cloud has answered what it is being asked just now.
  void reconfigure(AccountOptions options);

  /// One page of a car's past trips: one request. Errors: as the cloud's; action_required without
  /// any request while the account is signed out; not_supported when the car is not there.
  base::Task<base::Result<toyota::TripPage>> past_trips(base::CarId car, toyota::TripQuery query);
  /// Hands a request to the car's queue, or notifies of its refusal: the car was never read, or the
  /// code is not right. False: the account has no such car.
  bool command(const base::CarId& car, const vehicle::CommandRequest& request, UnlockCode& code);
  /// Notifies of a command that cannot be carried out.
  void refuse(const base::CarId& car, const vehicle::CommandResult& result);
  /// nullptr when the account has no such car.
  [[nodiscard]] CarSession* find_car(const base::CarId& car) const;
  /// Which ABRP token a car of the account has, and whether it is sent there.
  [[nodiscard]] AbrpChoice abrp_choice(const vehicle::Identity& car) const;
  /// Why it is not, in plain words; see fleet::abrp_obstacle().
  [[nodiscard]] std::optional<base::Error> abrp_obstacle(const vehicle::Identity& car) const;

  [[nodiscard]] const std::string& key() const { return account_.key(); }
  [[nodiscard]] const AccountOptions& options() const { return options_; }
  /// How the account is, now: the one answer that everything shows.
  [[nodiscard]] Condition condition() const;
  /// A car of this account as it is shown now.
  [[nodiscard]] CarView view(const CarSession& car) const;
  /// Every car of the account as the cloud listed it last, ignored ones included, and those that
  /// only the last list lacks (CarList).
  [[nodiscard]] const std::vector<toyota::ListedVehicle>& listed() const { return list_.cars(); }
  /// Whether nothing may be left of a car: it is ignored, or certainly not in the account.
  [[nodiscard]] bool is_gone(const base::CarId& car) const;
  [[nodiscard]] const std::map<base::CarId, std::unique_ptr<CarSession>>& cars() const {
    return cars_;
  }
  /// No request can succeed until the owner acts.
  [[nodiscard]] bool signed_out() const;
  /// Whether a car can be known at all: the cloud lets the account in, and the car was read within
  /// `availability_after`.
  [[nodiscard]] bool available(const CarSession& car) const;
  [[nodiscard]] std::uint64_t requests() const { return cloud_.requests(); }
  [[nodiscard]] std::uint64_t unknown_values() const;
  /// By source and place in the answer, without the values themselves.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& unknown_by_place() const {
    return cloud_.unknown_values();
  }
  /// What is wrong, in the words of condition(); nullopt = nothing, as far as is known.
  [[nodiscard]] std::optional<base::Error> trouble() const;
  /// Whether the cloud has listed the cars in this run; before that the list may be a stored one.
  [[nodiscard]] bool has_listed() const { return listed_once_; }
  /// How often the cloud was asked for the list of cars and has answered or failed.
  [[nodiscard]] std::uint64_t tries() const { return tries_; }
  /// Waits until tries() grows or the session ends, which it may do meanwhile. False: cancelled, or
  /// `deadline` has passed.
  [[nodiscard]] base::Task<bool> wait_for_try(base::SteadyTime deadline) const;

 private:
  /// What a car's session was started with: when that changes, the session starts anew.
  struct CarPlan {
    CarPolicy policy;  ///< see policy_of()
    vehicle::Allowed overruled = {};
    bool asks_code = false;
    double usable_capacity = 0;
    std::string abrp_obstacle = {};  ///< why nothing is sent though the owner set it up; else empty
    friend bool operator==(const CarPlan&, const CarPlan&) = default;
  };

  [[nodiscard]] bool available(const CarSession& car, const Condition& now) const;
  base::Task<void> run();
  base::Task<void> recall_list();
  base::Task<void> keep_list();
  void take_list(std::vector<toyota::ListedVehicle> listed);
  base::Task<void> lift_rejection();
  void count_try();
  void ask_again();
  /// Lets the account ask again after this pause, whatever it waits for now.
  void ask_in(std::chrono::milliseconds pause);
  base::Task<bool> wait_to_ask_again(std::chrono::milliseconds pause);
  base::Task<void> update_cars();
  /// `before`: the car as its last session knew it, when only its options changed.
  void add_car(toyota::ListedVehicle listed, CarPlan plan,
               const std::optional<vehicle::Car>& before);
  base::Task<void> end_car(base::CarId id);
  base::Task<void> remove_absent(const std::set<base::CarId>& present);
  void note_list(const base::Result<std::vector<toyota::ListedVehicle>>& listed);
  /// True: the account is in trouble since this outcome.
  bool note(RequestOutcome outcome);
  void tell_condition(const Condition& before, const Condition& now);
  void probe_cars();
  [[nodiscard]] CarPlan plan_of(const vehicle::Identity& car) const;
  [[nodiscard]] bool is_ignored(const base::Vin& vin) const;
  std::chrono::milliseconds pause_after_failure();
  [[nodiscard]] std::optional<CarView> view_of(const base::CarId& car) const override;
  void answered(const base::CarId& car, std::optional<vehicle::Source> source,
                const toyota::RouteResult& result) override;
  void left() override { ask_again(); }
  [[nodiscard]] bool of_guest() const override { return !options_.key.empty(); }

  Services services_;
  AccountOptions options_;
  toyota::Account account_;
  toyota::Cloud cloud_;
  base::TaskGroup tasks_;
  CarList list_;
  std::map<std::string, std::string> remembered_list_;  // as it is on disk
  std::map<base::CarId, std::unique_ptr<CarSession>> cars_;
  std::map<base::CarId, CarPlan> plans_;  // of the running cars
  Outcomes outcomes_;
  base::Event wake_;
  base::SteadyTime due_{};  // when the list of cars is asked next
  bool ask_now_ = false;
  bool options_changed_ = false;
  std::uint64_t tries_ = 0;
  /// Of the tasks in wait_for_try(), which may outlive the session.
  std::shared_ptr<std::vector<std::shared_ptr<base::Event>>> waiting_for_try_ =
      std::make_shared<std::vector<std::shared_ptr<base::Event>>>();
  int failures_ = 0;  // rounds in trouble in a row; see note()
  bool listed_once_ = false;
};

}  // namespace toyota2mqtt::fleet
