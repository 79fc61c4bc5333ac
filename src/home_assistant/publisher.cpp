#include "toyota2mqtt/home_assistant/publisher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace toyota2mqtt::home_assistant {

using fleet::AccountSession;

namespace {

constexpr auto kFarewellLimit = std::chrono::milliseconds(500);
constexpr int kChecksPerRepublish = 10;
constexpr const char* kDaySpace = "bridge";
constexpr const char* kDayKey = "day";

Settings with_installation(PublisherOptions options, const base::Crypto& crypto) {
  options.settings.installation =
      installation_id(crypto, options.settings.base_topic, options.mqtt.client_id);
  return std::move(options.settings);
}

std::string owner_of(const AccountSession& account, const base::CarId& car) {
  return account.key() + "/" + car.text;
}

}  // namespace

AccountView view_of(const fleet::AccountSession& account) {
  auto condition = account.condition();
  AccountView view;
  view.key = account.key();
  view.masked = toyota::masked_account(account.options().credentials.username);
  view.status = to_string(condition.status);
  view.cause = std::move(condition.cause);
  view.remedy = fleet::remedy_at(fleet::Place::home_assistant, account.options().from_page,
                                 view.masked, std::move(condition.remedy));
  view.since = condition.since;
  view.next_try = condition.next_try;
  return view;
}

Publisher::Publisher(fleet::Services services, fleet::AccountSet& accounts, MqttServices mqtt,
                     PublisherOptions options)
    : services_(std::move(services)),
      accounts_(accounts),
      settings_(with_installation(options, services_.crypto)),
      started_(services_.clock.now()),
      configured_broker_(options.mqtt),
      connection_({.mqtt = mqtt.client,
                   .clock = services_.clock,
                   .random = services_.random,
                   .log = services_.log,
                   .store = services_.store},
                  mqtt.broker != nullptr ? *mqtt.broker : configured_broker_,
                  bridge_availability(settings_, false), subscriptions(settings_),
                  [this](const base::MqttReceived& message) { on_message(message); }),
      publishing_(services_.executor, services_.log),
      flood_(services_.log) {
  services_.listeners.add(*this, fleet::Listeners::Hears::publisher);
}

Publisher::~Publisher() { services_.listeners.remove(*this); }

base::Task<void> Publisher::start() {
  co_await connection_.load();
  co_await load_day();
  co_await load_namesakes();
  co_await load_accounts();
  if (stopping_) co_return;
  record_accounts();
  remove_unknown_owners();
  co_await connection_.also_subscribe(leftover_filters(settings_));
  publish_bridge();
  connection_.outbox().settle(kBridgeOwner);
  publishing_.spawn("mqtt connection", connection_.connect_and_listen());
  publishing_.spawn("mqtt sending", connection_.send());
  running_ = true;
}

base::Task<void> Publisher::stop() {
  stopping_ = true;
  publishing_.cancel();
  co_await publishing_.join();
  co_await leave_broker();
  if (running_) co_await store_day();
}

base::Task<base::Result<std::size_t>> Publisher::clear_topics() {
  if (clearing_) {
    co_return base::fail(base::ErrorCode::action_required, "the topics are being removed already");
  }
  if (!cleared_ && !broker().connected) {
    co_return base::fail(base::ErrorCode::unreachable, "there is no connection to the broker",
                         "Try again when `toyota2mqtt health` says ok.");
  }
  clearing_ = cleared_ = true;
  publishing_.cancel();
  co_await publishing_.join();
  auto removed = co_await connection_.clear();
  clearing_ = false;
  co_return removed;
}

base::Task<void> Publisher::leave_broker() {
  base::TaskGroup leaving(services_.executor, services_.log);
  base::Event left;
  leaving.spawn("leave", [](Publisher& self, base::Event& done) -> base::Task<void> {
    std::vector<base::MqttMessage> farewell;
    for (auto& [id, results] : self.last_results_) {
      std::ranges::move(results, std::back_inserter(farewell));
      const auto* account = self.accounts_.owner_of(id);
      if (account == nullptr) continue;
      farewell.push_back(
          car_state(self.settings_, account->find_car(id)->car(), self.services_.zone));
    }
    farewell.push_back(bridge_availability(self.settings_, false));
    co_await self.connection_.leave(std::move(farewell));
    done.notify();
  }(*this, left));
  (void)co_await left.wait_until(services_.clock, services_.clock.steady() + kFarewellLimit);
  leaving.cancel();
  co_await leaving.join();
}

std::vector<std::string> Publisher::troubles() const {
  std::vector<std::string> troubles;
  troubles.reserve(configuration_.mistakes.size() + 1);
  for (const auto& mistake : configuration_.mistakes) {
    troubles.push_back(fmt::format("configuration: {}; the one before is in use", mistake));
  }
  if (const auto& trouble = broker().trouble) troubles.push_back("broker: " + trouble->message);
  return troubles;
}

