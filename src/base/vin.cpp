#include "toyota2mqtt/base/vin.hpp"

#include <algorithm>
#include <utility>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::base {

namespace {

constexpr std::size_t kShortest = 3;
constexpr std::size_t kLongest = 32;
constexpr std::size_t kVisible = 4;
constexpr std::size_t kCarIdDigits = 10;

bool allowed(char c) { return is_alphanumeric(c) || c == '*' || c == '-' || c == '_'; }

}  // namespace

std::optional<Vin> Vin::parse(std::string_view text) {
  if (text.size() < kShortest || text.size() > kLongest) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), allowed)) return std::nullopt;
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), to_upper);
  return Vin(std::move(upper));
}

std::string Vin::masked() const {
  const auto visible = std::min(kVisible, text_.size() / 4);
  return "…" + text_.substr(text_.size() - visible);
}

CarId car_id(const Vin& vin, const Crypto& crypto) {
  return CarId{hex(crypto.sha256(vin.reveal())).substr(0, kCarIdDigits)};
}

}  // namespace toyota2mqtt::base
