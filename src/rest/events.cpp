#include "rest/events.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "rest/http/problem.hpp"
#include "rest/http/router.hpp"
#include "rest/routes/car_json.hpp"
#include "rest/routes/command_log.hpp"
#include "toyota2mqtt/base/encoding.hpp"

// What happens, as it happens.
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

EventHub::EventHub(Services& services, HttpMetrics& http_metrics)
    : services_(services),
      run_(random_word(services.random)),
      owners_cars_(ids_of({.owner = true})),
      readers_(std::make_shared<EventReaders>(http_metrics)) {
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
  if (scope.owner) return event.owner;
  return !scope.account_key.empty() && scope.account_key == event.account_key;
}

bool EventHub::is_owners(const FleetCar& car) const {
  const auto theirs = services_.fleet.find({.owner = true}, car.car->identity.id.text);
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

void EventHub::store(Kept event) {
  if (event.piece) kept_bytes_ += event.piece->size();
  kept_.push_back(std::move(event));
  while (kept_.size() > kMostKept || kept_bytes_ > kMostKeptBytes) {
    if (kept_.front().piece) kept_bytes_ -= kept_.front().piece->size();
    kept_.pop_front();
  }
}

void EventHub::publish(const FleetCar& car, std::string_view name, const Json& data) {
  Kept event{.number = ++number_,
             .owner = is_owners(car),
             .account_key = car.account_key,
             .piece = piece_of(id_line(number_) + event_text(name, data))};
  for (auto& group : readers_->groups()) {
    if (sees(group.scope, event)) readers_->push(group, event.piece);
  }
  store(std::move(event));
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
  auto owners = ids_of({.owner = true});
  const Kept event{
      .number = ++number_, .owner = owners != owners_cars_, .account_key = account_key};
  owners_cars_ = std::move(owners);
  for (auto& group : readers_->groups()) {
    if (!sees(group.scope, event)) continue;
    auto ids = ids_of(group.scope);
    if (ids == group.cars) continue;
    group.cars = std::move(ids);
    readers_->push(group, cars_piece(event.number, group.scope));
  }
  store(event);
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

void EventReader::push(const Piece& piece) {
  if (ended_) return;
  if (pieces_ >= kMostPieces || bytes_ + piece->size() > kMostBytes) return end(true);
  waiting_.push_back(piece);
  ++pieces_;
  bytes_ += piece->size();
  wake();
}

void EventReader::end(bool dropped) {
  if (ended_) return;
  ended_ = true;
  dropped_ = dropped;
  waiting_.clear();
  wake();
}

void EventReader::wake() {
  if (std::exchange(told_, true)) return;
  event_.notify();
}

base::Task<std::vector<EventReader::Piece>> EventReader::take(std::shared_ptr<EventReader> self) {
  while (self->waiting_.empty() && !self->ended_) {
    const auto woken = co_await self->event_.wait();
    self->told_ = false;
    if (!woken) co_return std::vector<Piece>();
  }
  self->pieces_ = 0;
  self->bytes_ = 0;
  co_return std::exchange(self->waiting_, {});
}

EventGroup& EventReaders::group_of(const Scope& scope) {
  const auto found = std::ranges::find(groups_, scope, &EventGroup::scope);
  return found != groups_.end() ? *found : groups_.emplace_back(EventGroup{.scope = scope});
}

void EventReaders::add(const Scope& scope, std::shared_ptr<EventReader> reader) {
  group_of(scope).readers.push_back(std::move(reader));
  ++count_;
  if (http_metrics_ != nullptr) http_metrics_->reader_came();
}

void EventReaders::remove(const std::shared_ptr<EventReader>& reader) {
  for (auto& group : groups_) {
    const auto gone = std::erase(group.readers, reader);
    if (gone == 0) continue;
    count_ -= gone;
    if (http_metrics_ != nullptr) http_metrics_->reader_left(reader->dropped());
  }
  std::erase_if(groups_, [](const EventGroup& group) { return group.readers.empty(); });
}

void EventReaders::push(EventGroup& group, const EventReader::Piece& piece) {
  for (const auto& reader : group.readers) reader->push(piece);
  if (http_metrics_ != nullptr) http_metrics_->record_events(group.readers.size());
}

void EventReaders::end_session(std::string_view session) {
  for (auto& group : groups_) {
    for (const auto& reader : group.readers) {
      if (reader->session() == session) reader->end();
    }
  }
}

void EventReaders::close() {
  http_metrics_ = nullptr;
  for (auto& group : groups_) {
    for (const auto& reader : group.readers) reader->end();
  }
}

std::size_t EventReaders::of_session(std::string_view session) const {
  std::size_t count = 0;
  for (const auto& group : groups_) {
    count += static_cast<std::size_t>(
        std::ranges::count_if(group.readers, [session](const auto& reader) {
          return reader->session() == session && !reader->ended();
        }));
  }
  return count;
}

namespace {

base::Task<Response> event_stream(Context& context) {
  Response response{.headers = {{.name = "Content-Type", .value = "text/event-stream"},
                                // A proxy that gathers would hold events back.
                                {.name = "X-Accel-Buffering", .value = "no"},
                                {.name = "Cache-Control", .value = "no-store"}}};
  if (context.request.method == "HEAD") co_return response;
  auto stream = context.deps.events.open(context.who, context.request.header("Last-Event-ID"));
  if (!stream) co_return problem_response(stream.error());
  response.stream = std::move(*stream);
  co_return response;
}

constexpr auto kEventRoutes =
    std::to_array<Route>({{.method = "GET", .path = "/events", .handler = event_stream}});

}  // namespace

std::span<const Route> event_routes() { return kEventRoutes; }

}  // namespace toyota2mqtt::rest
