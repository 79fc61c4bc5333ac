#include "toyota2mqtt/base/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::base {

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

bool names_this_machine(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && !host.ends_with(']')) {
    const auto port = host.substr(colon + 1);
    constexpr std::size_t kMostDigits = 5;
    if (port.empty() || port.size() > kMostDigits) return false;
    if (port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    host = host.substr(0, colon);
  }
  if (equal_ignoring_case(host, "localhost")) return true;
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = plain_address(host);
  return address && is_loopback(*address) && bracketed == host.contains(':');
}

std::string counted_address(std::string_view address) {
  if (!address.contains(':')) return std::string(address);
  auto v6 = read<AF_INET6, V6>(std::string(address));
  if (!v6) return std::string(address);
  std::ranges::fill(std::span(*v6).last<kShare>(), std::uint8_t{0});
  return written<AF_INET6>(*v6) + "/64";
}

}  // namespace toyota2mqtt::base
