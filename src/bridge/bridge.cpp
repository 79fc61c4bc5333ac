#include "toyota2mqtt/bridge/bridge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace toyota2mqtt::bridge {

namespace ha = home_assistant;

namespace {

constexpr const char* kBridgeOwner = "bridge";
constexpr auto kFarewell = std::chrono::milliseconds(500);
constexpr auto kHousekeeping = std::chrono::minutes(5);

base::MqttConnection with_will(base::MqttConnection connection, const ha::Settings& settings) {
  connection.will = ha::bridge_availability(settings, false);
  return connection;
}

std::string owner_of(const AccountSession& account, const base::CarId& car) {
  return account.key() + "/" + car.text;
}

}  // namespace

Bridge::Bridge(Services services, Options options)
    : services_(std::move(services)),
      options_(std::move(options)),
      started_(services_.clock.now()),
      publisher_({.mqtt = services_.mqtt,
                  .clock = services_.clock,
                  .random = services_.random,
                  .log = services_.log,
                  .store = services_.store},
                 with_will(options_.mqtt, options_.home_assistant),
                 ha::subscriptions(options_.home_assistant),
                 [this](const base::MqttReceived& message) { on_message(message); }),
      unlock_code_(options_.commands.unlock_code),
      publishing_(services_.executor, services_.log),
      accounts_running_(services_.executor, services_.log) {
  for (const auto& credentials : options_.accounts) add_account(credentials);
}

Bridge::~Bridge() = default;

void Bridge::add_account(const toyota::Credentials& credentials) {
  const auto index = accounts_.size();
  AccountEvents events{
      .account_changed = [this, index] { account_changed(*accounts_[index]); },
      .car_changed = [this, index](CarSession& car) { publish_car(*accounts_[index], car); },
      .notified =
          [this](CarSession& car, const vehicle::Notification& notification) {
            publisher_.outbox().send_once(
                ha::notification_event(options_.home_assistant, car.car(), notification));
            publisher_.changed();
          },
      .commanded = [this](CarSession& car,
                          const vehicle::CommandResult& result) { tell_result(car, result); },
      .cars_changed = [this, index] { cars_changed(*accounts_[index]); },
  };
  accounts_.push_back(std::make_unique<AccountSession>(
      services_,
      AccountOptions{.credentials = credentials,
                     .endpoints = options_.endpoints,
                     .vehicles = options_.vehicles,
                     .polling = options_.polling,
                     .wake = options_.wake,
                     .commands = options_.commands,
                     .abrp = options_.abrp,
                     .only_account = options_.accounts.size() == 1},
      std::move(events)));
}

void Bridge::start() {
  publishing_.spawn("start", [](Bridge& self) -> base::Task<void> {
    co_await self.publisher_.load();
    self.publisher_.outbox().keep([&self](const std::string& owner) {
      return owner == kBridgeOwner ||
             self.find_account(owner.substr(0, owner.find('/'))) != nullptr;
    });
    self.publish_bridge();
    self.publisher_.outbox().settle(kBridgeOwner);
    self.publishing_.spawn("mqtt connection", self.publisher_.connect_and_listen());
    self.publishing_.spawn("mqtt sending", self.publisher_.send());
    for (auto& account : self.accounts_) {
      self.accounts_running_.spawn("account", account->run());
    }
    // Availability by age and the day's counters change with time alone.
    while (co_await base::sleep_for(self.services_.clock, kHousekeeping)) self.publish_all();
  }(*this));
}

base::Task<void> Bridge::stop() {
  stopping_ = true;
  give_up_commands();
  accounts_running_.cancel();
  publishing_.cancel();
  co_await publishing_.join();
  // Before the accounts: a refresh that must not be torn may take longer than the process has.
  co_await leave_broker();
  co_await accounts_running_.join();
}

base::Task<void> Bridge::leave_broker() {
  base::TaskGroup leaving(services_.executor, services_.log);
  base::Event left;
  leaving.spawn("leave", [](Bridge& self, base::Event& done) -> base::Task<void> {
    auto farewell = std::move(self.last_words_);
    farewell.push_back(ha::bridge_availability(self.options_.home_assistant, false));
    co_await self.publisher_.leave(std::move(farewell));
    done.notify();
  }(*this, left));
  (void)co_await left.wait_until(services_.clock, services_.clock.steady() + kFarewell);
  leaving.cancel();
  co_await leaving.join();
}

std::vector<std::string> Bridge::troubles() const {
  std::vector<std::string> troubles;
  if (const auto& trouble = publisher_.trouble()) troubles.push_back("broker: " + trouble->message);
  for (const auto& account : accounts_) {
    if (const auto& trouble = account->trouble()) {
      troubles.push_back(fmt::format("account {}: {}", account->view().masked, trouble->message));
    }
  }
  return troubles;
}

std::uint64_t Bridge::requests() const {
  std::uint64_t sum = 0;
  for (const auto& account : accounts_) sum += account->requests();
  return sum;
}

