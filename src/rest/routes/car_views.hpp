#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/context.hpp"
#include "rest/http/http_metrics.hpp"
#include "rest/http/problem.hpp"
#include "rest/routes/car_json.hpp"
#include "rest/routes/command_log.hpp"

/// Answers about cars from memory, and what their headers say about it (docs/rest.md, "How old an
/// answer is"). Private to this part.
namespace toyota2mqtt::rest {

/// One document of one car as it was rendered last.
struct Rendered {
  std::uint64_t state = 0;  ///< of what it was rendered; another one = render again
  std::string body = {};
  std::string etag = {};
  std::optional<base::Time> measured_at = {};  ///< the car's own time
  base::Time rendered_at{};
};

/// How often a view of a car was asked for, and where the answers came from.
struct CacheFigures {
  std::string account_key = {};
  base::CarId car = {};
  View view = View::car;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t stale = 0;
  std::optional<base::Time> rendered_at = {};
  std::optional<base::Time> measured_at = {};
};

/// Rendered documents by account and car, so that a repeated GET renders nothing. Bounded by the
/// number of cars. Loop thread only.
class RenderCache {
 public:
  /// The document of this state; nullptr when it is not kept. Valid until the next call.
  const Rendered* find(const FleetCar& car, View view, std::uint64_t state);
  const Rendered& store(const FleetCar& car, View view, Rendered rendered);
  void record_use(const FleetCar& car, View view, CacheUse use);
  /// Forgets the cars of an account that are not in `left`.
  void retain_only(const std::string& account_key, const std::vector<FleetCar>& left);
  [[nodiscard]] std::vector<CacheFigures> figures() const;

 private:
  using Key = std::pair<std::string, std::string>;  // account, car
  struct Less {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
    using Text = std::pair<std::string_view, std::string_view>;
    bool operator()(const Text& a, const Text& b) const { return a < b; }
  };
  struct Slot {
    std::optional<Rendered> rendered;
    std::array<std::uint64_t, 3> uses{};  // by CacheUse
  };
  using Slots = std::array<Slot, kViews>;

  Slot& slot(const FleetCar& car, View view);

  std::map<Key, Slots, Less> cars_;
};

/// `"<hash>"`: strong, from the content.
std::string etag_of(std::string_view body, const base::Crypto& crypto);
/// Whether one of the tags of an If-None-Match header is `etag`.
bool names_etag(std::string_view header, std::string_view etag);

/// The answer to a conditional GET: `body` as JSON, or 304. Adds ETag and Cache-Control.
Response conditional(const Context& context, const std::string& body, const std::string& etag);
/// Adds X-Cache, and Age from the car's own time.
void put_age(const Context& context, Response& response, CacheUse use,
             std::optional<base::Time> measured_at);

/// Answers a view of a car, waiting at most 10 s for one that was not read yet or was cleared.
/// Wakes nothing.
base::Task<Response> answer_view(Context& context, View view, std::string id_or_vin);
/// The same for the point that ABRP would get.
base::Task<Response> answer_abrp(Context& context, std::string id_or_vin);

/// Returns the car with this id or VIN if the user may see it. Its pointer is valid until the next
/// wait.
std::optional<FleetCar> find_car(const Context& context, std::string_view id_or_vin);
/// The same answer for a car that does not exist and for one of another user.
Problem no_such_car();
/// 404: the car is theirs, but has not said this yet.
Problem nothing_known(std::string detail);

/// What the routes about cars remember between requests; all of it goes with the cars that it is
/// about. Loop thread only; as long-lived as the Api.
class CarCaches final : public fleet::Listener {
 public:
  explicit CarCaches(Services& services);
  ~CarCaches() override;
  CarCaches(const CarCaches&) = delete;
  CarCaches& operator=(const CarCaches&) = delete;

  void commanded(const FleetCar& car, const vehicle::CommandResult& result) override;
  void cars_changed(const std::string& account_key) override;

  /// A keyed hash, for what must not be kept as it was sent.
  [[nodiscard]] base::Digest digest(std::string_view text) const;

  RenderCache cache;
  CommandLog commands;
  const base::Time started;
  const base::SteadyTime started_steady;

 private:
  Services& services_;
  std::string key_;
};

}  // namespace toyota2mqtt::rest
