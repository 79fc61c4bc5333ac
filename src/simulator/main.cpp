#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>

#include "simulator/cloud.hpp"
#include "simulator/fleet.hpp"
#include "simulator/replies.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/platform/http_server.hpp"

using namespace toyota2mqtt;

namespace {

/// Problems go to standard error: standard output begins with the address.
class ErrorLog final : public base::Log {
 public:
  void write(base::LogLevel level, std::string_view component, std::string_view message) override {
    if (level == base::LogLevel::debug) return;
    std::cerr << component << ": " << message << '\n';
  }
};

struct CommandLine {
  std::uint16_t port = 0;
  std::string listen = "127.0.0.1";
  double speed = 1;
  std::string start;
  std::string scenario = "day";
  std::string replay;
  std::string replay_directory;
  std::string legacy = "real";
  std::vector<std::string> tls;
  std::vector<std::string> users;
  std::vector<std::string> abrp_tokens;
  std::vector<std::string> faults;  ///< of the scenario
  bool vehicles_given = false;
  simulator::Options options;
};

void describe(CLI::App& app, CommandLine& line) {
  app.add_option("--port", line.port, "port to listen on; 0 = any");
  app.add_option("--listen", line.listen, "numeric address to listen on");
  app.add_option("--vehicles", line.options.vehicles, "number of cars")
      ->check(CLI::Range(1, 10000));
  app.add_option("--seed", line.options.seed, "another seed, other lives");
  app.add_option("--speed", line.speed, "virtual seconds per second")->check(CLI::Range(0.0, 1e5));
  app.add_option("--start", line.start, "virtual time at the start, ISO 8601; default now");
  app.add_option("--scenario", line.scenario,
                 "day, cold-cache, never-applied, a shipped scenario, a file (.yaml), or a "
                 "recording to replay");
  app.add_option("--replay", line.replay, "a recording of a real car to answer from");
  app.add_option("--replay-directory", line.replay_directory, "a folder of recorded answers");
  app.add_option(
         "--legacy-routes", line.legacy,
         "whether retired routes still answer: as in reality for some cars, to all, to none")
      ->check(CLI::IsMember({"real", "on", "off"}));
  app.add_option("--tls", line.tls, "certificate and key file (PEM)")->expected(2);
  app.add_option("--user", line.users, "NAME:PASSWORD[:brand], repeatable; instead of the default");
  app.add_option("--token-life", line.options.token_seconds, "seconds that access tokens live");
  app.add_flag("--require-cookies", line.options.require_cookies,
               "refuse sign-in posts that do not return the balancer's cookies");
  app.add_option("--abrp-key", line.options.abrp_key, "API key of the ABRP side");
  app.add_option("--abrp-token", line.abrp_tokens, "TOKEN:VIN, repeatable");
}

std::string brand_code(const std::string& name) {
  if (name == "toyota" || name == "T") return "T";
  if (name == "lexus" || name == "L") return "L";
  if (name == "subaru" || name == "S") return "S";
  return "*";
}

// Splits at the first and the last colon: passwords may hold none, names never do.
bool read_users(CommandLine& line) {
  for (const auto& text : line.users) {
    const auto first = text.find(':');
    if (first == std::string::npos) return false;
    const auto second = text.find(':', first + 1);
    simulator::UserOption user{
        text.substr(0, first),
        text.substr(first + 1,
                    second == std::string::npos ? std::string::npos : second - first - 1),
        "*"};
    if (second != std::string::npos) user.brand = brand_code(text.substr(second + 1));
    line.options.users.push_back(std::move(user));
  }
  for (const auto& text : line.abrp_tokens) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) return false;
    line.options.abrp_tokens[text.substr(0, colon)] = text.substr(colon + 1);
  }
  return true;
}

base::SteadyTime steady_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now());
}