void Publisher::count_day() {
  const auto today = services_.zone.midnight(services_.zone.local_date(services_.clock.now()));
  const auto counts = accounts_.counts();
  day_counts_.advance(today, {.requests = counts.requests, .unknown = counts.unknown_values});
}

base::Task<void> Publisher::load_day() {
  const auto text = co_await services_.store.get(kDaySpace, kDayKey);
  if (text && *text) day_counts_.restore(**text);
}

base::Task<void> Publisher::store_day() {
  count_day();
  auto text = day_counts_.serialize();
  if (text == stored_day_) co_return;
  const auto stored = co_await services_.store.put(kDaySpace, kDayKey, text);
  if (stored) stored_day_ = std::move(text);
}

BridgeView Publisher::view() const {
  BridgeView view;
  view.started = started_;
  const auto counts = day_counts_.today();
  view.requests_today = counts.requests;
  view.unknown_values = counts.unknown;
  for (const auto& account : accounts_.owners()) {
    view.accounts.push_back(view_of(*account));
    const auto condition = account->condition();
    if (condition.troubled()) {
      view.cloud = false;
    } else if (condition.status == fleet::AccountStatus::ok && !view.cloud) {
      view.cloud = true;
    }
  }
  for (const auto& key : announced_accounts_) {
    if (accounts_.find_owner(key) == nullptr) view.gone.push_back(key);
  }
  view.last_error = last_error_;
  view.mistakes = configuration_.mistakes;
  view.mistaken_since = configuration_.since;
  return view;
}

void Publisher::publish_bridge() {
  count_day();
  for (const auto& account : accounts_.owners()) {
    if (auto condition = account->condition(); condition.troubled()) {
      last_error_ = std::move(condition.cause);
    }
  }
  const auto view = this->view();
  auto& outbox = connection_.outbox();
  if (settings_.discovery) {
    auto document = bridge_discovery(settings_, view);
    count_entities(kBridgeOwner, document);
    outbox.set(kBridgeOwner, Rank::bridge, std::move(document));
  }
  outbox.set(kBridgeOwner, Rank::availability, bridge_availability(settings_, true));
  outbox.set(kBridgeOwner, Rank::state, bridge_state(settings_, view));
  connection_.changed();
}

void Publisher::show_configuration(std::vector<std::string> mistakes) {
  if (mistakes == configuration_.mistakes) return;
  const bool was_good = configuration_.mistakes.empty();
  configuration_.mistakes = std::move(mistakes);
  if (configuration_.mistakes.empty()) {
    configuration_.since.reset();
  } else {
    if (was_good) configuration_.since = services_.clock.now();
    last_error_ = "The configuration has a mistake, and the one before is in use: " +
                  configuration_.mistakes.front();
  }
  if (running_ && !stopping_) publish_bridge();
}

std::size_t Publisher::entities(const fleet::CarSession& car) const {
  if (!settings_.discovery || !car.presentable()) return 0;
  return counted_entities(car.car().identity.id.text);
}

std::size_t Publisher::bridge_entities() const {
  return settings_.discovery ? counted_entities(kBridgeOwner) : 0;
}

void Publisher::count_entities(const std::string& device, const base::MqttMessage& document) {
  const auto hash = std::hash<std::string>{}(document.payload);
  auto& counted = entity_counts_[device];
  if (counted.entities != 0 && counted.hash == hash) return;
  counted = {.hash = hash, .entities = announced_entities(document)};
}

std::size_t Publisher::counted_entities(const std::string& device) const {
  const auto found = entity_counts_.find(device);
  return found == entity_counts_.end() ? 0 : found->second.entities;
}

void Publisher::publish_car(AccountSession& account, const fleet::CarView& view) {
  if (!view.presentable) return;
  const auto& car = *view.car;
  number_car(*account.find_car(car.identity.id));
  const auto owner = owner_of(account, car.identity.id);
  auto& outbox = connection_.outbox();
  if (settings_.discovery) {
    auto discovery = car_discovery(settings_, car);
    count_entities(car.identity.id.text, discovery);
    outbox.set(owner, Rank::discovery, std::move(discovery));
    for (auto& document : car_single_discoveries(settings_, car)) {
      outbox.set(owner, Rank::discovery, std::move(document));
    }
  }
  outbox.set(owner, Rank::availability, car_availability(settings_, car, view.available));
  outbox.set(owner, Rank::state, car_state(settings_, car, services_.zone));
  outbox.set(owner, Rank::state, car_diagnostics(settings_, car, services_.zone));
  if (auto location = car_location(settings_, car)) {
    outbox.set(owner, Rank::state, std::move(*location));
  }
  if (auto picture = car_picture(settings_, car)) {
    outbox.set(owner, Rank::state, std::move(*picture));
  }
  outbox.settle(owner);
  connection_.changed();
}

void Publisher::publish_all() {
  publish_bridge();
  for (auto& account : accounts_.owners()) {
    for (const auto& [id, car] : account->cars()) publish_car(*account, account->view(*car));
  }
}

