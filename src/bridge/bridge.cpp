#include "toyota2mqtt/bridge/bridge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace toyota2mqtt::bridge {

namespace ha = home_assistant;

namespace {

constexpr auto kFarewellLimit = std::chrono::milliseconds(500);
constexpr auto kStateCheckPeriod = std::chrono::seconds(30);
constexpr int kLooksPerHousekeeping = 10;
constexpr auto kSleep = std::chrono::minutes(2);
constexpr const char* kBridgeSpace = "bridge";
constexpr const char* kDayKey = "day";

Options with_installation(Options options, const base::Crypto& crypto) {
  options.home_assistant.installation =
      ha::installation_id(crypto, options.home_assistant.base_topic, options.mqtt.client_id);
  return options;
}

/// One account for `health`; empty = nothing is wrong.
std::string trouble_line(const AccountSession& account) {
  const auto condition = account.condition();
  if (!condition.troubled()) return {};
  const auto who = view_of(account).masked;
  auto line = fmt::format("account {}: {}", who, condition.cause);
  if (condition.since) line += fmt::format(" (since {})", base::format_iso8601(*condition.since));
  line += fmt::format(". {}", fleet::remedy_at(fleet::Place::command_line,
                                               account.options().from_page, who, condition.remedy));
  if (condition.next_try) {
    line += fmt::format(" Next try at {}.", base::format_iso8601(*condition.next_try));
  }
  return line;
}

std::string owner_of(const AccountSession& account, const base::CarId& car) {
  return account.key() + "/" + car.text;
}

}  // namespace

Bridge::Bridge(fleet::Services services, MqttServices mqtt, Options options)
    : services_(std::move(services)),
      options_(with_installation(std::move(options), services_.crypto)),
      started_(services_.clock.now()),
      configured_broker_(options_.mqtt),
      publisher_({.mqtt = mqtt.client,
                  .clock = services_.clock,
                  .random = services_.random,
                  .log = services_.log,
                  .store = services_.store},
                 mqtt.broker != nullptr ? *mqtt.broker : configured_broker_,
                 ha::bridge_availability(options_.home_assistant, false),
                 ha::subscriptions(options_.home_assistant),
                 [this](const base::MqttReceived& message) { on_message(message); }),
      unlock_code_(options_.fleet.policy.commands.unlock_code),
      publishing_(services_.executor, services_.log),
      flood_(services_.log) {
  services_.listeners.add(*this, fleet::Listeners::Hears::publisher);
  for (const auto& credentials : options_.fleet.accounts) {
    accounts_.push_back(make_account(account_options(credentials)));
  }
}

Bridge::~Bridge() { services_.listeners.remove(*this); }

void Bridge::start() {
  publishing_.spawn("bridge", [](Bridge& self) -> base::Task<void> {
    if (!co_await self.begin()) co_return;
    // Availability by age and the day's counters change with time alone. After a sleep the cars get
    // a moment to be read, or they would be called unavailable for nothing.
    int looks = 0;
    while (co_await base::sleep_for(self.services_.clock, kStateCheckPeriod)) {
      looks = self.notice_sleep() ? 0 : looks + 1;
      if (looks > 0) self.begin_day();
      if (looks % kLooksPerHousekeeping == 0 && looks > 0) {
        self.publish_all();
      } else {
        self.publish_bridge();
      }
      co_await self.keep_day();
      self.flood_.tell(self.services_.clock.steady());
    }
  }(*this));
}

bool Bridge::notice_sleep() {
  const auto& clock = services_.clock;
  const auto apart = clock.now().time_since_epoch() - clock.steady().time_since_epoch();
  const auto before = std::exchange(clocks_apart_, apart);
  if (apart - before < kSleep) return false;
  if (before == std::chrono::milliseconds(0)) return false;  // the first look
  services_.log.info("bridge", "the clock has run ahead, as after a sleep: every car is read");
  for (auto& account : accounts_) {
    for (const auto& [id, car] : account->cars()) car->read_now();
  }
  return true;
}

// False: cancelled meanwhile.
base::Task<bool> Bridge::begin() {
  const auto lock = co_await reconfiguring_.lock();
  if (!lock || stopping_) co_return false;
  co_await publisher_.load();
  co_await recall_day();
  co_await recall_namesakes();
  co_await recall_accounts();
  co_await remember_accounts();
  forget_unknown_owners();
  co_await fleet::forget_cars_of_others(services_.sealed, account_names());
  co_await publisher_.also_subscribe(ha::leftover_filters(options_.home_assistant));
  cars_day_ = services_.zone.midnight(services_.zone.local_date(services_.clock.now()));
  publish_bridge();
  publisher_.outbox().settle(kBridgeOwner);
  publishing_.spawn("mqtt connection", publisher_.connect_and_listen());
  publishing_.spawn("mqtt sending", publisher_.send());
  running_ = true;
  (void)notice_sleep();  // from now on it is compared
  for (auto& account : accounts_) account->start();
  co_return true;
}