std::optional<std::string> read_whole(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// A scenario that names its cars, shipped or in a file, becomes the fleet. Prints what is wrong.
bool choose_cars(CommandLine& line) {
  std::optional<std::string> text;
  if (const auto shipped = simulator::shipped_scenario(line.scenario)) {
    text = std::string(*shipped);
  } else if (line.scenario.ends_with(".yaml") || line.scenario.ends_with(".yml")) {
    text = read_whole(line.scenario);
    if (!text) {
      std::cerr << "there is no readable file '" << line.scenario << "'\n";
      return false;
    }
  }
  if (!text) return true;
  auto scenario = simulator::parse_scenario(*text);
  if (!scenario) {
    std::cerr << line.scenario << ": " << scenario.error() << '\n';
    return false;
  }
  line.faults = std::move(scenario->faults);
  if (!line.vehicles_given) line.options.vehicles = scenario->cars.size();
  line.options.fleet = std::move(scenario->cars);
  line.scenario = "day";
  return true;
}

// What the cars do, or whose recorded answers are given. Prints what is wrong.
bool prepare(simulator::Cloud& cloud, const CommandLine& line) {
  std::optional<std::string> problem;
  auto recording = line.replay;
  for (const auto& fault : line.faults) cloud.play(fault);
  if (recording.empty() && !cloud.play(line.scenario)) recording = line.scenario;
  if (!recording.empty()) {
    const auto text = read_whole(recording);
    problem = text ? cloud.replay_recording(*text)
                   : "there is no scenario and no readable file '" + recording + "'";
  } else if (!line.replay_directory.empty()) {
    problem = cloud.replay_directory(line.replay_directory);
  }
  if (problem) std::cerr << *problem << '\n';
  return !problem;
}

int serve(CommandLine& line, base::Time start) {
  ErrorLog log;
  const platform::OpenSslCrypto crypto;
  boost::asio::io_context loop(1);
  platform::HttpServer server(loop.get_executor(), log);
  line.options.secure_cookies = !line.tls.empty();
  if (!line.tls.empty()) {
    if (const auto ready = server.use_tls(line.tls[0], line.tls[1]); !ready) {
      std::cerr << ready.error().message << '\n';
      return 2;
    }
  }
  simulator::Cloud cloud(line.options, simulator::SimClock(start, line.speed, steady_now), crypto);
  if (!prepare(cloud, line)) return 2;
  server.handle_with([&cloud](const base::HttpServerRequest& request) {
    return simulator::deliver(cloud.handle(request));
  });
  const auto port = server.listen(line.listen, line.port);
  if (!port) {
    std::cerr << port.error().message << '\n';
    return 1;
  }
  std::cout << "listening on " << (line.tls.empty() ? "http://" : "https://") << line.listen << ':'
            << *port << std::endl;
  boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) {
    server.stop();
    loop.stop();
  });
  loop.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  CLI::App app("A virtual Toyota and ABRP cloud with cars that drive, charge and park.",
               "toyota2mqtt-sim");
  describe(app, line);
  CLI11_PARSE(app, argc, argv);
  line.vehicles_given = app.count("--vehicles") > 0;
  if (!choose_cars(line)) return 2;
  if (!read_users(line)) {
    std::cerr << "--user wants NAME:PASSWORD[:brand], --abrp-token wants TOKEN:VIN\n";
    return 2;
  }
  if (line.legacy != "real") {
    line.options.retired =
        line.legacy == "on" ? simulator::RetiredRoutes::all : simulator::RetiredRoutes::none;
  }
  auto start = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  if (!line.start.empty()) {
    const auto parsed = base::parse_iso8601(line.start);
    if (!parsed || *parsed < simulator::first_day() + std::chrono::hours(24 * 30)) {
      std::cerr << "--start wants an ISO 8601 time with zone, not before 2024-07-03T00:00:00Z\n";
      return 2;
    }
    start = *parsed;
  }
  try {
    return serve(line, start);
  } catch (const std::exception& error) {
    std::cerr << "toyota2mqtt-sim: " << error.what() << '\n';
    return 1;
  }
}
