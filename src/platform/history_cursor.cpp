#include "platform/history_cursor.hpp"

#include <charconv>
#include <vector>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::platform {

namespace {

constexpr std::size_t kLongest = 512;
constexpr std::size_t kLongestKey = 200;

}  // namespace

std::string to_text(const HistoryCursor& cursor) {
  const std::string plain = cursor.list + std::to_string(cursor.at) + "/" + cursor.key;
  const std::vector<std::uint8_t> bytes(plain.begin(), plain.end());
  return base::base64url(bytes);
}

std::optional<HistoryCursor> parse_cursor(std::string_view text, char list) {
  if (text.size() > kLongest) return std::nullopt;
  const auto plain = base::base64_decode(text);
  if (!plain || plain->empty() || plain->front() != list) return std::nullopt;
  HistoryCursor cursor{.list = list};
  const char* const end = plain->data() + plain->size();
  const auto [rest, error] = std::from_chars(plain->data() + 1, end, cursor.at);
  if (error != std::errc{} || rest == end || *rest != '/') return std::nullopt;
  cursor.key.assign(rest + 1, end);
  if (cursor.key.size() > kLongestKey) return std::nullopt;
  return cursor;
}

}  // namespace toyota2mqtt::platform
