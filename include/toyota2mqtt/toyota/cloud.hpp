#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/toyota/account.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::toyota {

/// A car of the account's vehicle list, with what the list itself reports (subscription end).
struct ListedVehicle {
  vehicle::Identity identity;
  vehicle::VehicleState state;
  std::string entry = {};  ///< its entry in the list, as JSON: for recall_vehicle()
};

/// How often a request is made when its failure may be a passing one.
enum class Tries : std::uint8_t {
  several,  ///< up to four times, with pauses in between
  first,    ///< once: when to repeat it, the caller decides
  again,    ///< once, and it is such a repetition
};

/// What became of one route for one car in one read.
struct RouteResult {
  enum class Kind : std::uint8_t { ok, not_supported, failed };
  Kind kind = Kind::ok;
  std::optional<base::Error> error = {};  ///< unless ok
  bool passing = false;   ///< failed, and the same request may be answered a moment later
  std::string body = {};  ///< the answer, when ok: for recall_answer()
  /// The cloud as a whole could not be reached: asking for another route would tell nothing new.
  [[nodiscard]] bool no_connection() const {
    return error && error->code == base::ErrorCode::unreachable && error->http_status == 0;
  }
};

/// The three ways to ask the car itself (docs/toyota-protocol.md, "Wakes"). Each
/// costs the car's 12 V battery.
enum class WakeRoute : std::uint8_t {
  status,    ///< doors, locks, windows: shows after 10 to 57 s
  electric,  ///< battery level: shows after minutes
  climate,
};
/// "status", "electric", "climate".
std::string_view to_string(WakeRoute route);

/// What the cloud made of a wake. Accepted says nothing about the car.
struct WakeAnswer {
  enum class Kind : std::uint8_t {
    accepted,
    rejected,  ///< this car cannot be woken by this route: do not repeat
    failed,    ///< passing trouble; the car may or may not have been woken
  };
  Kind kind = Kind::accepted;
  std::optional<base::Error> error = {};  ///< unless accepted
};

/// What the cloud made of a command (docs/toyota-protocol.md, "Answers to commands"). Accepted says
/// only that the cloud has taken it.
struct CommandAnswer {
  enum class Kind : std::uint8_t {
    accepted,
    failed,         ///< it was not carried out; `error` says why and what can be done
    not_supported,  ///< this car cannot do it: remember, and do not offer it again
    unknown,        ///< it may have reached the cloud: look for the result, never repeat
  };
  Kind kind = Kind::accepted;
  std::optional<base::Error> error = {};  ///< unless accepted
};

/// Which trips of the past are asked for. Days are the owner's, both included.
struct TripQuery {
  std::chrono::year_month_day from{};
  std::chrono::year_month_day to{};
  std::size_t offset = 0;
  bool with_track = false;
};
/// One page of them, newest first.
struct TripPage {
  std::vector<vehicle::ListedTrip> trips = {};
  std::optional<std::size_t> next = {};  ///< offset of the next page; unset = this was the last
};

/// Sees every exchange after sign-in with its raw request and answer (for `fetch --record`).
using ExchangeObserver = std::function<void(const base::HttpRequest&, const base::HttpResponse&)>;

/// The read routes (docs/toyota-protocol.md, "Read routes") for one account, decoded. Retries (2,
/// 4, 8 s with jitter: 429 and 5xx and transport failures; never other 4xx), headers, the fallback
/// to retired routes and its memory per car (persisted, looked at again after a day) live in here.
/// Loop thread only.
class Cloud {
 public:
  Cloud(Services services, Account& account);
  ~Cloud();
  Cloud(const Cloud&) = delete;
  Cloud& operator=(const Cloud&) = delete;

  /// Route 1. A car that cannot be decoded is left out (and logged); the others are returned.
  Task<Result<std::vector<ListedVehicle>>> list_vehicles();
  /// Reads one source of one car and decodes it into `car.state`. Also notes the source in
  /// `car.evidence.answered` / `refused`. Few requests at a time per car are the caller's duty: the
  /// cloud refuses bursts. `car` must outlive the call. Errors that concern the whole account
  /// (credentials_rejected, action_required) come back in RouteResult::error.
  Task<RouteResult> read(vehicle::Car& car, vehicle::Source source, const base::Zone& zone,
                         Tries tries = Tries::several);
  /// One page of past trips: 50 at most, 10 with their tracks. Serial per car is the caller's duty,
  /// as with read(). Errors: as read(); not_supported when the car has no trips.
  Task<Result<TripPage>> trips(const vehicle::Car& car, TripQuery query);
  /// Whether read() asks for the tracks of the trips it lists; at first it does not.
  void ask_for_tracks(bool wanted);
  /// Asks the car itself. One request, never repeated by itself (but once with a new token when the
  /// old one had ended): each one that gets through costs the car. Whether and how often is the
  /// caller's duty (fleet/wakes.hpp).
  Task<WakeAnswer> wake(const vehicle::Car& car, WakeRoute route);

  /// Sends one command, whatever the car thinks of it. One request, never repeated (but once with a
  /// new token when the cloud refused the old one at its door). `command.action` has a route.
  Task<CommandAnswer> command(const vehicle::Car& car, vehicle::Command command);

  void observe(ExchangeObserver observer);
  /// Requests sent to the API host by this object, retries included.
  [[nodiscard]] std::uint64_t requests() const;
  /// Why the last request could not be sent: neither renewal nor sign-in gave a token. nullopt = it
  /// was sent.
  [[nodiscard]] const std::optional<base::Error>& no_token() const;
  /// Values that could not be read, and unknown values of enumerations: "route path" -> in how many
  /// answers. Bounded to 200 names.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& unknown_values() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The sources worth reading for this car, in the order in which they should be read: what its
/// flags and answers allow (a missing flag means "try once and remember").
std::vector<vehicle::Source> sources_for(const vehicle::Car& car);

// Answers of earlier runs, read once more: what the cloud said then stays known after a restart.
// Pure functions; unknown words are not counted a second time.

/// Decodes an answer (RouteResult::body) that came at `answered_at` into `state`, as read() did
/// then. A text that is no answer of this source changes nothing.
void recall_answer(vehicle::Source source, std::string_view body, base::Time answered_at,
                   const base::Zone& zone, vehicle::VehicleState& state);

/// The car of an entry (ListedVehicle::entry) of an earlier list; nullopt when it makes none.
std::optional<ListedVehicle> recall_vehicle(std::string_view entry, vehicle::Brand brand,
                                            const base::Crypto& crypto, base::Time listed_at);

}  // namespace toyota2mqtt::toyota
