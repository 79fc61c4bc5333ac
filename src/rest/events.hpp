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
#include "rest/event_readers.hpp"
#include "rest/json_text.hpp"
#include "rest/problem.hpp"

namespace toyota2mqtt::rest {

/// Hands what happens to everybody who listens to `events` (docs/rest.md, "Events"): each event is
/// written down once, and everybody who may see it is given that text. Loop thread only.
class EventHub final : public fleet::Listener {
 public:
  /// How much can be handed out again to who was away.
  static constexpr std::size_t kMostKept = 1000;
  static constexpr std::size_t kMostKeptBytes = std::size_t{4} << 20;
  static constexpr std::chrono::seconds kHeartbeat{15};

  EventHub(Services& services, Traffic& traffic);
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
    bool household = false;
    std::string account_key = {};
    Piece piece = nullptr;  ///< nullptr: the set of cars changed; what is told differs by reader
  };
  /// What was told of a car.
  struct Known {
    Json values = Json::object();
    Piece whole = nullptr;  ///< all of it, as an event without an id
  };

  static bool sees(const Scope& scope, const Kept& event);
  [[nodiscard]] bool is_household(const FleetCar& car) const;
  [[nodiscard]] std::vector<std::string> ids_of(const Scope& scope) const;
  [[nodiscard]] std::string id_line(std::uint64_t number) const;
  /// The number of an id of ours after which nothing was forgotten.
  [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view id) const;
  [[nodiscard]] Piece cars_piece(std::uint64_t number, const Scope& scope) const;

  void publish(const FleetCar& car, std::string_view name, const Json& data);
  void keep(Kept event);
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
  std::vector<std::string> household_;                          ///< ids of its cars
  std::shared_ptr<EventReaders> readers_;
  std::optional<base::Clock::TimerId> timer_;
  bool stopped_ = false;
};

}  // namespace toyota2mqtt::rest
