#include "rest/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace toyota2mqtt::rest {

namespace {

using V4 = std::array<std::uint8_t, 4>;
using V6 = std::array<std::uint8_t, 16>;
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::size_t kShare = 8;

template <int Family, class Bytes>
std::optional<Bytes> read(const std::string& text) {
  Bytes bytes{};
  if (::inet_pton(Family, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

template <int Family, class Bytes>
std::string written(const Bytes& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(Family, bytes.data(), text.data(), text.size()) == nullptr) return {};
  return text.data();
}

}  // namespace

std::optional<std::string> plain_address(std::string_view text) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN || text.contains('\0')) return std::nullopt;
  std::string copy(text);
  // IPv4 has one spelling only: no zero may stand before a number.
  if (read<AF_INET, V4>(copy)) return copy;
  const auto v6 = read<AF_INET6, V6>(copy);
  if (!v6) return std::nullopt;
  if (!std::ranges::equal(std::span(*v6).first<kMapped.size()>(), kMapped)) {
    return written<AF_INET6>(*v6);
  }
  V4 inner{};
  std::ranges::copy(std::span(*v6).last<inner.size()>(), inner.begin());
  return written<AF_INET>(inner);
}

bool is_loopback(std::string_view address) {
  return address == "::1" || (address.starts_with("127.") && !address.contains(':'));
}

std::string counted_address(std::string_view address) {
  if (!address.contains(':')) return std::string(address);
  auto v6 = read<AF_INET6, V6>(std::string(address));
  if (!v6) return std::string(address);
  std::ranges::fill(std::span(*v6).last<kShare>(), std::uint8_t{0});
  return written<AF_INET6>(*v6) + "/64";
}

}  // namespace toyota2mqtt::rest
