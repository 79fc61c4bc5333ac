#include "simulator/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "toyota2mqtt/base/encoding.hpp"

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

}  // namespace

void Journal::violation(Time at, std::string kind, std::string text) {
  if (violations.size() >= kMostViolations) return;
  violations.push_back({at, std::move(kind), std::move(text)});
}

World::World(Options with, SimClock time, const base::Crypto& hashes)
    : options(std::move(with)), clock(std::move(time)), crypto(hashes) {
  for (auto& spec : make_fleet(options.vehicles, options.seed)) {
    cars.push_back(std::make_unique<Car>(std::move(spec)));
  }
  if (options.users.empty()) options.users = documented_users();
  for (const auto& option : options.users) {
    users.push_back({option.name, option.password, option.brand,
                     Chance(options.seed).with("user").with(option.name).uuid()});
  }
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

Car* World::car(std::string_view vin) {
  for (const auto& car : cars) {
    if (car->spec().vin == vin) return car.get();
  }
  return nullptr;
}

const User* World::user_by_guid(std::string_view guid) const {
  const auto found = std::ranges::find(users, guid, &User::guid);
  return found == users.end() ? nullptr : &*found;
}

bool World::owns(const User& user, const CarSpec& spec) {
  return user.brand == "*" || user.brand == spec.brand;
}

Chance World::next_chance() { return Chance(options.seed).with("event").with(++serial); }

std::string World::random_hex(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes * 2) text += fmt::format("{:016x}", next_chance().number());
  text.resize(bytes * 2);
  return text;
}

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace toyota2mqtt::simulator
