#include <algorithm>
#include <array>
#include <utility>

#include "rest/auth/auth.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

/// HTTP Basic (RFC 7617), for programs that scrape metrics.
namespace toyota2mqtt::rest {

namespace {

constexpr std::string_view kScheme = "basic ";
/// The scheme, and name and password in base64.
constexpr std::size_t kMostBasic = 16 + (254 + 1 + base::kLongestPassword + 2) / 3 * 4;
constexpr std::size_t kMostBelieved = 64;
constexpr std::size_t kKeyBytes = 32;

/// What stands behind the scheme; nullopt: nothing that could be a name and a password.
std::optional<SignIn> entry_of(std::string_view basic) {
  if (basic.size() <= kScheme.size() || basic.size() > kMostBasic) return std::nullopt;
  auto text = base::base64_decode(basic.substr(kScheme.size()));
  if (!text) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == 0 || colon == std::string::npos) return std::nullopt;
  return SignIn{.username = text->substr(0, colon),
                .password = base::Secret(text->substr(colon + 1))};
}

}  // namespace

bool is_basic(const Request& request) {
  const auto header = request.header("Authorization");
  return header && base::starts_ignoring_case(*header, kScheme);
}

base::Task<std::expected<Principal, Problem>> Auth::administrator_of(std::string_view basic,
                                                                     std::string client,
                                                                     base::SteadyTime arrived) {
  auto entry = entry_of(basic);
  if (!entry) co_return std::unexpected(bad_request("There is no name and password."));
  if (believed_.key.empty()) {
    std::array<std::uint8_t, kKeyBytes> bytes{};
    services_.random.fill(bytes);
    believed_.key.assign(bytes.begin(), bytes.end());
  }
  const auto digest = services_.crypto.hmac_sha256(
      believed_.key, entry->username + '\0' + entry->password.reveal());
  auto mark = base::hex(digest);
  const auto now = services_.clock.steady();
  std::erase_if(believed_.entries, [now](const auto& it) { return now >= it.second.until; });
  Principal who{.kind = Principal::Kind::administrator, .scope = {.owner = true}};
  if (const auto found = believed_.entries.find(mark); found != believed_.entries.end()) {
    who.name = found->second.name;
    co_return who;
  }
  auto proof = co_await attempt(std::move(*entry), std::move(client), arrived, true);
  if (!proof) co_return std::unexpected(std::move(proof.error()));
  who.name = std::move(proof->name);
  if (believed_.entries.size() >= kMostBelieved) believed_.entries.clear();
  believed_.entries.insert_or_assign(
      std::move(mark),
      Believed::Entry{.name = who.name, .until = services_.clock.steady() + kBelieved});
  co_return who;
}

}  // namespace toyota2mqtt::rest
