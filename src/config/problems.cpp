#include "config/problems.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::config {

std::string to_string(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += fmt::format(":{}:{}", problem.line, problem.column);
  if (!problem.path.empty()) text += (text.empty() ? "" : ": ") + problem.path;
  text += fmt::format(": found {}, expected {}", problem.found, problem.expected);
  if (!problem.nearest.empty()) text += fmt::format(" (did you mean {}?)", problem.nearest);
  return text;
}

void Problems::push(Problem problem) {
  if (list_.size() == kLimit) {
    ++dropped_;
    return;
  }
  const auto order = [](const Problem& one) {
    return std::tuple(one.line == 0, one.line, one.column);
  };
  const auto where = std::ranges::upper_bound(list_, order(problem), {}, order);
  list_.insert(where, std::move(problem));
}

void Problems::add(Place place, std::string path, std::string found, std::string expected,
                   std::string nearest) {
  push({.file = file_,
        .line = place.line,
        .column = place.column,
        .path = std::move(path),
        .found = std::move(found),
        .expected = std::move(expected),
        .nearest = std::move(nearest)});
}

void Problems::add_elsewhere(std::string where, std::string found, std::string expected) {
  push({.file = "environment",
        .path = std::move(where),
        .found = std::move(found),
        .expected = std::move(expected),
        .nearest = {}});
}

std::vector<Problem> Problems::take() {
  if (dropped_ > 0) {
    list_.push_back({.file = file_,
                     .path = {},
                     .found = fmt::format("{} more problems", dropped_),
                     .expected = "those above to be solved first",
                     .nearest = {}});
    dropped_ = 0;
  }
  return std::exchange(list_, {});
}

bool is_key_shaped(std::string_view text) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !text.empty() && text.size() <= 40 && base::has_only(text, kAllowed);
}

std::string join_path(std::string_view path, std::string_view key) {
  const std::string_view shown_key = is_key_shaped(key) ? key : "?";
  return path.empty() ? std::string(shown_key) : fmt::format("{}.{}", path, shown_key);
}

std::string item_path(std::string_view path, std::size_t index) {
  return fmt::format("{}[{}]", path, index);
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string clean;
  std::size_t characters = 0;
  for (const char byte : text) {
    if (!base::continues_character(byte) && ++characters > kLongest) return clean + "…";
    clean += base::is_control(byte) ? '?' : byte;
  }
  return clean;
}

std::string nearest_of(std::string_view key, const std::vector<std::string>& candidates) {
  return is_key_shaped(key) ? base::nearest_word(key, candidates) : std::string();
}

}  // namespace toyota2mqtt::config
