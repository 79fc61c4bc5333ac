#include "rest/routes/car_views.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "rest/http/problem.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::rest {

namespace {

constexpr auto kLongestWait = std::chrono::seconds(10);

/// A number that differs when anything does that a document shows besides the car itself.
class Mixer {
 public:
  void add(std::uint64_t value) {
    constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15U;
    constexpr unsigned kShift = 29;
    state_ = (state_ ^ value) * kFactor;
    state_ ^= state_ >> kShift;
  }
  void add(const std::optional<base::Time>& time) {
    add(time ? static_cast<std::uint64_t>(time->time_since_epoch().count()) + 1 : 0);
  }
  [[nodiscard]] std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_ = 1;
};

std::uint64_t state_of(const FleetCar& car, const std::vector<SourceView>& sources) {
  Mixer mixer;
  mixer.add(car.version);
  mixer.add(std::uint64_t{car.fresh} * 2 + std::uint64_t{car.available});
  for (const auto& source : sources) {
    mixer.add(static_cast<std::uint64_t>(source.source));
    mixer.add(source.reads * 2 + std::uint64_t{source.cleared});
    mixer.add(source.asked_at);
    mixer.add(source.reported_at);
    mixer.add(source.failures);
    mixer.add(std::hash<std::string_view>{}(source.breaker));
    mixer.add(source.asked_again_at);
  }
  return mixer.state();
}

/// Whether the request waits: nothing was read yet, or a user cleared what the view shows. While
/// the cloud does not answer there is nothing to wait for.
bool to_be_read(const FleetCar& car, std::span<const vehicle::Source> shown,
                const std::vector<SourceView>& sources) {
  if (car.fresh) return false;
  bool read = false;
  for (const auto& source : sources) {
    const bool failing = source.failures > 0;
    read = read || source.asked_at || failing;
    const bool wanted = std::ranges::find(shown, source.source) != shown.end();
    if (source.cleared && wanted && !failing) return true;
  }
  return !read;
}

std::string_view to_string(CacheUse use) {
  switch (use) {
    case CacheUse::hit: return "HIT";
    case CacheUse::miss: return "MISS";
    case CacheUse::stale: return "STALE";
  }
  return "STALE";
}

/// A car that can be shown, and what its X-Cache says.
struct Shown {
  FleetCar car;
  std::vector<SourceView> sources;
  CacheUse use = CacheUse::hit;
};

/// nullopt: there is no such car for them (any more).
base::Task<std::optional<Shown>> shown_car(Context& context, std::span<const vehicle::Source> parts,
                                           std::string id_or_vin) {
  auto& services = context.deps.services;
  auto found = find_car(context, id_or_vin);
  if (!found) co_return std::nullopt;
  auto sources = services.fleet.sources(found->car->identity.id);
  auto use = CacheUse::hit;
  if (to_be_read(*found, parts, sources)) {
    const auto id = found->car->identity.id;
    const auto deadline = services.clock.steady() + kLongestWait;
    const bool read = co_await services.fleet.wait_for_read(id, deadline);
    found = find_car(context, id.text);
    if (!found) co_return std::nullopt;
    sources = services.fleet.sources(id);
    if (read) use = CacheUse::miss;
  }
  if (!found->fresh) use = CacheUse::stale;
  co_return Shown{.car = std::move(*found), .sources = std::move(sources), .use = use};
}

/// nullptr: nothing that the view is about is known.
const Rendered* rendered_view(Context& context, const Shown& shown, View view) {
  const auto& services = context.deps.services;
  auto& cache = context.deps.car_caches.cache;
  const auto state = state_of(shown.car, shown.sources);
  if (const auto* kept = cache.find(shown.car, view, state)) return kept;
  auto body = render(view, shown.car, shown.sources, services.zone);
  if (!body) return nullptr;
  auto etag = etag_of(*body, services.crypto);
  return &cache.store(shown.car, view,
                      {.state = state,
                       .body = std::move(*body),
                       .etag = std::move(etag),
                       .measured_at = reported_at(view, *shown.car.car),
                       .rendered_at = services.clock.now()});
}

void note(Context& context, const FleetCar& car, View view, CacheUse use) {
  context.deps.http_metrics.record_cache_use(use);
  context.deps.car_caches.cache.record_use(car, view, use);
}

}  // namespace

RenderCache::Slot& RenderCache::slot(const FleetCar& car, View view) {
  const Less::Text key(car.account_key, car.car->identity.id.text);
  auto found = cars_.find(key);
  if (found == cars_.end()) found = cars_.emplace(Key(key.first, key.second), Slots{}).first;
  return found->second.at(static_cast<std::size_t>(view));
}

const Rendered* RenderCache::find(const FleetCar& car, View view, std::uint64_t state) {
  const auto& kept = slot(car, view).rendered;
  return kept && kept->state == state ? &*kept : nullptr;
}

const Rendered& RenderCache::store(const FleetCar& car, View view, Rendered rendered) {
  return slot(car, view).rendered.emplace(std::move(rendered));
}

void RenderCache::record_use(const FleetCar& car, View view, CacheUse use) {
  ++slot(car, view).uses.at(static_cast<std::size_t>(use));
}

void RenderCache::retain_only(const std::string& account_key, const std::vector<FleetCar>& left) {
  std::erase_if(cars_, [&](const auto& entry) {
    const auto& [account, car] = entry.first;
    return account == account_key && std::ranges::none_of(left, [&](const FleetCar& one) {
             return one.car->identity.id.text == car;
           });
  });
}

