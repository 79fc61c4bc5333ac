#include "config/problems.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

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
  return !text.empty() && text.size() <= 40 &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
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
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
    if (!continues && ++characters > kLongest) return clean + "…";
    const bool control = static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
    clean += control ? '?' : byte;
  }
  return clean;
}

namespace {

// Levenshtein's distance in which two exchanged neighbours count as one mistake. Both texts are
// short: keys of at most 40 characters, paths of the table.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before_last(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), 0UL);
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t replace = last[j] + (left[i] == right[j] ? 0 : 1);
      row[j + 1] = std::min({replace, last[j + 1] + 1, row[j] + 1});
      if (i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j]) {
        row[j + 1] = std::min(row[j + 1], before_last[j - 1] + 1);
      }
    }
  }
  return row.back();
}

std::string normalised(std::string_view key) {
  std::string text(key);
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (letter == '-' || letter == '.') letter = '_';
  }
  return text;
}

}  // namespace

std::string nearest_of(std::string_view key, const std::vector<std::string>& candidates) {
  if (!is_key_shaped(key)) return {};
  const std::string wanted = normalised(key);
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::string known = normalised(candidate);
    const bool longer =
        wanted.size() > 2 && (wanted.starts_with(known) || known.starts_with(wanted));
    const std::size_t away = longer ? 1 : distance(wanted, known);
    if (away < best_distance) {
      best_distance = away;
      best = candidate;
    }
  }
  return best;
}

}  // namespace toyota2mqtt::config
