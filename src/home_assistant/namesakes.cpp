#include "toyota2mqtt/home_assistant/namesakes.hpp"

#include "json/json_io.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace toyota2mqtt::home_assistant {

namespace {

constexpr std::size_t kMostNamesakes = 1000;

/// "yaris", "yaris_2": a car that is called "Yaris 2" must not meet the second "Yaris".
std::string with_number(const std::string& stem, int number) {
  return number > 1 ? fmt::format("{}_{}", stem, number) : stem;
}

}  // namespace

bool Namesakes::is_taken(const std::string& full, const std::string& car) const {
  return std::ranges::any_of(cars_, [&](const auto& entry) {
    const auto& [id, called] = entry;
    return id != car && with_number(called.stem, called.number) == full;
  });
}

int Namesakes::number(const std::string& car, const std::string& stem) {
  const auto known = cars_.find(car);
  if (known != cars_.end() && known->second.stem == stem) return known->second.number;
  int number = 1;
  while (is_taken(with_number(stem, number), car)) ++number;
  cars_[car] = {.stem = stem, .number = number};
  changed_ = true;
  return number;
}

void Namesakes::forget(const std::string& car) { changed_ = cars_.erase(car) != 0 || changed_; }

std::vector<std::string> Namesakes::cars() const {
  std::vector<std::string> ids;
  ids.reserve(cars_.size());
  for (const auto& [id, called] : cars_) ids.push_back(id);
  return ids;
}

std::string Namesakes::serialize() const {
  auto root = json_io::Json::object();
  for (const auto& [id, called] : cars_) root[id] = {called.stem, called.number};
  return json_io::to_text(root);
}

void Namesakes::restore(std::string_view text) {
  const auto root = json_io::parse_object(text);
  changed_ = false;
  if (!root || root->size() > kMostNamesakes) return;
  for (const auto& [id, called] : root->items()) {
    if (!called.is_array() || called.size() != 2 || !called[0].is_string() ||
        !called[1].is_number_unsigned()) {
      continue;
    }
    cars_[id] = {.stem = called[0].get<std::string>(), .number = called[1].get<int>()};
  }
}

}  // namespace toyota2mqtt::home_assistant
