#include "toyota/wire.hpp"

#include <algorithm>

#include "toyota/json_repair.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kDeepestNesting) return true;
  }
  return false;
}

std::optional<nlohmann::json> parse_bounded(std::string_view text) {
  if (too_deep(text)) return std::nullopt;
  auto value = nlohmann::json::parse(text, nullptr, false);
  // One broken name must not cost the whole answer.
  if (value.is_discarded()) value = nlohmann::json::parse(repaired_json(text), nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

const nlohmann::json* member(const nlohmann::json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::optional<std::string> text_member(const nlohmann::json& object, std::string_view name) {
  const auto* found = member(object, name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::int64_t> integer_member(const nlohmann::json& object, std::string_view name) {
  const auto* found = member(object, name);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

std::string to_text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool contains_word(std::string_view text, std::string_view part) {
  const auto found =
      std::search(text.begin(), text.end(), part.begin(), part.end(),
                  [](char a, char b) { return base::to_lower(a) == base::to_lower(b); });
  return found != text.end();
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