base::Task<void> Bridge::stop() {
  stopping_ = true;
  give_up_commands();
  for (auto& account : accounts_) account->cancel();
  publishing_.cancel();
  co_await publishing_.join();
  // Before the accounts: a refresh that must not be torn may take longer than the process has.
  co_await leave_broker();
  for (auto& account : accounts_) co_await account->join();
  if (running_) co_await keep_day();
  // A reconfigure() that is under way still waits for an account that it has taken out.
  (void)co_await reconfiguring_.lock();
}

base::Task<base::Result<std::size_t>> Bridge::clear_topics() {
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
  auto removed = co_await publisher_.clear();
  clearing_ = false;
  co_return removed;
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
  (void)co_await left.wait_until(services_.clock, services_.clock.steady() + kFarewellLimit);
  leaving.cancel();
  co_await leaving.join();
}

std::vector<std::string> Bridge::troubles() const {
  std::vector<std::string> troubles;
  troubles.reserve(configuration_.mistakes.size() + accounts_.size() + 1);
  for (const auto& mistake : configuration_.mistakes) {
    troubles.push_back(fmt::format("configuration: {}; the one before is in use", mistake));
  }
  if (const auto& trouble = broker().trouble) troubles.push_back("broker: " + trouble->message);
  for (const auto& account : accounts_) {
    if (auto line = trouble_line(*account); !line.empty()) troubles.push_back(std::move(line));
  }
  return troubles;
}

std::vector<std::string> Bridge::failing_routes() const {
  std::vector<std::string> lines;
  for (const auto& account : accounts_) {
    for (const auto& [id, car] : account->cars()) {
      for (const auto& line : car->failing_routes()) {
        lines.push_back(fmt::format("{}: {}", car->car().identity.vin.masked(), line));
      }
    }
  }
  return lines;
}

Counts Bridge::counted() const {
  auto sum = counts_of_gone_;
  for (const auto& account : accounts_) {
    sum.requests += account->requests();
    sum.unknown += account->unknown_values();
  }
  return sum;
}

void Bridge::begin_day() {
  const auto today = services_.zone.midnight(services_.zone.local_date(services_.clock.now()));
  if (std::exchange(cars_day_, today) == today) return;
  for (auto& account : accounts_) {
    for (const auto& [id, car] : account->cars()) car->begin_day();
  }
  publish_all();
}

void Bridge::count_day() {
  const auto today = services_.zone.midnight(services_.zone.local_date(services_.clock.now()));
  day_counts_.advance(today, counted());
}

base::Task<void> Bridge::recall_day() {
  const auto text = co_await services_.store.get(kBridgeSpace, kDayKey);
  if (text && *text) day_counts_.restore(**text);
}

base::Task<void> Bridge::keep_day() {
  count_day();
  auto text = day_counts_.serialize();
  if (text == stored_day_) co_return;
  const auto stored = co_await services_.store.put(kBridgeSpace, kDayKey, text);
  if (stored) stored_day_ = std::move(text);
}

ha::BridgeView Bridge::view() const {
  ha::BridgeView view;
  view.started = started_;
  const auto counts = day_counts_.today();
  view.requests_today = counts.requests;
  view.unknown_values = counts.unknown;
  for (const auto& account : accounts_) {
    view.accounts.push_back(view_of(*account));
    const auto condition = account->condition();
    if (condition.troubled()) {
      view.cloud = false;
    } else if (condition.status == fleet::AccountStatus::ok && !view.cloud) {
      view.cloud = true;
    }
  }
  for (const auto& key : announced_accounts_) {
    if (find_account(key) == nullptr) view.gone.push_back(key);
  }
  view.last_error = last_error_;
  view.mistakes = configuration_.mistakes;
  view.mistaken_since = configuration_.since;
  return view;
}

void Bridge::publish_bridge() {
  count_day();
  for (const auto& account : accounts_) {
    if (auto condition = account->condition(); condition.troubled()) {
      last_error_ = std::move(condition.cause);
    }
  }
  const auto view = this->view();
  auto& outbox = publisher_.outbox();
  const auto& settings = options_.home_assistant;
  if (settings.discovery) {
    auto document = ha::bridge_discovery(settings, view);
    count_entities(kBridgeOwner, document);
    outbox.set(kBridgeOwner, Rank::bridge, std::move(document));
  }
  outbox.set(kBridgeOwner, Rank::availability, ha::bridge_availability(settings, true));
  outbox.set(kBridgeOwner, Rank::state, ha::bridge_state(settings, view));
  publisher_.changed();
}

