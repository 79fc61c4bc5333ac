#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rest/traffic.hpp"
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

  explicit EventReaders(Traffic& traffic) : traffic_(&traffic) {}

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
  Traffic* traffic_;  // nullptr once closed
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

}  // namespace toyota2mqtt::rest
