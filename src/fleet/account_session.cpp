#include "toyota2mqtt/fleet/account_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

namespace toyota2mqtt::fleet {

namespace {

using std::chrono::milliseconds;

constexpr auto kListAgain = std::chrono::hours(24);
constexpr auto kListAgainWhileMissing = std::chrono::hours(1);
constexpr auto kLookForNewCredentials = std::chrono::seconds(30);
constexpr auto kShortestAccountPause = std::chrono::seconds(30);
constexpr auto kLongestSignInPause = std::chrono::minutes(15);

/// The policy of one car: with the commands and the ABRP token of its own, and without what its
/// session does not need.
CarPolicy policy_of(CarPolicy policy, const VehicleOptions* own, const AbrpChoice& choice) {
  if (own != nullptr) policy.commands.allow.insert(own->commands.begin(), own->commands.end());
  policy.commands.unlock_code = {};
  policy.trip_tracks = false;
  policy.abrp.token = choice.token;
  if (!choice.sent()) policy.abrp = {};
  return policy;
}

}  // namespace

CarPolicy guest_policy(const CarPolicy& policy) {
  CarPolicy guests{.polling = policy.polling, .wake = policy.wake, .commands = policy.commands};
  guests.wake.after_stop.clear();
  guests.wake.while_charging = guests.wake.idle = std::chrono::seconds(0);
  return guests;
}

AccountOptions account_options(const Options& options, const toyota::Credentials& credentials) {
  return {.credentials = credentials,
          .endpoints = options.endpoints,
          .vehicles = options.vehicles,
          .policy = options.policy,
          .only_account = options.accounts.size() == 1,
          .from_page = options.entered.contains({credentials.username, credentials.brand})};
}

Restart restart_for(const AccountOptions& running, const AccountOptions& wanted) {
  if (running.credentials != wanted.credentials || running.endpoints != wanted.endpoints) {
    return Restart::account;
  }
  return running == wanted ? Restart::nothing : Restart::cars;
}

std::string car_name(const vehicle::Identity& identity, const VehicleOptions* options) {
  if (options != nullptr && !options->name.empty()) return options->name;
  if (!identity.nickname.empty()) return identity.nickname;
  if (!identity.model.empty()) return identity.model;
  return fmt::format("{} {}", display_name(identity.brand), identity.id.text);
}

const VehicleOptions* find_options(const std::vector<VehicleOptions>& vehicles,
                                   const base::Vin& vin) {
  const auto found = std::ranges::find(vehicles, vin, &VehicleOptions::vin);
  return found == vehicles.end() ? nullptr : &*found;
}

AccountSession::AccountSession(Services services, AccountOptions options)
    : services_(services),
      options_(std::move(options)),
      account_(services.for_toyota(), options_.endpoints, options_.credentials, options_.key),
      cloud_(services.for_toyota(), account_),
      tasks_(services.executor, services.log) {
  cloud_.ask_for_tracks(options_.policy.trip_tracks);
  // Of a guest's cars nothing is kept beyond the visit.
  if (of_guest()) services_.sealed = nullptr;
}

AccountSession::~AccountSession() {
  for (const auto& waiting : *waiting_for_try_) waiting->notify();
}

void AccountSession::count_try() {
  ++tries_;
  for (const auto& waiting : *waiting_for_try_) waiting->notify();
}

base::Task<bool> AccountSession::wait_for_try(base::SteadyTime deadline) const {
  // Nothing of the session is used after the wait.
  const auto all = waiting_for_try_;
  const auto mine = std::make_shared<base::Event>();
  all->push_back(mine);
  const auto woken = co_await mine->wait_until(services_.clock, deadline);
  std::erase(*all, mine);
  co_return woken && *woken;
}

std::uint64_t AccountSession::unknown_values() const {
  const auto& counts = cloud_.unknown_values();
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

bool AccountSession::available(const CarSession& car) const { return available(car, condition()); }

bool AccountSession::available(const CarSession& car, const Condition& now) const {
  if (now.shut_out || !car.last_read()) return false;
  return services_.clock.now() - *car.last_read() <= options_.policy.polling.availability_after;
}

void AccountSession::start() { tasks_.spawn("account", run()); }

void AccountSession::cancel() { tasks_.cancel(); }

base::Task<void> AccountSession::join() { co_await tasks_.join(); }

base::Task<void> AccountSession::run() {
  co_await recall_list();
  while (true) {
    ask_now_ = false;
    auto listed = co_await cloud_.list_vehicles();
    if (!listed && listed.error().code == base::ErrorCode::cancelled) break;
    note_list(listed);
    milliseconds pause = kListAgain;
    if (listed) {
      take_list(std::move(*listed));
      listed_once_ = true;
      co_await update_cars();
      co_await keep_list();
      if (list_.any_missing() || !list_.certain()) pause = kListAgainWhileMissing;
    }
    if (condition().troubled()) {
      if (listed) probe_cars();
      pause = pause_after_failure();
    }
    count_try();
    if (!co_await wait_to_ask_again(pause)) break;
  }
  for (auto& [id, car] : cars_) car->cancel();
  for (auto& [id, car] : cars_) co_await car->join();
}

// False: cancelled. Other options are taken into use meanwhile, between the requests of this task,
// so that two updates of the cars never mix.
base::Task<bool> AccountSession::wait_to_ask_again(milliseconds pause) {
  ask_in(pause);
  while (!ask_now_) {
    if (listed_once_ && options_changed_) {
      co_await update_cars();
      continue;
    }
    const auto woken = co_await wake_.wait_until(services_.clock, due_);
    if (!woken) co_return false;
    if (!*woken) break;
  }
  co_return true;
}

void AccountSession::ask_in(milliseconds pause) {
  due_ = services_.clock.steady() + pause;
  outcomes_.next_try = services_.clock.now() + pause;
  wake_.notify();
  if (!condition().troubled()) return;
  services_.listeners.notify(&Listener::account_changed, key());
}

void AccountSession::ask_again() {
  ask_now_ = true;
  wake_.notify();
}

void AccountSession::reconfigure(AccountOptions options) {
  if (restart_for(options_, options) == Restart::nothing) return;
  options_ = std::move(options);
  cloud_.ask_for_tracks(options_.policy.trip_tracks);
  options_changed_ = true;
  wake_.notify();
}

void AccountSession::try_again() { tasks_.spawn("try again", lift_rejection()); }

base::Task<void> AccountSession::lift_rejection() {
  const auto allowed = co_await account_.allow_retry();
  if (!allowed) {
    services_.log.warning("bridge", "the rejection stays: " + allowed.error().message);
    count_try();
    co_return;
  }
  services_.log.info("bridge", fmt::format("account {}: trying again, as asked",
                                           toyota::masked_account(options_.credentials.username)));
  ask_again();
}

milliseconds AccountSession::pause_after_failure() {
  // A standing rejection costs no request to look at: the owner may lift it at any time.
  if (signed_out()) return kLookForNewCredentials;
  const auto error = condition().error;
  if (error && error->retry_after) return *error->retry_after;
  const auto doubled = kShortestAccountPause * (1LL << std::min(failures_, 6));
  ++failures_;
  const auto pause = std::min<milliseconds>(doubled, kLongestSignInPause);
  return milliseconds(
      std::llround(static_cast<double>(pause.count()) * services_.random.uniform(0.8, 1.2)));
}

bool AccountSession::is_ignored(const base::Vin& vin) const {
  const auto* options = find_options(options_.vehicles, vin);
  return options != nullptr && options->ignore;
}

AbrpChoice AccountSession::abrp_choice(const vehicle::Identity& car) const {
  AbrpCandidates candidates{.accounts = options_.only_account ? 1U : 2U};
  for (const auto& one : listed()) {
    const bool counts = !is_ignored(one.identity.vin) && may_use_abrp(one.identity);
    candidates.cars += counts ? 1U : 0U;
  }
  return choose_abrp(options_.policy.abrp, options_.vehicles, car, candidates);
}

std::optional<base::Error> AccountSession::abrp_obstacle(const vehicle::Identity& car) const {
  const auto choice = abrp_choice(car);
  std::string other = choice.other ? choice.other->masked() : std::string();
  for (const auto& one : listed()) {
    if (choice.other != one.identity.vin) continue;
    other = car_name(one.identity, find_options(options_.vehicles, one.identity.vin));
  }
  return fleet::abrp_obstacle(choice, other);
}

AccountSession::CarPlan AccountSession::plan_of(const vehicle::Identity& car) const {
  const auto* own = find_options(options_.vehicles, car.vin);
  const auto choice = abrp_choice(car);
  CarPlan plan{.policy = policy_of(options_.policy, own, choice),
               .overruled = own != nullptr ? own->commands : vehicle::Allowed{},
               .asks_code = !options_.policy.commands.unlock_code.empty(),
               .usable_capacity = own != nullptr ? own->usable_capacity : 0};
  if (choice.held_up()) plan.abrp_obstacle = abrp_obstacle(car)->remedy;
  return plan;
}

void AccountSession::add_car(toyota::ListedVehicle listed, CarPlan plan,
                             const std::optional<vehicle::Car>& before) {
  if (!plan.abrp_obstacle.empty()) {
    services_.log.warning("abrp",
                          fmt::format("{}: {}", listed.identity.vin.masked(), plan.abrp_obstacle));
  }
  vehicle::Car car{.identity = std::move(listed.identity),
                   .name = {},
                   .state = std::move(listed.state),
                   .evidence = {},
                   .diagnostics = {},
                   .uses_abrp = !plan.abrp_obstacle.empty()};
  car.diagnostics.abrp_remedy = plan.abrp_obstacle;
  if (before) {
    const auto subscription_end = car.state.subscription_end;
    car.state = before->state;
    car.state.subscription_end = subscription_end;
    car.diagnostics.last_read = before->diagnostics.last_read;
    car.diagnostics.backfill = before->diagnostics.backfill;
    car.statistics = before->statistics;
  }
  car.name = car_name(car.identity, find_options(options_.vehicles, car.identity.vin));
  car.commands.allowed = plan.policy.commands.allow;
  car.commands.overruled = plan.overruled;
  car.commands.asks_code = plan.asks_code;
  car.usable_capacity = plan.usable_capacity;
  if (!car.statistics) car.statistics.emplace();
  car.statistics->currency = plan.policy.currency;
  const auto id = car.identity.id;
  services_.log.info(
      "bridge",
      fmt::format("{}: a {} of {}", car.identity.vin.masked(), display_name(car.identity.brand),
                  of_guest() ? "a guest" : "the account, known as " + id.text));
  auto session =
      std::make_unique<CarSession>(services_, cloud_, std::move(car), plan.policy, *this);
  auto& added = *(cars_[id] = std::move(session));
  added.start(services_.executor);
  plans_.insert_or_assign(id, std::move(plan));
}

base::Task<void> AccountSession::end_car(base::CarId id) {
  const auto leaving = std::shared_ptr(std::move(cars_.at(id)));
  cars_.erase(id);
  plans_.erase(id);
  leaving->cancel();
  co_await leaving->join();
}

base::Task<void> AccountSession::remove_absent(const std::set<base::CarId>& present) {
  std::vector<base::CarId> absent;
  for (const auto& [id, car] : cars_) {
    if (!present.contains(id)) absent.push_back(id);
  }
  for (const auto& id : absent) {
    const auto& vin = cars_.at(id)->car().identity.vin;
    const bool listed = std::ranges::any_of(
        list_.cars(), [&id](const toyota::ListedVehicle& car) { return car.identity.id == id; });
    services_.log.info("bridge",
                       vin.masked() + (listed ? " is not used any more" : " left the account"));
    co_await end_car(id);
    if (!listed) (void)co_await AnswerMemory(services_.sealed, id).forget();
  }
}

base::Task<void> AccountSession::update_cars() {
  options_changed_ = false;
  auto used = list_.cars();
  std::erase_if(used,
                [this](const toyota::ListedVehicle& car) { return is_ignored(car.identity.vin); });
  std::set<base::CarId> present;
  for (auto& car : used) {
    present.insert(car.identity.id);
    auto plan = plan_of(car.identity);
    const auto started = plans_.find(car.identity.id);
    std::optional<vehicle::Car> before;
    if (started != plans_.end() && started->second != plan) {
      before = cars_.at(car.identity.id)->car();
      co_await end_car(car.identity.id);
    }
    const auto known = cars_.find(car.identity.id);
    if (known == cars_.end()) {
      add_car(std::move(car), std::move(plan), before);
      continue;
    }
    auto name = car_name(car.identity, find_options(options_.vehicles, car.identity.vin));
    known->second->update_listing(std::move(car.identity), car.state, std::move(name));
  }
  co_await remove_absent(present);
  services_.listeners.notify(&Listener::cars_changed, key());
}

// The events of a session that was taken out reach no listener.
std::optional<CarView> AccountSession::view_of(const base::CarId& car) const {
  const auto found = cars_.find(car);
  return found == cars_.end() ? std::nullopt : std::optional(view(*found->second));
}

}  // namespace toyota2mqtt::fleet
