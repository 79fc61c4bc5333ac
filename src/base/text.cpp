#include "toyota2mqtt/base/text.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

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

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), to_lower);
  return lower;
}

// Plain loops: the log's filter asks these at every place of every line.
bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t at = 0; at < a.size(); ++at) {
    if (to_lower(a[at]) != to_lower(b[at])) return false;
  }
  return true;
}

bool starts_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && equal_ignoring_case(text.substr(0, start.size()), start);
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  for (std::size_t at = 0; at + part.size() <= text.size(); ++at) {
    if (starts_ignoring_case(text.substr(at), part)) return true;
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && continues_character(text[most])) --most;
  return text.substr(0, most);
}

bool has_only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_plain_line(std::string_view text) { return std::ranges::none_of(text, is_control); }

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

Result<void> check_password(std::string_view password) {
  if (!password.empty() && password.size() <= kLongestPassword && is_plain_line(password)) {
    return {};
  }
  return fail(ErrorCode::config_invalid,
              password.empty() ? "The password is missing"
                               : "The password is too long or holds control characters",
              "A password is one line of 1 to 1024 bytes without control characters.");
}

}  // namespace toyota2mqtt::base
