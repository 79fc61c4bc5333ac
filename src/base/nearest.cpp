#include "toyota2mqtt/base/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::base {

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

std::string normalised(std::string_view word) {
  std::string text = lower_case(word);
  for (char& letter : text) {
    if (letter == '-' || letter == '.') letter = '_';
  }
  return text;
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string wanted = normalised(word);
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

}  // namespace toyota2mqtt::base
