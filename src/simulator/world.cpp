#include "simulator/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::simulator {

namespace {

constexpr std::size_t kMostViolations = 1000;

std::vector<UserOption> documented_users() {
  const std::string password = "secret-password";
  return {{"driver@example.com", password, "*"}, {"toyota@example.com", password, "T"},
          {"lexus@example.com", password, "L"},  {"subaru@example.com", password, "S"},
          {"otp@example.com", password, "*"},    {"mfa@example.com", password, "*"},
          {"locked@example.com", password, "*"}, {"terms@example.com", password, "*"},
          {"social@example.com", password, "*"}, {"timeout@example.com", password, "*"}};
}

// The documented ones own the first hundred cars; each further hundred has a driver of its own.
void add_users(World& world) {
  auto& options = world.options;
  const bool documented = options.users.empty();
  if (documented) {
    options.users = documented_users();
    for (int i = 1; i < world.accounts(); ++i) {
      options.users.push_back({fmt::format("driver{}@example.com", i + 1), "secret-password", "*"});
    }
  }
  const auto fixed = static_cast<int>(documented_users().size());
  for (const auto& option : options.users) {
    const int number = static_cast<int>(world.users.size());
    const int account = !documented ? -1 : number < fixed ? 0 : number - fixed + 1;
    world.users.push_back({option.name, option.password, option.brand,
                           Chance(options.seed).with("user").with(option.name).uuid(), account});
    world.by_guid[world.users.back().guid] = world.users.size() - 1;
  }
}

}  // namespace

int World::accounts() const { return cars.empty() ? 0 : cars.back()->spec().account + 1; }

void Journal::violation(Time at, std::string kind, std::string text) {
  if (violations.size() >= kMostViolations) return;
  violations.push_back({at, std::move(kind), std::move(text)});
}

World::World(Options with, SimClock time, const base::Crypto& hashes)
    : options(std::move(with)), clock(std::move(time)), crypto(hashes) {
  const auto start = clock.start();
  auto fleet = options.fleet.empty()
                   ? make_fleet(options.vehicles, options.seed, start)
                   : multiply(options.fleet, options.vehicles, options.seed, start);
  for (auto& spec : fleet) {
    cars.push_back(std::make_unique<Car>(std::move(spec)));
    by_vin[cars.back()->spec().vin] = cars.back().get();
  }
  add_users(*this);
  if (options.abrp_tokens.empty()) {
    for (std::size_t i = 0; i < cars.size(); ++i) {
      options.abrp_tokens[fmt::format("sim-token-{}", i + 1)] = cars[i]->spec().vin;
    }
  }
}

CommandMood World::mood(const Car& car) const {
  const auto own = moods.find(car.spec().vin);
  if (own != moods.end()) return own->second;
  const auto all = moods.find("*");
  return all == moods.end() ? CommandMood{} : all->second;
}

Car* World::car(const std::string& vin) {
  const auto found = by_vin.find(vin);
  return found == by_vin.end() ? nullptr : found->second;
}

const User* World::user_by_guid(std::string_view guid) const {
  const auto found = by_guid.find(std::string(guid));
  return found == by_guid.end() ? nullptr : &users[found->second];
}

bool World::owns(const User& user, const CarSpec& spec) {
  if (user.account >= 0 && user.account != spec.account) return false;
  return user.brand == "*" || user.brand == spec.brand;
}

Chance World::next_chance() { return Chance(options.seed).with("event").with(++serial); }

std::string World::random_hex(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes * 2) text += fmt::format("{:016x}", next_chance().number());
  text.resize(bytes * 2);
  return text;
}

bool same_text(std::string_view a, std::string_view b) { return base::equal_ignoring_case(a, b); }

}  // namespace toyota2mqtt::simulator