std::vector<CacheFigures> RenderCache::figures() const {
  std::vector<CacheFigures> all;
  for (const auto& [key, slots] : cars_) {
    for (std::size_t i = 0; i < kViews; ++i) {
      const auto& [rendered, uses] = slots.at(i);
      CacheFigures figures{.account_key = key.first,
                           .car = {.text = key.second},
                           .view = static_cast<View>(i),
                           .hits = uses[0],
                           .misses = uses[1],
                           .stale = uses[2]};
      if (rendered) {
        figures.rendered_at = rendered->rendered_at;
        figures.measured_at = rendered->measured_at;
      }
      all.push_back(std::move(figures));
    }
  }
  return all;
}

std::string etag_of(std::string_view body, const base::Crypto& crypto) {
  constexpr std::size_t kBytes = 16;
  const auto digest = crypto.sha256(body);
  return '"' + base::hex(std::span(digest).first(kBytes)) + '"';
}

bool names_etag(std::string_view header, std::string_view etag) {
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    auto tag = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (tag.starts_with(' ')) tag.remove_prefix(1);
    while (tag.ends_with(' ')) tag.remove_suffix(1);
    // RFC 9110 13.1.2: compared weakly.
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == "*" || tag == etag) return true;
  }
  return false;
}

Response conditional(const Context& context, const std::string& body, const std::string& etag) {
  constexpr std::size_t kMostHeaders = 16;  // the pipeline adds its own
  Response response;
  response.headers.reserve(kMostHeaders);
  response.headers.push_back({.name = "ETag", .value = etag});
  response.headers.push_back({.name = "Cache-Control", .value = "private, no-cache"});
  const auto known = context.request.header("If-None-Match");
  if (known && names_etag(*known, etag)) {
    response.status = 304;
    return response;
  }
  response.headers.push_back({.name = "Content-Type", .value = "application/json"});
  response.body = body;
  return response;
}

void put_age(const Context& context, Response& response, CacheUse use,
             std::optional<base::Time> measured_at) {
  response.headers.push_back({.name = "X-Cache", .value = std::string(to_string(use))});
  if (!measured_at) return;
  const auto age =
      std::chrono::floor<std::chrono::seconds>(context.deps.services.clock.now() - *measured_at);
  // The car's clock may be a little ahead.
  const auto seconds = std::max(age.count(), std::chrono::seconds::rep{0});
  response.headers.push_back({.name = "Age", .value = std::to_string(seconds)});
}

base::Task<Response> answer_view(Context& context, View view, std::string id_or_vin) {
  const auto shown = co_await shown_car(context, sources_of(view), std::move(id_or_vin));
  if (!shown) co_return problem_response(no_such_car());
  const auto* rendered = rendered_view(context, *shown, view);
  if (rendered == nullptr) {
    co_return problem_response(nothing_known("The car has not said where it is."));
  }
  auto response = conditional(context, rendered->body, rendered->etag);
  put_age(context, response, shown->use, rendered->measured_at);
  note(context, shown->car, view, shown->use);
  co_return response;
}

base::Task<Response> answer_abrp(Context& context, std::string id_or_vin) {
  const auto shown = co_await shown_car(context, sources_of(View::telemetry), std::move(id_or_vin));
  if (!shown) co_return problem_response(no_such_car());
  const auto& services = context.deps.services;
  const auto point = services.fleet.abrp_point(shown->car.car->identity.id);
  if (!point) {
    co_return problem_response(nothing_known("Nothing is known of the car that ABRP would take."));
  }
  const auto body = abrp::to_tlm(*point);
  auto response = conditional(context, body, etag_of(body, services.crypto));
  put_age(context, response, shown->use, point->utc);
  context.deps.http_metrics.record_cache_use(shown->use);
  co_return response;
}

std::optional<FleetCar> find_car(const Context& context, std::string_view id_or_vin) {
  constexpr std::size_t kLongest = 32;  // base::Vin
  if (id_or_vin.empty() || id_or_vin.size() > kLongest) return std::nullopt;
  return context.deps.services.fleet.find(context.who.scope, id_or_vin);
}

Problem no_such_car() { return not_found("You have no car with this id or VIN."); }

Problem nothing_known(std::string detail) {
  return {.status = 404,
          .type = "nothing-known",
          .title = "Nothing is known of this yet",
          .detail = std::move(detail)};
}

namespace {

std::string random_key(base::Random& random) {
  constexpr std::size_t kBytes = 32;
  std::array<std::uint8_t, kBytes> bytes{};
  random.fill(bytes);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

CarCaches::CarCaches(Services& services)
    : commands(services.clock),
      started(services.clock.now()),
      started_steady(services.clock.steady()),
      services_(services),
      key_(random_key(services.random)) {
  services_.listeners.add(*this, fleet::Listeners::Hears::interface);
}

CarCaches::~CarCaches() { services_.listeners.remove(*this); }

void CarCaches::commanded(const FleetCar& car, const vehicle::CommandResult& result) {
  for (const auto& step : steps_of(result, services_.clock.now())) commands.on_step(car, step);
}

void CarCaches::cars_changed(const std::string& account_key) {
  const auto left = services_.fleet.cars({.account_key = account_key});
  cache.retain_only(account_key, left);
  commands.retain_only(account_key, left);
}

base::Digest CarCaches::digest(std::string_view text) const {
  return services_.crypto.hmac_sha256(key_, text);
}

}  // namespace toyota2mqtt::rest
