#include "toyota2mqtt/toyota/cloud.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "toyota/api_host.hpp"
#include "toyota/cloud_metrics.hpp"
#include "toyota/decode.hpp"
#include "toyota/json_read.hpp"
#include "toyota/route_memory.hpp"
#include "toyota/routes.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;
using base::HttpResponse;
using vehicle::Source;
using Use = RouteMemory::Use;

namespace {

constexpr const char* kCloudPart = "toyota";
constexpr std::array kPauses = {std::chrono::milliseconds(2000), std::chrono::milliseconds(4000),
                                std::chrono::milliseconds(8000)};
constexpr double kJitter = 0.25;
constexpr std::chrono::seconds kLongestWait{30};  // a longer pause is the schedule's business
constexpr std::size_t kMostUnknown = 200;
constexpr std::size_t kMostShown = 40;

RouteResult not_supported(base::Error error) {
  return {.kind = RouteResult::Kind::not_supported, .error = std::move(error)};
}
RouteResult failed_read(base::Error error) {
  const bool passing = may_repeat(error);
  return {.kind = RouteResult::Kind::failed, .error = std::move(error), .passing = passing};
}

// Some hybrids answer 500 to this route for ever (docs/toyota-protocol.md, "Errors").
bool lacks_climate_settings(Source source, const base::Error& error) {
  return source == Source::climate_settings && error.http_status == 500;
}

}  // namespace

struct Cloud::Impl {
  Impl(Services given, Account& whose) : services(given), account(whose), memory(services) {}

  Services services;
  Account& account;
  RouteMemory memory;
  ExchangeObserver observer;
  std::uint64_t requests = 0;
  bool with_tracks = false;
  std::optional<base::Error> no_token;
  std::map<std::string, std::uint64_t> unknown;
  std::map<base::CarId, std::size_t> settings_failed;  // climate settings: 500 in a row

  Task<Result<Tokens>> tokens_of_account();
  Task<Result<Tokens>> replace(Tokens rejected);
  Task<Result<HttpResponse>> exchange(base::HttpRequest request);
  Task<Result<HttpResponse>> ask(std::string path, std::string query, std::optional<base::Vin> vin,
                                 Tries tries = Tries::several);
  Task<Result<HttpResponse>> post_once(std::string path, base::Vin vin, std::string body = {});
  Task<Result<HttpResponse>> ask_route(const vehicle::Identity& car, const Route& route,
                                       std::string query, Use use, Tries tries);
  Task<RouteResult> give_up(vehicle::Car& car, Source source, base::Error error, Tries tries);
  bool lacks_settings(const vehicle::Car& car, Source source, const base::Error& error,
                      Tries tries);
  void report_unknown(Source source, std::string_view path, std::string_view text);
  DecodeContext context(Source source, const base::Zone& zone);
};

Task<Result<Tokens>> Cloud::Impl::tokens_of_account() {
  auto tokens = co_await account.tokens();
  no_token = tokens ? std::nullopt : std::optional(tokens.error());
  co_return tokens;
}

Task<Result<Tokens>> Cloud::Impl::replace(Tokens rejected) {
  auto tokens = co_await account.replace(std::move(rejected));
  // Refused although it is new: that is the route's answer, the sign-in works.
  const bool none = !tokens && tokens.error().code != ErrorCode::forbidden;
  no_token = none ? std::optional(tokens.error()) : std::nullopt;
  co_return tokens;
}

// One exchange; an answer other than 2xx becomes its error.
Task<Result<HttpResponse>> Cloud::Impl::exchange(base::HttpRequest request) {
  ++requests;
  // The observer wants to see the request that was answered, and sending consumes it.
  const auto sent = observer ? std::optional(request) : std::nullopt;
  const auto route = route_word(request.method, request.log_path);
  const auto began = services.clock.steady();
  auto response = co_await services.http.send(std::move(request));
  record_exchange(services.metrics, route, response, services.clock.steady() - began);
  if (!response) co_return base::fail(response.error());
  if (sent && observer) observer(*sent, *response);
  if (response->status < 200 || response->status > 299) co_return base::fail(classify(*response));
  co_return response;
}

