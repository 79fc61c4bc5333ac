#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::abrp {

using base::Result;
using base::Task;

struct Options {
  std::string url = "https://api.iternio.com";
  base::Secret api_key;  ///< names the application
  base::Secret token;    ///< names the owner's ABRP vehicle
  bool send_location = true;
  friend bool operator==(const Options&, const Options&) = default;
};

/// One telemetry point: only what the car said at `utc` (docs/abrp.md, "What is sent"). Never
/// power, never speed.
struct Point {
  base::Time utc{};
  std::optional<double> soc = {};                ///< %, the level the maker's app shows
  std::optional<double> odometer = {};           ///< km
  std::optional<double> est_battery_range = {};  ///< km
  std::optional<double> latitude = {};           ///< with longitude, or both unset
  std::optional<double> longitude = {};
  std::optional<double> cabin_temperature = {};  ///< °C
  std::optional<bool> is_charging = {};
  std::optional<bool> is_parked = {};
  friend bool operator==(const Point&, const Point&) = default;
};
/// The `tlm` object of one point as JSON text.
std::string to_tlm(const Point& point);

struct Status {
  std::string state = "waiting";  ///< ok, waiting, key_rejected, token_rejected, unreachable
  std::string detail = {};        ///< what to do, in plain words; empty when ok
  std::optional<base::Time> last_accepted = {};
  std::string vehicle_name = {};  ///< as ABRP calls it; empty until known
  friend bool operator==(const Status&, const Status&) = default;
};

/// What was already sent, and how the link was: persisted, so that a restart re-sends nothing and a
/// parked car is reported as before.
struct SentMarks {
  std::map<vehicle::Source, base::Time> sent = {};  ///< the newest time per source
  Status status = {};
  std::string credentials = {};  ///< stands for the key and token of `status`
  friend bool operator==(const SentMarks&, const SentMarks&) = default;
};

/// JSON text for the store, and back; nullopt for anything that is not such a text. A source that
/// this version does not know is left out.
std::string serialize(const SentMarks& sent_marks);
std::optional<SentMarks> parse_sent_marks(std::string_view text);

/// The points that `car` has and `progress` lacks, oldest first: one point per source time. Pure.
/// `lat`/`lon` only in a point whose utc is the location's time, and none while the odometer has
/// moved since; is_parked and is_charging only from the evidence of `activity`. Times in the future
/// of `now` (by over 60 s) give nothing. Advances `progress`.
std::vector<Point> new_points(const vehicle::Car& car, SentMarks& sent_marks, base::Time now,
                              bool send_location);

/// The queue on disk: at most 720 points per car, the oldest dropped first. Loop thread only.
class PointQueue {
 public:
  struct Entry {
    long long id = 0;
    std::string tlm;  ///< as to_tlm() wrote it
  };
  virtual ~PointQueue() = default;
  virtual Task<Result<void>> append(std::string car, std::vector<std::string> tlms) = 0;
  /// The oldest `limit` entries.
  virtual Task<Result<std::vector<Entry>>> front(std::string car, std::size_t limit) = 0;
  virtual Task<Result<void>> remove(std::string car, std::vector<long long> ids) = 0;
  static constexpr std::size_t kCapacity = 720;
};

struct Services {
  base::HttpClient& http;
  base::Clock& clock;
  base::Random& random;
  const base::Crypto& crypto;
  base::Log& log;
  base::Store& store;
  PointQueue& queue;
};

/// What was done since the link was made, for metrics.
struct Counters {
  std::uint64_t queued = 0;    ///< points taken into the queue
  std::uint64_t sent = 0;      ///< points that ABRP accepted
  std::uint64_t dropped = 0;   ///< points that were too old or refused for good
  std::uint64_t failures = 0;  ///< tries to send points that ABRP did not accept
};

/// One car's connection to ABRP. Loop thread only.
class Link {
 public:
  Link(Services services, Options options, base::CarId car);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Read-only calls that tell whether key and token are accepted and which ABRP vehicle the token
  /// belongs to; empty when ABRP accepts both but names no vehicle. At most three requests, 10 s
  /// apart. Errors: credentials_rejected (the message says whether key or token), forbidden (the
  /// key is known but may not read: points can be sent all the same), unreachable (timeouts too),
  /// unexpected_response.
  Task<Result<std::string>> check();
  /// Takes what is new in `car` into the queue on disk. Returns when it is durable. One offer at a
  /// time; `car` must stay until it returns. A failed one is made good by the next.
  Task<Result<void>> offer(const vehicle::Car& car);
  /// Sends the queue until cancelled: bulk when several points wait; success is HTTP 200 and
  /// `status: ok`; 401 and 403 pause this car for 6 h or until a restart; failures back off from
  /// 15 s to 15 min with jitter; at most one request per 10 s. Points over 7 days old and points
  /// that ABRP refuses as malformed are dropped with a log line. status() begins as it ended in the
  /// last run, if that had the same key and token. `changed` is called whenever status() changes.
  Task<void> run(std::function<void()> changed);
  [[nodiscard]] const Status& status() const;
  [[nodiscard]] const Counters& counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::abrp
