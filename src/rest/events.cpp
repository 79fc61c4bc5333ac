#include "rest/events.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "rest/car_json.hpp"
#include "rest/command_log.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::rest {

namespace {

using Piece = base::HttpBodyStream::Piece;

std::string random_word(base::Random& random) {
  constexpr std::size_t kBytes = 4;
  std::array<std::uint8_t, kBytes> bytes{};
  random.fill(bytes);
  return base::hex(bytes);
}

Piece piece_of(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

/// An event without its id: JSON has no line breaks, so one line of data is enough.
std::string event_text(std::string_view name, const Json& data) {
  std::string text = "event: ";
  text += name;
  text += "\ndata: ";
  text += json_io::to_text(data);
  text += "\n\n";
  return text;
}

/// The values that differ; those that are gone are unknown.
Json changed_values(const Json& before, const Json& after) {
  Json changed = Json::object();
  for (const auto& [id, value] : after.items()) {
    const auto known = before.find(id);
    if (known == before.end() || *known != value) changed[id] = value;
  }
  for (const auto& [id, value] : before.items()) {
    if (after.contains(id)) continue;
    changed[id] = {{"value", nullptr}, {"unit", nullptr}, {"measured_at", nullptr}};
  }
  return changed;
}

}  // namespace

EventHub::EventHub(Services& services, Traffic& traffic)
    : services_(services),
      run_(random_word(services.random)),
      household_(ids_of({.household = true})),
      readers_(std::make_shared<EventReaders>(traffic)) {
  services_.listeners.add(*this, fleet::Listeners::Hears::interface);
}

EventHub::~EventHub() {
  stop();
  services_.listeners.remove(*this);
}

void EventHub::stop() {
  stopped_ = true;
  if (timer_) services_.clock.cancel(*std::exchange(timer_, std::nullopt));
  readers_->close();
}

bool EventHub::sees(const Scope& scope, const Kept& event) {
  if (scope.household) return event.household;
  return !scope.account_key.empty() && scope.account_key == event.account_key;
}

bool EventHub::is_household(const FleetCar& car) const {
  const auto theirs = services_.fleet.find({.household = true}, car.car->identity.id.text);
  return theirs && theirs->account_key == car.account_key;
}

std::vector<std::string> EventHub::ids_of(const Scope& scope) const {
  std::vector<std::string> ids;
  for (const auto& car : services_.fleet.cars(scope)) ids.push_back(car.car->identity.id.text);
  return ids;
}

std::string EventHub::id_line(std::uint64_t number) const {
  return "id: " + run_ + "-" + std::to_string(number) + "\n";
}

std::optional<std::uint64_t> EventHub::number_of(std::string_view id) const {
  if (!id.starts_with(run_ + "-")) return std::nullopt;
  id.remove_prefix(run_.size() + 1);
  std::uint64_t number = 0;
  const char* begin = id.data();
  const char* end = begin + id.size();
  const auto read = std::from_chars(begin, end, number);
  if (id.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  const auto oldest = kept_.empty() ? number_ + 1 : kept_.front().number;
  if (number > number_ || number + 1 < oldest) return std::nullopt;
  return number;
}

Piece EventHub::cars_piece(std::uint64_t number, const Scope& scope) const {
  return piece_of(id_line(number) + event_text("cars", Json{{"vehicles", ids_of(scope)}}));
}

void EventHub::keep(Kept event) {
  if (event.piece) kept_bytes_ += event.piece->size();
  kept_.push_back(std::move(event));
  while (kept_.size() > kMostKept || kept_bytes_ > kMostKeptBytes) {
    if (kept_.front().piece) kept_bytes_ -= kept_.front().piece->size();
    kept_.pop_front();
  }
}

void EventHub::publish(const FleetCar& car, std::string_view name, const Json& data) {
  Kept event{.number = ++number_,
             .household = is_household(car),
             .account_key = car.account_key,
             .piece = piece_of(id_line(number_) + event_text(name, data))};
  for (auto& group : readers_->groups()) {
    if (sees(group.scope, event)) readers_->push(group, event.piece);
  }
  keep(std::move(event));
}

void EventHub::car_changed(const FleetCar& car) {
  if (stopped_) return;
  const auto& id = car.car->identity.id.text;
  auto& known = known_[{car.account_key, id}];
  auto values = values_json(vehicle::values_of(*car.car, services_.zone));
  auto changed = changed_values(known.values, values);
  if (known.whole && changed.empty()) return;
  const auto at = base::format_iso8601(services_.clock.now());
  known.values = std::move(values);
  known.whole =
      piece_of(event_text("car", Json{{"vehicle", id}, {"at", at}, {"values", known.values}}));
  publish(car, "car", Json{{"vehicle", id}, {"at", at}, {"values", std::move(changed)}});
}

void EventHub::notified(const FleetCar& car, const vehicle::Notification& notification) {
  if (stopped_) return;
  publish(car, "notification",
          Json{{"vehicle", car.car->identity.id.text},
               {"at", base::format_iso8601(notification.at)},
               {"id", notification.id},
               {"category", notification.category},
               {"type", notification.type},
               {"message", notification.message},
               {"read", notification.read}});
}

void EventHub::happened(const FleetCar& car, const vehicle::CarEvent& event) {
  if (stopped_) return;
  Json data{{"vehicle", car.car->identity.id.text},
            {"at", base::format_iso8601(event.at.value_or(services_.clock.now()))},
            {"type", event.type}};
  for (const auto& [name, value] : event.facts)
    data[std::string(name)] = json_io::value_json(value);
  publish(car, event.id, data);
}

void EventHub::commanded(const FleetCar& car, const vehicle::CommandResult& result) {
  if (stopped_) return;
  for (const auto& step : steps_of(result, services_.clock.now())) {
    publish(car, "command", command_event_json(car.car->identity.id, step));
  }
}

void EventHub::cars_changed(const std::string& account_key) {
  if (stopped_) return;
  const auto left = ids_of({.account_key = account_key});
  std::erase_if(known_, [&](const auto& entry) {
    return entry.first.first == account_key &&
           !std::ranges::binary_search(left, entry.first.second);
  });
  auto household = ids_of({.household = true});
  const Kept event{
      .number = ++number_, .household = household != household_, .account_key = account_key};
  household_ = std::move(household);
  for (auto& group : readers_->groups()) {
    if (!sees(group.scope, event)) continue;
    auto ids = ids_of(group.scope);
    if (ids == group.cars) continue;
    group.cars = std::move(ids);
    readers_->push(group, cars_piece(event.number, group.scope));
  }
  keep(event);
}

std::vector<Piece> EventHub::missed(const Scope& scope, std::uint64_t after) const {
  std::vector<Piece> pieces;
  for (const auto& event : kept_) {
    if (event.number <= after || !sees(scope, event)) continue;
    pieces.push_back(event.piece ? event.piece : cars_piece(event.number, scope));
  }
  return pieces;
}

// Only the last piece carries an id from which one can go on: who is cut off before it begins anew.
std::vector<Piece> EventHub::beginning(const Scope& scope, std::string_view reset_reason) {
  const auto partial = piece_of("id: " + run_ + "-begin\n");
  std::vector<Piece> events;
  if (!reset_reason.empty()) {
    events.push_back(piece_of(event_text("reset", Json{{"reason", reset_reason}})));
  }
  events.push_back(piece_of(event_text("cars", Json{{"vehicles", ids_of(scope)}})));
  for (const auto& car : services_.fleet.cars(scope)) {
    events.push_back(known_.at({car.account_key, car.car->identity.id.text}).whole);
  }
  std::vector<Piece> pieces;
  pieces.reserve(2 * events.size());
  for (const auto& event : events) {
    const bool last = &event == &events.back();
    pieces.push_back(last ? piece_of(id_line(number_)) : partial);
    pieces.push_back(event);
  }
  return pieces;
}

std::expected<std::unique_ptr<base::HttpBodyStream>, Problem> EventHub::open(
    const Principal& who, std::optional<std::string_view> last_id) {
  static const auto retry = piece_of("retry: 3000\n\n");
  constexpr long kWait = 60;
  const auto& session = who.session.empty() ? who.name : who.session;
  if (readers_->of_session(session) >= EventReaders::kMostOfSession) {
    return std::unexpected(too_many("This session has 8 streams; end one of them first.", kWait));
  }
  if (stopped_ || readers_->size() >= EventReaders::kMost) {
    return std::unexpected(Problem{.status = 503,
                                   .type = "unavailable",
                                   .title = "This is not possible now",
                                   .detail = "No more streams can be opened.",
                                   .retry_after = kWait});
  }
  // What was not told yet goes out first, to those who listen already.
  for (const auto& car : services_.fleet.cars(who.scope)) car_changed(car);
  const auto after = last_id ? number_of(*last_id) : std::nullopt;
  const auto reason =
      last_id && !after ? "What happened since then is not known any more." : std::string_view();
  auto first = after ? missed(who.scope, *after) : beginning(who.scope, reason);
  first.insert(first.begin(), retry);
  auto reader = std::make_shared<EventReader>(session, std::move(first));
  readers_->add(who.scope, reader);
  readers_->group_of(who.scope).cars = ids_of(who.scope);
  arm();
  return std::make_unique<EventStream>(readers_, std::move(reader));
}

void EventHub::arm() {
  if (timer_ || stopped_) return;
  timer_ = services_.clock.call_at(services_.clock.steady() + kHeartbeat, [this] {
    timer_.reset();
    beat();
  });
}

void EventHub::beat() {
  static const auto comment = piece_of(": heartbeat\n\n");
  for (auto& group : readers_->groups()) {
    for (const auto& reader : group.readers) reader->push(comment);
  }
  if (readers_->size() > 0) arm();
}

}  // namespace toyota2mqtt::rest