// With pauses and repeats, and one new token when the cloud refuses the one we have.
Task<Result<HttpResponse>> Cloud::Impl::ask(std::string path, std::string query,
                                            std::optional<base::Vin> vin, Tries tries) {
  const std::size_t repeats = tries == Tries::several ? kPauses.size() : 0;
  if (tries == Tries::again) record_repeat(services.metrics, route_word("GET", path));
  bool replaced = false;
  for (std::size_t attempt = 0;; ++attempt) {
    auto tokens = co_await tokens_of_account();
    if (!tokens) co_return base::fail(tokens.error());
    auto answer =
        co_await exchange(api_request(services, account, *tokens, path + query, path, vin));
    if (!answer && answer.error().code == ErrorCode::token_expired && !replaced) {
      replaced = true;
      tokens = co_await replace(*tokens);
      if (!tokens) co_return base::fail(tokens.error());
      answer = co_await exchange(api_request(services, account, *tokens, path + query, path, vin));
    }
    if (answer || attempt == repeats || !may_repeat(answer.error())) co_return answer;
    const auto named = answer.error().retry_after.value_or(std::chrono::seconds(0));
    if (named > kLongestWait) co_return answer;
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(
        kPauses.at(attempt) * services.random.uniform(1.0 - kJitter, 1.0 + kJitter));
    auto slept =
        co_await base::sleep_for(services.clock, std::max(pause, std::chrono::milliseconds(named)));
    if (!slept) co_return base::fail(slept.error());
    record_repeat(services.metrics, route_word("GET", path));
  }
}

// A POST that must not be repeated: it is unknown whether the first one reached the car.
Task<Result<HttpResponse>> Cloud::Impl::post_once(std::string path, base::Vin vin,
                                                  std::string body) {
  const auto post = [&](const Tokens& tokens) {
    auto request = api_request(services, account, tokens, path, path, vin);
    request.method = "POST";
    request.body = body;
    if (!body.empty()) request.headers.push_back({"content-type", "application/json"});
    return request;
  };
  auto tokens = co_await tokens_of_account();
  if (!tokens) co_return base::fail(tokens.error());
  auto answer = co_await exchange(post(*tokens));
  // The gateway refused it: it did not reach the car.
  if (answer || answer.error().code != ErrorCode::token_expired) co_return answer;
  tokens = co_await replace(*tokens);
  if (!tokens) co_return base::fail(tokens.error());
  co_return co_await exchange(post(*tokens));
}

// Both generations of a route: the remembered one first, the other one once when it is refused.
Task<Result<HttpResponse>> Cloud::Impl::ask_route(const vehicle::Identity& car, const Route& route,
                                                  std::string query, Use use, Tries tries) {
  const bool old_first = use == Use::retired && !route.retired.empty();
  const std::string first(old_first ? route.retired : route.path);
  const std::string second(old_first ? route.path : route.retired);

  auto answer = co_await ask(first, query, car.vin, tries);
  if (answer) {
    co_await memory.remember(car.id, route.source, old_first ? Use::retired : Use::current);
    co_return answer;
  }
  if (second.empty() || !route_refused(answer.error())) co_return answer;

  auto other = co_await ask(second, query, car.vin, tries);
  if (other) {
    co_await memory.remember(car.id, route.source, old_first ? Use::current : Use::retired);
    services.log.info(kCloudPart, fmt::format("car {}: {} is read from {}", car.vin.masked(),
                                              vehicle::to_string(route.source), second));
    co_return other;
  }
  // Nothing is concluded while one of the two is only in trouble; else the current one decides.
  const auto& error = other.error();
  const bool decided = route_refused(error) || error.code == ErrorCode::not_supported;
  co_return old_first || !decided ? other : answer;
}

// Only the fourth time in a row: one such answer may be a passing one.
bool Cloud::Impl::lacks_settings(const vehicle::Car& car, Source source, const base::Error& error,
                                 Tries tries) {
  if (!lacks_climate_settings(source, error)) return false;
  auto& failed = settings_failed[car.identity.id];
  failed += tries == Tries::several ? kPauses.size() + 1 : 1;
  return failed > kPauses.size();
}

Task<RouteResult> Cloud::Impl::give_up(vehicle::Car& car, Source source, base::Error error,
                                       Tries tries) {
  if (error.code != ErrorCode::not_supported && !lacks_settings(car, source, error, tries)) {
    co_return failed_read(std::move(error));
  }
  error.code = ErrorCode::not_supported;
  co_await memory.remember(car.identity.id, source, Use::none);
  const bool route_went = route_refused(error) || error.http_status == 500;
  if (route_went && car.evidence.answered.contains(source)) {
    // The route went, not the car's equipment: its entities and last values stay.
    services.log.warning(
        kCloudPart,
        fmt::format("car {}: {} is not answered any more ({}); the last "
                    "values stay, and it is asked for again in a day",
                    car.identity.vin.masked(), vehicle::to_string(source), error.message));
  } else {
    car.evidence.refused.insert(source);
  }
  co_return not_supported(std::move(error));
}

