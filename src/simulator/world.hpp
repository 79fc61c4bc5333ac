#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "simulator/car.hpp"
#include "simulator/time_and_chance.hpp"
#include "toyota2mqtt/base/http_message.hpp"
#include "toyota2mqtt/base/ports.hpp"

namespace toyota2mqtt::simulator {

using Request = base::HttpServerRequest;

/// What the cloud does instead of answering.
enum class Mischief : std::uint8_t {
  none,
  stall,                ///< the answer never comes; the connection stays open
  stall_after_headers,  ///< headers and nothing more
  reset                 ///< the connection is reset (RST)
};

/// What is to be answered, and how; deliver() does it.
struct Reply {
  int status = 200;
  std::vector<base::HttpHeader> headers = {};
  std::string body = {};
  std::chrono::milliseconds delay{0};  ///< before the first byte of the answer
  Mischief mischief = Mischief::none;
};

struct UserOption {
  std::string name;
  std::string password;
  std::string brand = "*";  ///< T, L, S, or * for every car
};

/// Whether routes answer that the maker retired.
enum class RetiredRoutes : std::uint8_t {
  as_real,  ///< the electric status of the cars that CarSpec names; all others 403
  all,
  none
};

struct Options {
  std::size_t vehicles = 6;
  std::vector<CarSpec> fleet = {};  ///< of a scenario, instead of the six kinds
  std::uint64_t seed = 1;
  RetiredRoutes retired = RetiredRoutes::as_real;
  bool require_cookies = false;  ///< refuse sign-in posts without the balancer's cookies
  bool secure_cookies = false;   ///< the listener speaks TLS
  int token_seconds = 3599;
  std::vector<UserOption> users = {};  ///< empty: the documented ones
  std::string abrp_key = "sim-key";
  std::map<std::string, std::string> abrp_tokens = {};  ///< token -> VIN; empty: sim-token-1, ...
};

struct User {
  std::string name;
  std::string password;
  std::string brand;
  std::string guid;
  int account = -1;  ///< which hundred of the cars; -1 = all
};

/// Something that a client did and should not have done.
struct Violation {
  Time at;
  std::string kind;
  std::string text;
};

/// How a car takes commands while a fault lasts.
struct CommandMood {
  bool ignores = false;        ///< accepted, and not carried out; wakes are answered all the same
  bool interrupts = false;     ///< accepted, not carried out, and reported as interrupted
  bool silent = false;         ///< carried out, and no message tells so
  std::string return_code;     ///< answered instead of 000000: nothing is carried out
  std::string remote_display;  ///< shown in the vehicle list instead of 7
};

/// What the cloud received.
struct Journal {
  std::map<std::string, int> routes;                         ///< "GET /v3/telemetry" -> count
  std::map<std::string, std::map<std::string, int>> by_car;  ///< VIN -> route -> count
  std::map<std::string, int> refused;                        ///< reason -> count
  int sign_ins = 0;
  int password_posts = 0;
  int refreshes = 0;
  int refreshes_refused = 0;
  int posts_without_cookies = 0;
  int wakes = 0;
  std::map<std::string, int> wakes_by_car;  ///< VIN -> count
  int wakes_while_driving = 0;
  int wakes_unanswered = 0;  ///< the 12 V battery was too weak
  int commands = 0;
  int abrp_points = 0;
  std::map<std::string, nlohmann::json> abrp_last_points;  ///< VIN -> the newest accepted point
  std::map<std::string, int> abrp_by_car;
  std::vector<std::string> command_log;  ///< VIN and body of every command that was accepted
  std::vector<Violation> violations;

  void violation(Time at, std::string kind, std::string text);
};

/// Everything that the routes share.
struct World {
  World(Options with, SimClock time, const base::Crypto& hashes);

  Options options;
  SimClock clock;
  const base::Crypto& crypto;
  std::vector<std::unique_ptr<Car>> cars;
  std::vector<User> users;
  Journal journal;
  std::set<std::string> deaf;  ///< VINs that accept commands and wakes and do nothing; "*" = all
  std::map<std::string, CommandMood> moods;  ///< by VIN; "*" = all others
  std::uint64_t serial = 0;                  ///< counts things that need a fresh id
  std::unordered_map<std::string, Car*> by_vin;
  std::unordered_map<std::string, std::size_t> by_guid;  ///< index in users

  [[nodiscard]] Car* car(const std::string& vin);
  [[nodiscard]] const User* user_by_guid(std::string_view guid) const;
  [[nodiscard]] static bool owns(const User& user, const CarSpec& spec);
  /// How many accounts of a hundred cars there are.
  [[nodiscard]] int accounts() const;
  [[nodiscard]] CommandMood mood(const Car& car) const;
  /// A fresh chance for the next event (delays, ids).
  Chance next_chance();
  std::string random_hex(std::size_t bytes);
};

/// Whole-word, case-insensitive comparison of header values and schemes.
bool same_text(std::string_view a, std::string_view b);

}  // namespace toyota2mqtt::simulator
