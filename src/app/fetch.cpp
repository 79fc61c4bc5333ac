#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "app/commands.hpp"
#include "app/effective.hpp"
#include "app/terminal.hpp"
#include "json/json_io.hpp"
#include "toyota2mqtt/fleet/account_session.hpp"
#include "toyota2mqtt/fleet/car_session.hpp"
#include "toyota2mqtt/platform/files.hpp"
#include "toyota2mqtt/toyota/recording.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr unsigned kPrivateFile = 0600;

using json_io::OrderedJson;

std::string outcome_text(const toyota::RouteResult& result) {
  switch (result.kind) {
    case toyota::RouteResult::Kind::ok: return "ok";
    case toyota::RouteResult::Kind::not_supported: return "not_supported";
    case toyota::RouteResult::Kind::failed: break;
  }
  return "failed: " + (result.error ? result.error->message : std::string("no reason given"));
}

OrderedJson values_json(const std::vector<vehicle::EntityValue>& values) {
  auto document = OrderedJson::object();
  for (const auto& one : values) {
    auto value = one.position ? OrderedJson{{"latitude", one.position->latitude},
                                            {"longitude", one.position->longitude}}
                              : json_io::value_json(one.value);
    document[one.id] = json_io::reading_json(std::move(value), one.unit, one.measured_at);
  }
  return document;
}

/// One car as `fetch` read it.
struct FetchedCar {
  vehicle::Car car;
  std::map<vehicle::Source, toyota::RouteResult> routes;
};

/// The JSON document that `fetch` prints (docs/install.md, "Commands"): full VIN and coordinates
/// are in it, because its owner asked for them on standard output.
std::string fetch_document(const std::vector<FetchedCar>& cars, base::Time fetched_at,
                           const base::Zone& zone) {
  OrderedJson vehicles = OrderedJson::array();
  for (const auto& [car, routes] : cars) {
    OrderedJson outcomes = OrderedJson::object();
    for (const auto& [source, result] : routes) outcomes[to_string(source)] = outcome_text(result);
    vehicles.push_back({{"vin", car.identity.vin.reveal()},
                        {"brand", to_string(car.identity.brand)},
                        {"model", car.identity.model},
                        {"name", car.name},
                        {"drive", to_string(vehicle::drive_of(car.identity, car.evidence))},
                        {"values", values_json(vehicle::values_of(car, zone))},
                        {"routes", outcomes}});
  }
  const OrderedJson document = {{"fetched_at", base::format_iso8601(fetched_at)},
                                {"vehicles", vehicles}};
  return document.dump(2, ' ', false, OrderedJson::error_handler_t::replace);
}

struct Fetch {
  Runtime& runtime;
  StatusLine& status;
  config::Settings settings;
  std::vector<toyota::Credentials> configured;  ///< accounts without those of the page
  std::optional<base::Vin> vin;
  std::unique_ptr<toyota::Recorder> recorder;
  std::vector<FetchedCar> cars = {};
  std::optional<base::Error> trouble = {};  ///< the first account that failed
  bool interrupted = false;                 ///< by a signal: nothing whole can be printed

  [[nodiscard]] bool wants(const base::Vin& candidate) const { return !vin || *vin == candidate; }
};

/// `climate_status` as words.
std::string words_of(vehicle::Source source) {
  std::string words(to_string(source));
  std::ranges::replace(words, '_', ' ');
  return words;
}

base::Task<void> fetch_car(Fetch& fetch, toyota::Cloud& cloud, toyota::ListedVehicle listed) {
  auto services = fetch.runtime.services();
  FetchedCar fetched{.car = {.identity = std::move(listed.identity),
                             .name = {},
                             .state = std::move(listed.state),
                             .evidence = {},
                             .diagnostics = {}},
                     .routes = {}};
  auto& car = fetched.car;
  car.name = fleet::car_name(car.identity,
                             fleet::find_options(fetch.settings.fleet.vehicles, car.identity.vin));
  car.evidence = co_await fleet::load_evidence(services.store, car.identity.id);
  const auto sources = toyota::sources_for(car);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto source = sources[i];
    fetch.status.show(fmt::format("{} {}: reading {} ({} of {})", car.identity.model,
                                  car.identity.vin.masked(), words_of(source), i + 1,
                                  sources.size()));
    auto result = co_await cloud.read(car, source, services.zone);
    if (result.error && result.error->code == base::ErrorCode::cancelled) {
      fetch.interrupted = true;
      co_return;
    }
    fetched.routes[source] = std::move(result);
  }
  car.evidence = vehicle::observe(std::move(car.evidence), car.state);
  car.evidence = vehicle::record_reported(std::move(car.evidence), car, services.zone);
  fetch.cars.push_back(std::move(fetched));
}