void Cloud::Impl::report_unknown(Source source, std::string_view path, std::string_view text) {
  record_unknown_value(services.metrics);
  auto name = fmt::format("{} {}", vehicle::to_string(source), path);
  const auto known = unknown.find(name);
  if (known != unknown.end()) {
    ++known->second;
    return;
  }
  if (unknown.size() >= kMostUnknown) return;
  services.log.info(kCloudPart, fmt::format("unknown value in {}: \"{}\" is treated as unknown",
                                            name, presentable(text, kMostShown)));
  unknown.emplace(std::move(name), 1);
}

DecodeContext Cloud::Impl::context(Source source, const base::Zone& zone) {
  return {.zone = zone,
          .now = services.clock.now(),
          // However often an answer's decoder looks at a place, it counts once.
          .unknown = [this, source, reported = std::set<std::string, std::less<>>()](
                         std::string_view path, std::string_view text) mutable {
            if (reported.emplace(path).second) report_unknown(source, path, text);
          }};
}

Cloud::Cloud(Services services, Account& account)
    : impl_(std::make_unique<Impl>(services, account)) {}
Cloud::~Cloud() = default;

Task<Result<std::vector<ListedVehicle>>> Cloud::list_vehicles() {
  auto& impl = *impl_;
  const std::string path(route_of(Source::vehicle_list).path);
  auto answer = co_await impl.ask(path, "", std::nullopt);
  if (!answer) co_return base::fail(answer.error());
  const auto zone = base::Zone::utc();
  co_return decode_vehicle_list(answer->body, impl.account.credentials().brand,
                                impl.services.crypto, impl.context(Source::vehicle_list, zone));
}

Task<RouteResult> Cloud::read(vehicle::Car& car, Source source, const base::Zone& zone,
                              Tries tries) {
  auto& impl = *impl_;
  // The list is the account's, not one car's: list_vehicles() reads it.
  if (source == Source::vehicle_list) co_return RouteResult{};
  const auto use = co_await impl.memory.use(car.identity.id, source);
  if (use == Use::none) {
    if (!car.evidence.answered.contains(source)) car.evidence.refused.insert(source);
    co_return not_supported({.code = ErrorCode::not_supported,
                             .message = "The car lacks this; the cloud is asked again once a day"});
  }
  auto query = query_of(source, impl.services.clock.now(), zone, impl.with_tracks);
  auto answer =
      co_await impl.ask_route(car.identity, route_of(source), std::move(query), use, tries);
  if (!answer) co_return co_await impl.give_up(car, source, answer.error(), tries);
  if (source == Source::climate_settings) impl.settings_failed.erase(car.identity.id);
  auto decoded = decode(source, answer->body, car.state, impl.context(source, zone));
  if (!decoded) co_return failed_read(decoded.error());
  car.evidence.answered.insert(source);
  car.evidence.refused.erase(source);
  co_return RouteResult{.body = std::move(answer->body)};
}

Task<WakeAnswer> Cloud::wake(const vehicle::Car& car, WakeRoute route) {
  // The car may leave the account meanwhile: nothing of it is used after the first wait.
  const auto vin = car.identity.vin;
  auto answer = co_await impl_->post_once(std::string(wake_path(route)), vin);
  co_return classify_wake(answer);
}

Task<CommandAnswer> Cloud::command(const vehicle::Car& car, vehicle::Command command) {
  const auto vin = car.identity.vin;
  // Without a token nothing is sent, so nothing is unknown.
  auto tokens = co_await impl_->tokens_of_account();
  if (!tokens)
    co_return CommandAnswer{.kind = CommandAnswer::Kind::failed, .error = tokens.error()};
  const auto route = vehicle::spec_of(command.action).route;
  auto answer =
      co_await impl_->post_once(std::string(command_path(route)), vin, command_body(command));
  co_return classify_command(answer);
}

Task<Result<TripPage>> Cloud::trips(const vehicle::Car& car, TripQuery query) {
  auto& impl = *impl_;
  const auto id = car.identity.id;
  if (co_await impl.memory.use(id, Source::trips) == Use::none) {
    co_return base::fail(ErrorCode::not_supported, "The car has no trips");
  }
  const std::string path(route_of(Source::trips).path);
  auto answer = co_await impl.ask(path, past_trips_query(query), car.identity.vin);
  if (!answer) co_return base::fail(answer.error());
  const auto zone = base::Zone::utc();
  co_return decode_trip_page(answer->body, query.offset, impl.context(Source::trips, zone));
}

void Cloud::ask_for_tracks(bool wanted) { impl_->with_tracks = wanted; }
void Cloud::observe(ExchangeObserver observer) { impl_->observer = std::move(observer); }
std::uint64_t Cloud::requests() const { return impl_->requests; }
const std::optional<base::Error>& Cloud::no_token() const { return impl_->no_token; }
const std::map<std::string, std::uint64_t>& Cloud::unknown_values() const { return impl_->unknown; }

}  // namespace toyota2mqtt::toyota
