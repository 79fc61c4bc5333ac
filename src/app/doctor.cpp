#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/commands.hpp"
#include "app/effective.hpp"
#include "app/terminal.hpp"
#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/base/redaction.hpp"
#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/fleet/abrp_choice.hpp"
#include "toyota2mqtt/fleet/account_session.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

namespace toyota2mqtt::app {

namespace {

/// Prints one line per check and remembers the first failure's exit status. Until a check has
/// ended, the terminal's status line says what is being tried.
class Report {
 public:
  explicit Report(StatusLine& status) : status_(status), colours_(takes_colours(STDOUT_FILENO)) {}

  void trying(std::string_view what) { status_.show(what); }
  void ok(std::string_view what, std::string_view detail) { print(kGreen, "ok", what, detail); }
  /// `from_page`: see fleet::remedy_at().
  void failed(std::string_view what, const base::Error& error, Exit exit, bool from_page = false) {
    auto text = std::string(base::without_address(error.message));
    if (!error.remedy.empty()) {
      text += " -> " + fleet::remedy_at(fleet::Place::command_line, from_page, "", error.remedy);
    }
    print(kRed, "failed", what, text);
    if (exit_ == Exit::done) exit_ = exit;
  }
  void skipped(std::string_view what, std::string_view why) {
    print(kYellow, "skipped", what, why);
  }
  [[nodiscard]] Exit exit() const { return exit_; }

 private:
  static constexpr int kRed = 31;
  static constexpr int kGreen = 32;
  static constexpr int kYellow = 33;

  void print(int colour, std::string_view word, std::string_view what, std::string_view detail) {
    status_.show("");
    const auto shown = fmt::format("{:<7}", word);
    std::cout << (colours_ ? fmt::format("\x1b[{}m{}\x1b[0m", colour, shown) : shown) << ' '
              << base::escape_controls(fmt::format("{}: {}", what, detail)) << std::endl;
  }

  StatusLine& status_;
  bool colours_;
  Exit exit_ = Exit::done;
};

struct Doctor {
  Runtime& runtime;
  config::Settings settings;
  std::vector<toyota::Credentials> configured;  ///< accounts without those of the page
  Report report;

