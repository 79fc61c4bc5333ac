#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/http/json_body.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/rest/fleet.hpp"

/// Commands that were asked for by REST, and what became of them. Private to this part.
namespace toyota2mqtt::rest {

/// One command, from the wish to its last result.
struct CommandRecord {
  std::string id = {};
  std::string account_key = {};  ///< by which it was asked for; empty: nobody has claimed it yet
  base::CarId car = {};
  std::string command = {};
  std::string entity = {};
  base::Time requested_at{};
  std::deque<CommandStep> steps = {};

  /// `requested`, or the outcome of the last step.
  [[nodiscard]] std::string_view status() const;
};

/// `Command` of openapi.json.
Json command_json(const CommandRecord& record);
/// `CommandEvent` of openapi.json.
Json command_event_json(const base::CarId& car, const CommandStep& step);

/// An answer that was given to an Idempotency-Key.
struct KeptAnswer {
  base::Digest request{};  ///< of what was asked, keyed
  base::Time at{};
  int status = 202;
  std::vector<base::HttpHeader> headers = {};
  std::string body = {};
};

/// The newest commands of each car, in memory: kMost by each account, for kLife. A car of two
/// accounts is commanded through one of them; only the user who asked sees a command. Loop
/// thread only.
class CommandLog {
 public:
  static constexpr std::size_t kMost = 100;
  static constexpr std::chrono::hours kLife{24};
  /// Keys of one car. More are refused: forgetting one early could send something twice.
  static constexpr std::size_t kMostKeys = 500;

  explicit CommandLog(const base::Clock& clock) : clock_(clock) {}

  /// A step that was told, of REST or not.
  void on_step(const FleetCar& car, const CommandStep& step);
  /// A command of `car.account_key` that the fleet took. Steps of it may have been told already.
  void on_request(const FleetCar& car, const std::string& id, std::string_view command,
                  std::string_view entity);
  /// nullptr: there is none of this car (any more). Valid until the next call.
  [[nodiscard]] const CommandRecord* find(const FleetCar& car, std::string_view id);
  /// Newest first.
  [[nodiscard]] std::vector<const CommandRecord*> newest(const FleetCar& car);

  /// What this key was answered; nullptr: it is new. `owner` names whose key it is.
  [[nodiscard]] const KeptAnswer* answered(const FleetCar& car, std::string_view owner,
                                           std::string_view key);
  /// When a new key can be kept again; nullopt: now.
  [[nodiscard]] std::optional<base::Time> full_until(const FleetCar& car);
  void store_answer(const FleetCar& car, std::string_view owner, std::string_view key,
                    KeptAnswer answer);

  /// Forgets the cars of an account that are not in `left`.
  void retain_only(const std::string& account_key, const std::vector<FleetCar>& left);

 private:
  using Key = std::pair<std::string, std::string>;
  std::deque<CommandRecord>& records_of(const base::CarId& car);
  std::map<std::string, KeptAnswer>& keys_of(const FleetCar& car);
  CommandRecord& record(const base::CarId& car, const std::string& id);

  const base::Clock& clock_;
  std::map<std::string, std::deque<CommandRecord>> records_;  // by car, oldest first
  std::map<Key, std::map<std::string, KeptAnswer>> keys_;     // by account and car
};

}  // namespace toyota2mqtt::rest