// What an account says while it ends is not published: it is not found any more.
void Publisher::car_changed(const fleet::CarView& car) {
  if (auto* account = accounts_.find_owner(car.account_key)) publish_car(*account, car);
}

void Publisher::send_event(const fleet::CarView& car, base::MqttMessage event) {
  if (accounts_.find_owner(car.account_key) == nullptr) return;
  connection_.outbox().send_once(std::move(event));
  connection_.changed();
}

void Publisher::notified(const fleet::CarView& car, const vehicle::Notification& notification) {
  send_event(car, notification_event(settings_, *car.car, notification));
}

void Publisher::happened(const fleet::CarView& car, const vehicle::CarEvent& event) {
  send_event(car, car_event(settings_, *car.car, event));
}

void Publisher::commanded(const fleet::CarView& car, const vehicle::CommandResult& result) {
  auto event = command_result_event(settings_, *car.car, result, services_.clock.now());
  if (!accounts_.stopping()) {
    send_event(car, std::move(event));
  } else if (accounts_.find_owner(car.account_key) != nullptr) {
    last_results_[car.car->identity.id].push_back(std::move(event));
  }
}

void Publisher::account_changed(const std::string& account_key) {
  const auto* found = accounts_.find_owner(account_key);
  if (found == nullptr) return;
  const auto& account = *found;
  // Cars of an earlier run that cannot be known in this one: an account that is signed out at the
  // start never lists them, and their topics still say "online".
  if (account.condition().shut_out && account.cars().empty()) {
    const auto published = connection_.outbox().published();
    for (const auto& [topic, owner] : published) {
      if (!owner.starts_with(account.key() + "/") || !topic.ends_with("/availability")) continue;
      connection_.outbox().set(owner, Rank::availability,
                               {.topic = topic, .payload = "offline", .qos = 1, .retain = true});
    }
  }
  publish_bridge();
}

void Publisher::cars_changed(const std::string& account_key) {
  auto* found = accounts_.find_owner(account_key);
  if (found == nullptr) return;
  auto& account = *found;
  connection_.outbox().keep([&account](const std::string& owner) {
    const auto slash = owner.find('/');
    if (owner.substr(0, slash) != account.key()) return true;
    return !account.is_gone(base::CarId{owner.substr(slash + 1)});
  });
  forget_namesakes();
  remove_orphans();
  for (const auto& [id, car] : account.cars()) publish_car(account, account.view(*car));
  publish_bridge();
}

void Publisher::accounts_changed() {
  remove_unknown_owners();
  record_accounts();
  publish_bridge();
}

// Availability by age and the day's counters change with time alone. After a sleep the cars get a
// moment to be read, or they would be called unavailable for nothing.
void Publisher::time_passed(const fleet::TimePassed& passed) {
  checks_ = passed.slept ? 0 : checks_ + 1;
  const bool all = checks_ > 0 && checks_ % kChecksPerRepublish == 0;
  if (passed.new_day || all) {
    publish_all();
  } else {
    publish_bridge();
  }
  publishing_.spawn("day", store_day());
  flood_.tell(services_.clock.steady());
}

void Publisher::on_message(const base::MqttReceived& message) {
  if (message.payload.empty()) return;  // the echo of a cleared topic
  if (const auto leftover = decode_leftover(settings_, message)) {
    on_leftover(*leftover, message.topic);
    return;
  }
  const auto command = decode_command(settings_, message);
  switch (command.kind) {
    case Command::Kind::birth:
      flood_.write(base::LogLevel::info, "bridge",
                   "Home Assistant came up: publishing everything again", services_.clock.steady());
      connection_.birth();
      return;
    case Command::Kind::try_again: (void)accounts_.try_again(command.target); return;
    case Command::Kind::reading_on:
    case Command::Kind::reading_off:
      if (const base::CarId id{command.target}; auto* account = accounts_.owner_of(id)) {
        account->find_car(id)->set_reading(command.kind == Command::Kind::reading_on);
      }
      return;
    case Command::Kind::car: on_command(command); return;
    case Command::Kind::refused:
      on_command(command);
      flood_.write(base::LogLevel::warning, "bridge", "command refused: " + command.reason,
                   services_.clock.steady());
      // A retained command would come again with every connection.
      if (message.retained) connection_.outbox().send_once(removal(message.topic));
      connection_.changed();
      return;
    case Command::Kind::ignored: return;
  }
}

void Publisher::on_command(const Command& command) {
  const base::CarId id{command.target};
  auto* account = accounts_.owner_of(id);
  if (account == nullptr) return;
  if (command.kind != Command::Kind::refused) {
    (void)accounts_.command(account->key(), id, command.request);
  } else if (!command.entity.empty()) {
    // Others than the car's commands, such as `reading`, have no result.
    account->refuse(id, {.outcome = vehicle::Outcome::refused,
                         .command = {},
                         .entity = command.entity,
                         .reason = command.reason});
  }
}

}  // namespace toyota2mqtt::home_assistant