  [[nodiscard]] bool is_of_page(const toyota::Credentials& account) const {
    return std::ranges::find(configured, account) == configured.end();
  }
};

base::Error in_plain_words(base::Error error) {
  error.message = fleet::plain_cause(error);
  return error;
}

std::string host_of(const std::string& url) {
  const auto begin = url.find("://");
  const auto start = begin == std::string::npos ? 0 : begin + 3;
  return url.substr(start, url.find('/', start) - start);
}

base::Task<void> check_host(Doctor& doctor, base::HttpClient& http, std::string url) {
  const auto host = host_of(url);
  doctor.report.trying("asking " + host);
  const auto answer = co_await http.send(
      {.method = "GET", .url = url + "/", .log_path = "/", .timeout = std::chrono::seconds(15)});
  if (answer || answer.error().code == base::ErrorCode::unexpected_response) {
    doctor.report.ok(host, "name resolved, connection and certificate are good");
  } else {
    doctor.report.failed(host, answer.error(), Exit::failed);
  }
}

base::Task<void> check_account(Doctor& doctor, toyota::Credentials credentials,
                               std::vector<toyota::ListedVehicle>& cars) {
  const auto services = doctor.runtime.services().for_toyota();
  toyota::Account account(services, doctor.settings.fleet.endpoints, std::move(credentials));
  const auto name = "account " + toyota::masked_account(account.credentials().username);
  doctor.report.trying(name + ": signing in");
  const bool from_page = doctor.is_of_page(account.credentials());
  const auto tokens = co_await account.tokens();
  if (!tokens) {
    doctor.report.failed(name, in_plain_words(tokens.error()), exit_for(tokens.error()), from_page);
    co_return;
  }
  doctor.report.ok(name, account.sign_ins() > 0 ? "signed in" : "signed in with the stored tokens");
  toyota::Cloud cloud(services, account);
  doctor.report.trying(name + ": asking for the list of cars");
  auto listed = co_await cloud.list_vehicles();
  if (!listed) {
    doctor.report.failed("vehicle list", in_plain_words(listed.error()), exit_for(listed.error()),
                         from_page);
    co_return;
  }
  for (auto& car : *listed) {
    const auto* options = fleet::find_options(doctor.settings.fleet.vehicles, car.identity.vin);
    doctor.report.ok(
        "vehicle list",
        fmt::format("{} {} {}{}", display_name(car.identity.brand), car.identity.model,
                    car.identity.vin.masked(),
                    options != nullptr && options->ignore ? " (ignored, as the owner wants)" : ""));
    cars.push_back(std::move(car));
  }
}

base::Task<void> check_broker(Doctor& doctor) {
  doctor.report.trying("asking where the broker is");
  auto connection = co_await doctor.runtime.broker().connection();
  if (!connection) {
    doctor.report.failed("broker", connection.error(), Exit::no_broker);
    co_return;
  }
  // A name of its own: the running bridge must not be pushed off the broker.
  connection->client_id += "-doctor";
  const auto name =
      fmt::format("broker {}:{}{}", connection->host, connection->port,
                  doctor.runtime.broker().from_supervisor() ? " (named by Home Assistant)" : "");
  doctor.report.trying("connecting to " + name);
  const auto connected = co_await doctor.runtime.mqtt.connect(*connection);
  if (!connected) {
    const bool refused = connected.error().code == base::ErrorCode::credentials_rejected;
    doctor.report.failed(name, connected.error(), refused ? Exit::owner_must_act : Exit::no_broker);
    co_return;
  }
  doctor.report.ok(name, "connected with MQTT 5");
  doctor.report.trying("leaving " + name);
  co_await doctor.runtime.mqtt.disconnect();
  doctor.report.trying("");
}

bool is_ignored(const Doctor& doctor, const toyota::ListedVehicle& car) {
  const auto* options = fleet::find_options(doctor.settings.fleet.vehicles, car.identity.vin);
  return options != nullptr && options->ignore;
}

fleet::AbrpCandidates abrp_candidates(const Doctor& doctor,
                                      const std::vector<toyota::ListedVehicle>& cars) {
  fleet::AbrpCandidates candidates{.accounts = doctor.settings.fleet.accounts.size()};
  for (const auto& car : cars) {
    const bool counts = !is_ignored(doctor, car) && fleet::may_use_abrp(car.identity);
    candidates.cars += counts ? 1U : 0U;
  }
  return candidates;
}

base::Task<void> ask_abrp(Doctor& doctor, const std::string& name, abrp::Options options,
                          base::CarId car) {
  abrp::Link link(doctor.runtime.services().for_abrp(), std::move(options), std::move(car));
  doctor.report.trying("asking " + name);
  const auto vehicle = co_await link.check();
  if (vehicle) {
    doctor.report.ok(name, vehicle->empty() ? "key and token accepted"
                                            : fmt::format("token of ABRP vehicle '{}'", *vehicle));
  } else if (vehicle.error().code == base::ErrorCode::forbidden) {
    // The key may post but not read: the first point will tell about the token.
    doctor.report.skipped(name, vehicle.error().message);
  } else {
    doctor.report.failed(name, vehicle.error(), exit_for(vehicle.error()));
  }
}

// As the bridge decides it: what it does not send is never called ok.
base::Task<void> check_abrp(Doctor& doctor, std::vector<toyota::ListedVehicle>& cars) {
  const auto& settings = doctor.settings;
  if (settings.fleet.policy.abrp.api_key.empty()) {
    doctor.report.skipped("ABRP", "abrp.api_key is not set");
    co_return;
  }
  co_await check_host(doctor, doctor.runtime.abrp_http, settings.fleet.policy.abrp.url);
  const auto candidates = abrp_candidates(doctor, cars);
  for (const auto& car : cars) {
    const auto name = "ABRP for " + car.identity.vin.masked();
    const auto choice = fleet::choose_abrp(settings.fleet.policy.abrp, settings.fleet.vehicles,
                                           car.identity, candidates);
    if (choice.sent()) {
      auto options = settings.fleet.policy.abrp;
      options.token = choice.token;
      co_await ask_abrp(doctor, name, std::move(options), car.identity.id);
      continue;
    }
    const auto other = choice.other ? choice.other->masked() : std::string();
    const auto why = fleet::abrp_obstacle(choice, other);
    if (choice.held_up()) {
      doctor.report.failed(name, *why, Exit::owner_must_act);
    } else if (!is_ignored(doctor, car)) {
      doctor.report.skipped(name, why ? why->message : "no token is set for this car");
    }
  }
}

base::Task<Exit> examine(Doctor& doctor) {
  if (auto opened = co_await doctor.runtime.open_storage(); !opened) {
    doctor.report.failed("storage", opened.error(), Exit::failed);
    co_return Exit::failed;
  }
  doctor.settings = co_await effective_settings(doctor.runtime, std::move(doctor.settings));
  const auto& settings = doctor.settings;
  co_await check_host(doctor, doctor.runtime.http, settings.fleet.endpoints.login_url);
  co_await check_host(doctor, doctor.runtime.http, settings.fleet.endpoints.api_url);
  std::vector<toyota::ListedVehicle> cars;
  for (const auto& account : settings.fleet.accounts) co_await check_account(doctor, account, cars);
  if (settings.fleet.accounts.empty()) doctor.report.skipped("account", kNoAccount);
  co_await check_broker(doctor);
  co_await check_abrp(doctor, cars);
  co_return doctor.report.exit();
}

}  // namespace

Exit doctor(const config::Settings& settings) {
  StatusLine status;
  Runtime runtime(settings, status.stream());
  Doctor work{.runtime = runtime,
              .settings = settings,
              .configured = settings.fleet.accounts,
              .report = Report(status)};
  work.report.ok("configuration", settings.file.empty() ? "no file, defaults" : settings.file);
  return runtime.run(examine(work), keep_ticking(status, runtime.clock));
}

namespace {

base::Task<Exit> allow_retry(Runtime& runtime, config::Settings configured,
                             std::optional<std::string> wanted) {
  if (!co_await runtime.open_storage()) co_return Exit::failed;
  const auto settings = co_await effective_settings(runtime, std::move(configured));
  auto exit = wanted ? Exit::usage : Exit::done;
  for (const auto& credentials : settings.fleet.accounts) {
    toyota::Account account(runtime.services().for_toyota(), settings.fleet.endpoints, credentials);
    const bool named = wanted && (base::equal_ignoring_case(*wanted, credentials.username) ||
                                  *wanted == account.key());
    if (wanted && !named) continue;
    const auto allowed = co_await account.allow_retry();
    const auto name = toyota::masked_account(credentials.username);
    if (!allowed) {
      runtime.log.error("app", fmt::format("account {}: {}", name, allowed.error().message));
      co_return Exit::failed;
    }
    std::cout << fmt::format("account {}: one more sign-in is allowed", name) << std::endl;
    exit = Exit::done;
  }
  if (exit == Exit::usage) runtime.log.error("app", "no account has that name");
  co_return exit;
}

}  // namespace

Exit retry_login(const config::Settings& settings, const std::optional<std::string>& account) {
  Runtime runtime(settings);
  return runtime.run(allow_retry(runtime, settings, account));
}

}  // namespace toyota2mqtt::app