void Bridge::count_day() {
  const auto today = services_.zone.midnight(services_.zone.local_date(services_.clock.now()));
  if (today == day_began_) return;
  if (day_began_ != base::Time{}) requests_before_today_ = requests();
  day_began_ = today;
}

void Bridge::publish_bridge() {
  count_day();
  ha::BridgeView view;
  view.started = started_;
  view.requests_today = requests() - requests_before_today_;
  for (const auto& account : accounts_) {
    view.accounts.push_back(account->view());
    view.unknown_values += account->unknown_values();
    if (const auto& trouble = account->trouble()) {
      view.cloud = false;
      last_error_ = trouble->message;
    } else if (account->answered() && !view.cloud) {
      view.cloud = true;
    }
  }
  view.last_error = last_error_;
  auto& outbox = publisher_.outbox();
  const auto& settings = options_.home_assistant;
  if (settings.discovery) {
    outbox.set(kBridgeOwner, Rank::discovery, ha::bridge_discovery(settings, view));
  }
  outbox.set(kBridgeOwner, Rank::availability, ha::bridge_availability(settings, true));
  outbox.set(kBridgeOwner, Rank::state, ha::bridge_state(settings, view));
  publisher_.changed();
}

void Bridge::publish_car(AccountSession& account, CarSession& session) {
  if (!session.presentable()) return;
  const auto& car = session.car();
  const auto owner = owner_of(account, car.identity.id);
  const auto& settings = options_.home_assistant;
  auto& outbox = publisher_.outbox();
  if (settings.discovery) {
    outbox.set(owner, Rank::discovery, ha::car_discovery(settings, car));
    for (auto& document : ha::car_single_discoveries(settings, car)) {
      outbox.set(owner, Rank::discovery, std::move(document));
    }
  }
  outbox.set(owner, Rank::availability,
             ha::car_availability(settings, car, account.available(session)));
  outbox.set(owner, Rank::state, ha::car_state(settings, car, services_.zone));
  outbox.set(owner, Rank::state, ha::car_diagnostics(settings, car, services_.zone));
  if (auto location = ha::car_location(settings, car)) {
    outbox.set(owner, Rank::state, std::move(*location));
  }
  outbox.settle(owner);
  publisher_.changed();
}

void Bridge::publish_all() {
  publish_bridge();
  for (auto& account : accounts_) {
    for (const auto& [id, car] : account->cars()) publish_car(*account, *car);
  }
}

void Bridge::account_changed(AccountSession& account) {
  // Cars of an earlier run that cannot be known in this one: an account that is signed out at the
  // start never lists them, and their topics still say "online".
  if (account.signed_out() && account.cars().empty()) {
    const auto published = publisher_.outbox().published();
    for (const auto& [topic, owner] : published) {
      if (!owner.starts_with(account.key() + "/") || !topic.ends_with("/availability")) continue;
      publisher_.outbox().set(owner, Rank::availability,
                              {.topic = topic, .payload = "offline", .qos = 1, .retain = true});
    }
  }
  publish_bridge();
}

void Bridge::cars_changed(AccountSession& account) {
  publisher_.outbox().keep([&account](const std::string& owner) {
    const auto slash = owner.find('/');
    if (owner.substr(0, slash) != account.key()) return true;
    return account.cars().contains(base::CarId{owner.substr(slash + 1)});
  });
  for (const auto& [id, car] : account.cars()) publish_car(account, *car);
  publish_bridge();
}

AccountSession* Bridge::find_account(const std::string& key) {
  const auto found = std::ranges::find_if(
      accounts_, [&key](const auto& account) { return account->key() == key; });
  return found == accounts_.end() ? nullptr : found->get();
}

CarSession* Bridge::find_car(const std::string& id) {
  for (auto& account : accounts_) {
    const auto found = account->cars().find(base::CarId{id});
    if (found != account->cars().end()) return found->second.get();
  }
  return nullptr;
}

void Bridge::on_message(const base::MqttReceived& message) {
  if (message.payload.empty()) return;  // the echo of a cleared topic
  const auto command = ha::decode_command(options_.home_assistant, message);
  switch (command.kind) {
    case ha::Command::Kind::birth:
      services_.log.info("bridge", "Home Assistant came up: publishing everything again");
      publisher_.birth();
      return;
    case ha::Command::Kind::try_again:
      if (auto* account = find_account(command.target)) {
        accounts_running_.spawn("try again", account->try_again());
      }
      return;
    case ha::Command::Kind::reading_on:
    case ha::Command::Kind::reading_off:
      if (auto* car = find_car(command.target)) {
        car->set_reading(command.kind == ha::Command::Kind::reading_on);
      }
      return;
    case ha::Command::Kind::car: on_command(command); return;
    case ha::Command::Kind::refused:
      on_command(command);
      services_.log.warning("bridge", "command refused: " + command.reason);
      // A retained command would come again with every connection.
      if (message.retained) publisher_.outbox().send_once(ha::removal(message.topic));
      publisher_.changed();
      return;
    case ha::Command::Kind::ignored: return;
  }
}

}  // namespace toyota2mqtt::bridge
