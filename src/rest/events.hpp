#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/context.hpp"
#include "rest/http/http_metrics.hpp"
#include "rest/http/json_body.hpp"
#include "rest/http/problem.hpp"
#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/rest/api.hpp"
#include "toyota2mqtt/rest/fleet.hpp"

/// Who listens to `events`, and what waits for them. Private to this part. Loop thread only.
namespace toyota2mqtt::rest {

/// What waits for one reader. Pieces are shared: a thousand readers hold one text.
class EventReader {
 public:
  using Piece = base::HttpBodyStream::Piece;
  static constexpr std::size_t kMostPieces = 256;
  static constexpr std::size_t kMostBytes = std::size_t{256} << 10;

  EventReader(std::string session, std::vector<Piece> first)
      : session_(std::move(session)), waiting_(std::move(first)) {}

  /// Adds a piece, or gives the reader up when more waits than it may: then nothing more comes.
  void push(const Piece& piece);
  void end(bool dropped = false);
  /// What waits; waits until there is something. Empty: it has ended.
  static base::Task<std::vector<Piece>> take(std::shared_ptr<EventReader> self);

  [[nodiscard]] const std::string& session() const { return session_; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool dropped() const { return dropped_; }

 private:
  void wake();

  std::string session_;
  std::vector<Piece> waiting_;
  // Of those that were pushed; what a reader begins with does not count.
  std::size_t pieces_ = 0;
  std::size_t bytes_ = 0;
  bool told_ = false;  // wakes once, however many pieces come until it takes them
  bool ended_ = false;
  bool dropped_ = false;
  base::Event event_;
};

/// The readers that may see the same cars.
struct EventGroup {
  Scope scope;
  std::vector<std::string> cars = {};  ///< ids that they were told of
  std::vector<std::shared_ptr<EventReader>> readers = {};
};

/// All of them. Shared with their streams, which may go later than the hub.
class EventReaders {
 public:
  static constexpr std::size_t kMost = 2000;
  static constexpr std::size_t kMostOfSession = 8;

  explicit EventReaders(HttpMetrics& http_metrics) : http_metrics_(&http_metrics) {}

  EventGroup& group_of(const Scope& scope);
  void add(const Scope& scope, std::shared_ptr<EventReader> reader);
  /// Its stream is gone.
  void remove(const std::shared_ptr<EventReader>& reader);
  void push(EventGroup& group, const EventReader::Piece& piece);
  void end_session(std::string_view session);
  /// Ends all; nothing is counted from now on.
  void close();

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::size_t of_session(std::string_view session) const;
  [[nodiscard]] std::vector<EventGroup>& groups() { return groups_; }

 private:
  HttpMetrics* http_metrics_;  // nullptr once closed
  std::vector<EventGroup> groups_;
  std::size_t count_ = 0;
};

/// The body of an answer to `GET /events`.
class EventStream final : public base::HttpBodyStream {
 public:
  EventStream(std::shared_ptr<EventReaders> readers, std::shared_ptr<EventReader> reader)
      : readers_(std::move(readers)), reader_(std::move(reader)) {}
  ~EventStream() override { readers_->remove(reader_); }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  base::Task<std::vector<Piece>> next() override { return EventReader::take(reader_); }

 private:
  std::shared_ptr<EventReaders> readers_;
  std::shared_ptr<EventReader> reader_;
};

/// Hands what happens to everybody who listens to `events` (docs/rest.md, "Events"): each event is
/// written down once, and everybody who may see it is given that text. Loop thread only.
class EventHub final : public fleet::Listener {
 public:
  /// How much can be handed out again to who was away.
  static constexpr std::size_t kMostKept = 1000;
  static constexpr std::size_t kMostKeptBytes = std::size_t{4} << 20;
  static constexpr std::chrono::seconds kHeartbeat{15};

  EventHub(Services& services, HttpMetrics& http_metrics);
  ~EventHub() override;
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// A stream of what `who` may see: from after `last_id` if that is still known, else from the
  /// present state of all cars on. Errors: 429 (too many streams of the session), 503 (of all, or
  /// the program ends).
  std::expected<std::unique_ptr<base::HttpBodyStream>, Problem> open(
      const Principal& who, std::optional<std::string_view> last_id);
  /// Ends the streams of a session that has ended.
  void end_session(std::string_view session) { readers_->end_session(session); }
  /// Ends every stream, and takes no more.
  void stop();

  void car_changed(const FleetCar& car) override;
  void notified(const FleetCar& car, const vehicle::Notification& notification) override;
  void happened(const FleetCar& car, const vehicle::CarEvent& event) override;
  void commanded(const FleetCar& car, const vehicle::CommandResult& result) override;
  void cars_changed(const std::string& account_key) override;

 private:
  using Piece = base::HttpBodyStream::Piece;

  /// One event, and who may see it.
  struct Kept {
    std::uint64_t number = 0;
    bool owner = false;
    std::string account_key = {};
    Piece piece = nullptr;  ///< nullptr: the set of cars changed; what is told differs by reader
  };
  /// What was told of a car.
  struct Known {
    Json values = Json::object();
    Piece whole = nullptr;  ///< all of it, as an event without an id
  };

  static bool sees(const Scope& scope, const Kept& event);
  [[nodiscard]] bool is_owners(const FleetCar& car) const;
  [[nodiscard]] std::vector<std::string> ids_of(const Scope& scope) const;
  [[nodiscard]] std::string id_line(std::uint64_t number) const;
  /// The number of an id of ours after which nothing was forgotten.
  [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view id) const;
  [[nodiscard]] Piece cars_piece(std::uint64_t number, const Scope& scope) const;

  void publish(const FleetCar& car, std::string_view name, const Json& data);
  void store(Kept event);
  [[nodiscard]] std::vector<Piece> missed(const Scope& scope, std::uint64_t after) const;
  std::vector<Piece> beginning(const Scope& scope, std::string_view reset_reason);
  void beat();
  void arm();

  Services& services_;
  std::string run_;  ///< differs from run to run
  std::uint64_t number_ = 0;
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
  std::map<std::pair<std::string, std::string>, Known> known_;  ///< by account and car
  std::vector<std::string> owners_cars_;                        ///< ids of its cars
  std::shared_ptr<EventReaders> readers_;
  std::optional<base::Clock::TimerId> timer_;
  bool stopped_ = false;
};

}  // namespace toyota2mqtt::rest