base::Task<void> fetch_account(Fetch& fetch, toyota::Credentials credentials) {
  const auto services = fetch.runtime.services().for_toyota();
  toyota::Account account(services, fetch.settings.fleet.endpoints, std::move(credentials));
  toyota::Cloud cloud(services, account);
  if (fetch.recorder) {
    cloud.observe([recorder = fetch.recorder.get()](const base::HttpRequest& request,
                                                    const base::HttpResponse& response) {
      recorder->add(request, response);
    });
  }
  const auto name = toyota::masked_account(account.credentials().username);
  fetch.status.show(fmt::format("account {}: asking for the list of cars", name));
  auto listed = co_await cloud.list_vehicles();
  if (!listed && listed.error().code == base::ErrorCode::cancelled) {
    fetch.interrupted = true;
    co_return;
  }
  if (!listed) {
    const auto& error = listed.error();
    const bool from_page =
        std::ranges::find(fetch.configured, account.credentials()) == fetch.configured.end();
    const auto remedy = fleet::remedy_at(fleet::Place::command_line, from_page, name, error.remedy);
    fetch.runtime.log.error("fetch",
                            fmt::format("account {}: {}{}", name, fleet::plain_cause(error),
                                        remedy.empty() ? "" : ". " + remedy));
    if (!fetch.trouble || exit_for(error) == Exit::owner_must_act) fetch.trouble = error;
    co_return;
  }
  for (auto& vehicle : *listed) {
    if (fetch.interrupted) co_return;
    if (fetch.wants(vehicle.identity.vin)) co_await fetch_car(fetch, cloud, std::move(vehicle));
  }
}

base::Task<Exit> fetch_all(Fetch& fetch, std::optional<std::string> record_file) {
  auto& runtime = fetch.runtime;
  if (!co_await runtime.open_storage()) co_return Exit::failed;
  fetch.settings = co_await effective_settings(runtime, std::move(fetch.settings));
  if (fetch.settings.fleet.accounts.empty()) {
    runtime.log.error("fetch", kNoAccount);
    co_return Exit::usage;
  }
  for (const auto& account : fetch.settings.fleet.accounts) co_await fetch_account(fetch, account);
  fetch.status.show("");
  if (fetch.interrupted) co_return Exit::failed;
  std::cout << fetch_document(fetch.cars, runtime.clock.now(), runtime.zone) << std::endl;
  if (record_file) {
    const auto written =
        platform::write_atomically(*record_file, fetch.recorder->finish(), kPrivateFile);
    if (!written) {
      runtime.log.error("fetch", written.error().message);
      co_return Exit::failed;
    }
  }
  if (fetch.trouble) co_return exit_for(*fetch.trouble);
  if (fetch.vin && fetch.cars.empty()) {
    runtime.log.error("fetch", "no car of the accounts has that VIN");
    co_return Exit::failed;
  }
  co_return Exit::done;
}

}  // namespace

Exit fetch(const config::Settings& settings, const std::optional<std::string>& vin,
           const std::optional<std::string>& record_file) {
  StatusLine status;
  Runtime runtime(settings, status.stream());
  const auto wanted = vin ? base::Vin::parse(*vin) : std::nullopt;
  if (vin && !wanted) {
    runtime.log.error("fetch", "--vin: found no VIN, expected its 17 letters and digits");
    return Exit::usage;
  }
  Fetch work{.runtime = runtime,
             .status = status,
             .settings = settings,
             .configured = settings.fleet.accounts,
             .vin = wanted,
             .recorder = nullptr};
  if (record_file) {
    work.recorder = std::make_unique<toyota::Recorder>(runtime.random);
  }
  return runtime.run(fetch_all(work, record_file), keep_ticking(status, runtime.clock));
}

}  // namespace toyota2mqtt::app
