#include "toyota2mqtt/base/password_hash.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::base {

namespace {

constexpr std::uint64_t kUsualWork = ScryptCost{}.work();

std::optional<std::string_view> take_part(std::string_view& text) {
  const auto end = text.find('$');
  if (end == std::string_view::npos) return std::nullopt;
  const auto part = text.substr(0, end);
  text.remove_prefix(end + 1);
  return part;
}

std::optional<unsigned> take_number(std::string_view& text) {
  const auto part = take_part(text);
  if (!part || part->empty() || part->size() > 3) return std::nullopt;
  unsigned number = 0;
  const char* begin = part->data();
  const char* end = begin + part->size();
  const auto read = std::from_chars(begin, end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

std::string problem_of(const ScryptCost& cost) {
  const bool sane = cost.log_n >= 1 && cost.log_n <= 30 && cost.r >= 1 && cost.p >= 1;
  if (!sane || cost.memory() > ScryptHash::kMostMemory || cost.work() > 4 * kUsualWork) {
    return "a hash of at most 64 MiB (log2 N 15, r 8, p 3), so that a sign-in cannot stall this "
           "machine";
  }
  if (cost.work() < kUsualWork / 4) return "a hash that is not so easily guessed";
  return {};
}

/// The parts, whatever cost they ask for.
std::optional<ScryptHash> parse_parts(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  if (text.size() > kLongest || take_part(text) != "scrypt") return std::nullopt;
  const auto log_n = take_number(text);
  const auto r = take_number(text);
  const auto p = take_number(text);
  const auto salt = take_part(text);
  if (!log_n || !r || !p || !salt) return std::nullopt;
  auto salt_bytes = base64_decode(*salt);
  auto hash = base64_decode(text);
  if (!salt_bytes || salt_bytes->size() < 8 || !hash || hash->size() != ScryptHash::kSize) {
    return std::nullopt;
  }
  return ScryptHash{.cost = {.log_n = *log_n, .r = *r, .p = *p},
                    .salt = std::move(*salt_bytes),
                    .hash = std::move(*hash)};
}

}  // namespace

std::expected<ScryptHash, std::string> parse_scrypt_hash(std::string_view text) {
  auto parsed = parse_parts(text);
  if (!parsed) return std::unexpected("a hash as `toyota2mqtt hash-password` prints it");
  if (auto problem = problem_of(parsed->cost); !problem.empty()) {
    return std::unexpected(std::move(problem));
  }
  return std::move(*parsed);
}

}  // namespace toyota2mqtt::base
