#include "platform/history_encoding.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <vector>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::platform {

namespace {

constexpr double kScale = 1e6;
constexpr unsigned kBits = 5;
constexpr std::uint32_t kMask = 0x1F;
constexpr std::uint32_t kMore = 0x20;
constexpr std::uint32_t kOffset = 63;
constexpr unsigned kMostBits = 30;  // a difference has 30 bits at most

bool is_on_earth(const history::RoutePoint& point) {
  return std::abs(point.latitude) <= 90 && std::abs(point.longitude) <= 180;
}

void append(std::string& text, std::int32_t difference) {
  auto rest = static_cast<std::uint32_t>(difference) << 1U;
  if (difference < 0) rest = ~rest;
  for (; rest >= kMore; rest >>= kBits) {
    text += static_cast<char>((kMore | (rest & kMask)) + kOffset);
  }
  text += static_cast<char>(rest + kOffset);
}

std::optional<std::int32_t> take(std::string_view& text) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift <= kMostBits && !text.empty(); shift += kBits) {
    const auto part =
        static_cast<std::uint32_t>(static_cast<unsigned char>(text.front())) - kOffset;
    if (part > (kMask | kMore)) return std::nullopt;
    text.remove_prefix(1);
    value |= (part & kMask) << shift;
    if ((part & kMore) != 0) continue;
    const auto half = static_cast<std::int32_t>(value >> 1U);
    return (value & 1U) != 0 ? ~half : half;
  }
  return std::nullopt;
}

}  // namespace

std::string encode_polyline(const std::vector<history::RoutePoint>& line, std::size_t most) {
  const std::size_t step = line.size() <= most ? 1 : (line.size() + most - 1) / most;
  std::string text;
  std::int32_t latitude = 0;
  std::int32_t longitude = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool wanted = i % step == 0 || i + 1 == line.size();
    if (!wanted || !is_on_earth(line[i])) continue;
    const auto north = static_cast<std::int32_t>(std::lround(line[i].latitude * kScale));
    const auto east = static_cast<std::int32_t>(std::lround(line[i].longitude * kScale));
    append(text, north - latitude);
    append(text, east - longitude);
    latitude = north;
    longitude = east;
  }
  return text;
}

std::vector<history::RoutePoint> decode_polyline(std::string_view text) {
  std::vector<history::RoutePoint> line;
  std::int64_t latitude = 0;
  std::int64_t longitude = 0;
  while (!text.empty()) {
    const auto north = take(text);
    const auto east = take(text);
    if (!north || !east) break;
    latitude += *north;
    longitude += *east;
    const history::RoutePoint point{.latitude = static_cast<double>(latitude) / kScale,
                                    .longitude = static_cast<double>(longitude) / kScale};
    if (!is_on_earth(point)) break;
    line.push_back(point);
  }
  return line;
}

namespace {

constexpr std::size_t kLongestCursor = 512;
constexpr std::size_t kLongestCursorKey = 200;

}  // namespace

std::string to_text(const HistoryCursor& cursor) {
  const std::string plain = cursor.list + std::to_string(cursor.at) + "/" + cursor.key;
  const std::vector<std::uint8_t> bytes(plain.begin(), plain.end());
  return base::base64url(bytes);
}

std::optional<HistoryCursor> parse_cursor(std::string_view text, char list) {
  if (text.size() > kLongestCursor) return std::nullopt;
  const auto plain = base::base64_decode(text);
  if (!plain || plain->empty() || plain->front() != list) return std::nullopt;
  HistoryCursor cursor{.list = list};
  const char* const end = plain->data() + plain->size();
  const auto [rest, error] = std::from_chars(plain->data() + 1, end, cursor.at);
  if (error != std::errc{} || rest == end || *rest != '/') return std::nullopt;
  cursor.key.assign(rest + 1, end);
  if (cursor.key.size() > kLongestCursorKey) return std::nullopt;
  return cursor;
}

}  // namespace toyota2mqtt::platform
