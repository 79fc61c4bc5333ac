#include "toyota2mqtt/bridge/account_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

namespace toyota2mqtt::bridge {

namespace {

using std::chrono::milliseconds;

constexpr auto kListAgain = std::chrono::hours(24);
constexpr auto kLookForNewCredentials = std::chrono::seconds(30);
constexpr auto kShortestPause = std::chrono::seconds(30);
constexpr auto kLongestPause = std::chrono::minutes(15);

std::string status_of(const std::optional<base::Error>& trouble, bool answered) {
  if (!trouble) return answered ? "ok" : "set_up";
  switch (trouble->code) {
    case base::ErrorCode::credentials_rejected:
    case base::ErrorCode::action_required:
    case base::ErrorCode::rate_limited: return std::string(to_string(trouble->code));
    default: return "unreachable";
  }
}

/// ABRP is for cars with a battery to plan with; a car of unknown drive may be one.
bool may_use_abrp(const toyota::ListedVehicle& listed) {
  const auto drive = vehicle::drive_of(listed.identity, {});
  return drive != vehicle::Drive::hev && drive != vehicle::Drive::ice;
}

}  // namespace

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

AccountSession::AccountSession(Services services, AccountOptions options, AccountEvents events)
    : services_(services),
      options_(std::move(options)),
      events_(std::move(events)),
      account_(services.for_toyota(), options_.endpoints, options_.credentials),
      cloud_(services.for_toyota(), account_) {}

AccountSession::~AccountSession() = default;

home_assistant::AccountView AccountSession::view() const {
  home_assistant::AccountView view;
  view.key = account_.key();
  view.masked = toyota::masked_account(options_.credentials.username);
  view.status = status_of(trouble_, answered_);
  if (trouble_) view.remedy = trouble_->remedy.empty() ? trouble_->message : trouble_->remedy;
  view.since = since_;
  return view;
}

std::uint64_t AccountSession::unknown_values() const {
  const auto& counts = cloud_.unknown_values();
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

bool AccountSession::signed_out() const {
  return trouble_ && toyota::disposition(*trouble_) == toyota::Disposition::stop_account;
}

bool AccountSession::available(const CarSession& car) const {
  if (signed_out()) return false;
  if (!car.last_read()) return false;
  return services_.clock.now() - *car.last_read() <= options_.polling.availability_after;
}

base::Task<void> AccountSession::run() {
  while (true) {
    auto listed = co_await cloud_.list_vehicles();
    milliseconds pause = kListAgain;
    if (listed) {
      note_success();
      co_await update_cars(std::move(*listed));
    } else if (listed.error().code == base::ErrorCode::cancelled) {
      break;
    } else {
      note_trouble(listed.error());
      pause = pause_after_failure();
    }
    if (!co_await wake_.wait_until(services_.clock, services_.clock.steady() + pause)) break;
  }
  for (auto& [id, car] : cars_) car->cancel();
  for (auto& [id, car] : cars_) co_await car->join();
}

base::Task<void> AccountSession::try_again() {
  const auto allowed = co_await account_.allow_retry();
  if (!allowed) {
    services_.log.warning("bridge", "the rejection stays: " + allowed.error().message);
    co_return;
  }
  services_.log.info("bridge", fmt::format("account {}: trying again, as asked",
                                           toyota::masked_account(options_.credentials.username)));
  wake_.notify();
}

milliseconds AccountSession::pause_after_failure() {
  // A standing rejection costs no request to look at: the owner may lift it at any time.
  if (signed_out()) return kLookForNewCredentials;
  if (trouble_->retry_after) return *trouble_->retry_after;
  const auto doubled = kShortestPause * (1LL << std::min(failures_, 6));
  const auto pause = std::min<milliseconds>(doubled, kLongestPause);
  return milliseconds(
      std::llround(static_cast<double>(pause.count()) * services_.random.uniform(0.8, 1.2)));
}

void AccountSession::note_trouble(const base::Error& error) {
  ++failures_;
  const bool same = trouble_ && trouble_->code == error.code;
  trouble_ = error;
  if (same) return;
  since_ = services_.clock.now();
  services_.log.warning(
      "bridge",
      fmt::format("account {}: {}{}", toyota::masked_account(options_.credentials.username),
                  error.message, error.remedy.empty() ? "" : ". What to do: " + error.remedy));
  events_.account_changed();
  for (auto& [id, car] : cars_) events_.car_changed(*car);
}

void AccountSession::note_success() {
  const bool first = !answered_;
  const bool recovered = trouble_.has_value();
  answered_ = true;
  failures_ = 0;
  trouble_.reset();
  if (!first && !recovered) return;
  since_ = services_.clock.now();
  services_.log.info(
      "bridge", fmt::format("account {}: {}", toyota::masked_account(options_.credentials.username),
                            recovered ? "the cloud answers again" : "signed in"));
  events_.account_changed();
  for (auto& [id, car] : cars_) car->read_now();
}

std::optional<abrp::Options> AccountSession::abrp_for(const toyota::ListedVehicle& listed,
                                                      bool only_electric) {
  if (options_.abrp.api_key.empty() || !may_use_abrp(listed)) return std::nullopt;
  auto abrp = options_.abrp;
  const auto* options = find_options(options_.vehicles, listed.identity.vin);
  if (options != nullptr && !options->abrp_token.empty()) {
    abrp.token = options->abrp_token;
    return abrp;
  }
  if (abrp.token.empty()) return std::nullopt;
  if (only_electric && options_.only_account) return abrp;
  services_.log.warning("abrp",
                        fmt::format("{}: abrp.token does not say which car it belongs to; nothing "
                                    "is sent. Put each car's token into vehicles[].abrp_token",
                                    listed.identity.vin.masked()));
  return std::nullopt;
}

void AccountSession::add_car(toyota::ListedVehicle listed, std::optional<abrp::Options> abrp) {
  vehicle::Car car{.identity = std::move(listed.identity),
                   .name = {},
                   .state = std::move(listed.state),
                   .evidence = {},
                   .diagnostics = {},
                   .uses_abrp = false};
  car.name = car_name(car.identity, find_options(options_.vehicles, car.identity.vin));
  car.commands.allowed = options_.commands.allow;
  car.commands.asks_code = !options_.commands.unlock_code.empty();
  const auto id = car.identity.id;
  services_.log.info(
      "bridge", fmt::format("{}: a {} of the account, published as {}", car.identity.vin.masked(),
                            display_name(car.identity.brand), id.text));
  // The session is found by its id at each event: it may have left by then.
  auto with_car = [this, id](const auto& action) {
    if (const auto found = cars_.find(id); found != cars_.end()) action(*found->second);
  };
  CarEvents events{
      .changed = [this, with_car] { with_car([this](auto& it) { events_.car_changed(it); }); },
      .notified =
          [this, with_car](const vehicle::Notification& notification) {
            with_car([&](auto& it) { events_.notified(it, notification); });
          },
      .answered = [this](const toyota::RouteResult& result) { note_answer(result); },
      .commanded =
          [this, with_car](const vehicle::CommandResult& result) {
            with_car([&](auto& it) { events_.commanded(it, result); });
          },
      .left = [this] { wake_.notify(); },
  };
  auto session = std::make_unique<CarSession>(services_, cloud_, std::move(car), options_.polling,
                                              options_.wake, std::move(events));
  auto& added = *(cars_[id] = std::move(session));
  added.start(services_.executor, std::move(abrp));
}

void AccountSession::note_answer(const toyota::RouteResult& result) {
  if (!result.error) return;
  // Whether the cloud is away or one route of one car is ill, the list of cars tells.
  if (result.no_connection()) wake_.notify();
  if (toyota::disposition(*result.error) != toyota::Disposition::stop_account) return;
  note_trouble(*result.error);
  wake_.notify();
}

base::Task<void> AccountSession::remove_absent(const std::set<base::CarId>& present) {
  for (auto car = cars_.begin(); car != cars_.end();) {
    if (present.contains(car->first)) {
      ++car;
      continue;
    }
    services_.log.info("bridge", car->second->car().identity.vin.masked() + " left the account");
    const auto leaving = std::shared_ptr(std::move(car->second));
    car = cars_.erase(car);
    leaving->cancel();
    co_await leaving->join();
  }
}

base::Task<void> AccountSession::update_cars(std::vector<toyota::ListedVehicle> listed) {
  std::erase_if(listed, [this](const toyota::ListedVehicle& car) {
    const auto* options = find_options(options_.vehicles, car.identity.vin);
    return options != nullptr && options->ignore;
  });
  const bool only_electric = std::ranges::count_if(listed, may_use_abrp) == 1;
  std::set<base::CarId> present;
  for (auto& car : listed) {
    present.insert(car.identity.id);
    const auto known = cars_.find(car.identity.id);
    if (known == cars_.end()) {
      auto abrp = abrp_for(car, only_electric);
      add_car(std::move(car), std::move(abrp));
      continue;
    }
    auto name = car_name(car.identity, find_options(options_.vehicles, car.identity.vin));
    known->second->update_listing(std::move(car.identity), car.state, std::move(name));
  }
  co_await remove_absent(present);
  events_.cars_changed();
}

}  // namespace toyota2mqtt::bridge
