#include "toyota/cloud_text.hpp"

#include <algorithm>

#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

std::string clean_text(std::string_view text, std::size_t limit) {
  std::string cleaned(base::cut(text, limit));
  std::ranges::replace_if(cleaned, base::is_control, ' ');
  return std::string(base::trimmed(cleaned));
}

bool is_token_text(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\';
  });
}

std::string presentable(std::string_view text, std::size_t most) {
  std::string words;
  std::string word;
  const auto end_word = [&words, &word] {
    if (!word.empty() && word.find('@') == std::string::npos) {
      if (!words.empty()) words += ' ';
      words += word;
    }
    word.clear();
  };
  for (const char c : text.substr(0, 4 * most)) {
    if (c == ' ' || c == '\n' || c == '\t') {
      end_word();
    } else if (c > ' ' && c <= '~') {
      word += c;
    }
  }
  end_word();
  if (words.size() > most) words.resize(most);
  return words;
}

}  // namespace toyota2mqtt::toyota