void Bridge::show_configuration(std::vector<std::string> mistakes) {
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

std::size_t Bridge::entities(const CarSession& car) const {
  const auto& settings = options_.home_assistant;
  if (!settings.discovery || !car.presentable()) return 0;
  return counted_entities(car.car().identity.id.text);
}

std::size_t Bridge::bridge_entities() const {
  return options_.home_assistant.discovery ? counted_entities(kBridgeOwner) : 0;
}

void Bridge::count_entities(const std::string& device, const base::MqttMessage& document) {
  const auto hash = std::hash<std::string>{}(document.payload);
  auto& counted = entity_counts_[device];
  if (counted.entities != 0 && counted.hash == hash) return;
  counted = {.hash = hash, .entities = ha::announced_entities(document)};
}

std::size_t Bridge::counted_entities(const std::string& device) const {
  const auto found = entity_counts_.find(device);
  return found == entity_counts_.end() ? 0 : found->second.entities;
}

void Bridge::publish_car(AccountSession& account, const fleet::CarView& view) {
  if (!view.presentable) return;
  const auto& car = *view.car;
  call_by_number(*account.find_car(car.identity.id));
  const auto owner = owner_of(account, car.identity.id);
  const auto& settings = options_.home_assistant;
  auto& outbox = publisher_.outbox();
  if (settings.discovery) {
    auto discovery = ha::car_discovery(settings, car);
    count_entities(car.identity.id.text, discovery);
    outbox.set(owner, Rank::discovery, std::move(discovery));
    for (auto& document : ha::car_single_discoveries(settings, car)) {
      outbox.set(owner, Rank::discovery, std::move(document));
    }
  }
  outbox.set(owner, Rank::availability, ha::car_availability(settings, car, view.available));
  outbox.set(owner, Rank::state, ha::car_state(settings, car, services_.zone));
  outbox.set(owner, Rank::state, ha::car_diagnostics(settings, car, services_.zone));
  if (auto location = ha::car_location(settings, car)) {
    outbox.set(owner, Rank::state, std::move(*location));
  }
  if (auto picture = ha::car_picture(settings, car)) {
    outbox.set(owner, Rank::state, std::move(*picture));
  }
  outbox.settle(owner);
  publisher_.changed();
}

void Bridge::publish_all() {
  publish_bridge();
  for (auto& account : accounts_) {
    for (const auto& [id, car] : account->cars()) publish_car(*account, account->view(*car));
  }
}

void Bridge::account_changed(const std::string& account_key) {
  const auto* found = find_account(account_key);
  if (found == nullptr) return;
  const auto& account = *found;
  // Cars of an earlier run that cannot be known in this one: an account that is signed out at the
  // start never lists them, and their topics still say "online".
  if (account.condition().shut_out && account.cars().empty()) {
    const auto published = publisher_.outbox().published();
    for (const auto& [topic, owner] : published) {
      if (!owner.starts_with(account.key() + "/") || !topic.ends_with("/availability")) continue;
      publisher_.outbox().set(owner, Rank::availability,
                              {.topic = topic, .payload = "offline", .qos = 1, .retain = true});
    }
  }
  publish_bridge();
}

void Bridge::cars_changed(const std::string& account_key) {
  auto* found = find_account(account_key);
  if (found == nullptr) return;
  auto& account = *found;
  publisher_.outbox().keep([&account](const std::string& owner) {
    const auto slash = owner.find('/');
    if (owner.substr(0, slash) != account.key()) return true;
    return !account.is_gone(base::CarId{owner.substr(slash + 1)});
  });
  forget_namesakes();
  remove_orphans();
  for (const auto& [id, car] : account.cars()) publish_car(account, account.view(*car));
  publish_bridge();
}

AccountSession* Bridge::account_of(const base::CarId& car) const {
  const auto found = std::ranges::find_if(
      accounts_, [&car](const auto& account) { return account->find_car(car) != nullptr; });
  return found == accounts_.end() ? nullptr : found->get();
}

void Bridge::on_message(const base::MqttReceived& message) {
  if (message.payload.empty()) return;  // the echo of a cleared topic
  if (const auto leftover = ha::decode_leftover(options_.home_assistant, message)) {
    learn(*leftover, message.topic);
    return;
  }
  const auto command = ha::decode_command(options_.home_assistant, message);
  switch (command.kind) {
    case ha::Command::Kind::birth:
      flood_.write(base::LogLevel::info, "bridge",
                   "Home Assistant came up: publishing everything again", services_.clock.steady());
      publisher_.birth();
      return;
    case ha::Command::Kind::try_again: (void)try_again(command.target); return;
    case ha::Command::Kind::reading_on:
    case ha::Command::Kind::reading_off:
      if (const base::CarId id{command.target}; auto* account = account_of(id)) {
        account->find_car(id)->set_reading(command.kind == ha::Command::Kind::reading_on);
      }
      return;
    case ha::Command::Kind::car: on_command(command); return;
    case ha::Command::Kind::refused:
      on_command(command);
      flood_.write(base::LogLevel::warning, "bridge", "command refused: " + command.reason,
                   services_.clock.steady());
      // A retained command would come again with every connection.
      if (message.retained) publisher_.outbox().send_once(ha::removal(message.topic));
      publisher_.changed();
      return;
    case ha::Command::Kind::ignored: return;
  }
}

}  // namespace toyota2mqtt::bridge
