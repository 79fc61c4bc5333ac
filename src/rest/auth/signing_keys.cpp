#include "rest/auth/signing_keys.hpp"

#include "json/json_io.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::rest {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kMostKeys = 2;
constexpr std::size_t kKeyIdLength = 8;

std::string key_text(const json_io::Json& object, const char* name) {
  return json_io::text_member(object, name).value_or("");
}

std::string encoded(const std::string& bytes) {
  return base::base64url(
      std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

}  // namespace

std::optional<SigningKeys::Ring> SigningKeys::parse(const std::string& text) {
  const auto object = json_io::parse_object(text);
  const auto* keys = object ? json_io::member(*object, "keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return std::nullopt;
  Ring ring{.names = base::base64_decode(key_text(*object, "names")).value_or("")};
  for (const auto& entry : *keys) {
    if (!entry.is_object() || ring.keys.size() >= kMostKeys) return std::nullopt;
    auto secret = base::base64_decode(key_text(entry, "secret")).value_or("");
    const auto made = json_io::integer_member(entry, "made");
    if (secret.size() < kKeySize || !made) return std::nullopt;
    ring.keys.push_back({.id = key_text(entry, "id"),
                         .secret = base::Secret(std::move(secret)),
                         .made = base::Time(std::chrono::seconds(*made)),
                         .given = json_io::flag_member(entry, "given").value_or(false)});
  }
  if (ring.names.size() != kKeySize || ring.keys.empty()) return std::nullopt;
  return ring;
}

std::string SigningKeys::written(const Ring& ring) {
  auto keys = json_io::Json::array();
  for (const auto& key : ring.keys) {
    const auto made = std::chrono::floor<std::chrono::seconds>(key.made);
    keys.push_back({{"id", key.id},
                    {"secret", encoded(key.secret.reveal())},
                    {"made", made.time_since_epoch().count()},
                    {"given", key.given}});
  }
  return json_io::to_text(json_io::Json{{"names", encoded(ring.names)}, {"keys", std::move(keys)}});
}

std::string SigningKeys::random_bytes(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  services_.random.fill(bytes);
  return {bytes.begin(), bytes.end()};
}

SigningKeys::Key SigningKeys::new_key() {
  const auto id = random_bytes(kKeyIdLength / 2);
  return {.id = base::hex(std::span(reinterpret_cast<const std::uint8_t*>(id.data()), id.size())),
          .secret = base::Secret(random_bytes(kKeySize)),
          .made = services_.clock.now()};
}

SigningKeys::Key SigningKeys::given_key() const {
  const auto& secret = options_.token_secret;
  // A keyed hash of a fixed word: the id is in every token and may not help in guessing the secret
  // any more than the signature does.
  const auto id = base::hex(services_.crypto.hmac_sha256(secret.reveal(), "kid"));
  return {.id = id.substr(0, kKeyIdLength),
          .secret = secret,
          .made = services_.clock.now(),
          .given = true};
}

Task<Result<void>> SigningKeys::use(Ring ring) {
  auto saved = co_await services_.keys.save(base::Secret(written(ring)));
  if (!saved) co_return fail(saved.error());
  ring_ = std::move(ring);
  usable_.clear();
  for (const auto& key : ring_.keys) usable_.push_back({.id = key.id, .secret = key.secret});
  ++version_;
  co_return Result<void>();
}

Task<Result<void>> SigningKeys::load() {
  auto text = co_await services_.keys.load();
  if (!text) co_return fail(text.error());
  auto stored = *text ? parse((*text)->reveal()) : std::nullopt;
  auto ring = std::move(stored).value_or(Ring());
  if (ring.names.empty()) ring.names = random_bytes(kKeySize);
  const bool given = !options_.token_secret.empty();
  const bool newest_fits =
      !ring.keys.empty() &&
      (given ? ring.keys.front().secret == options_.token_secret : !ring.keys.front().given);
  if (!newest_fits) ring.keys.insert(ring.keys.begin(), given ? given_key() : new_key());
  if (ring.keys.size() > kMostKeys) ring.keys.resize(kMostKeys);
  co_return co_await use(std::move(ring));
}

Task<Result<void>> SigningKeys::rotate() {
  if (!options_.token_secret.empty()) {
    co_return fail(ErrorCode::config_invalid, "the key stands in the configuration",
                   "Change web.token_secret, or take it out: then keys are made at random.");
  }
  const auto lock = co_await mutex_.lock();
  if (!lock) co_return fail(lock.error());
  auto ring = ring_;
  ring.keys.insert(ring.keys.begin(), new_key());
  if (ring.keys.size() > kMostKeys) ring.keys.resize(kMostKeys);
  co_return co_await base::shielded(use(std::move(ring)));
}

std::vector<SigningKeys::View> SigningKeys::list() const {
  std::vector<View> views;
  views.reserve(ring_.keys.size());
  for (const auto& key : ring_.keys) views.push_back({.id = key.id, .made = key.made});
  return views;
}

bool SigningKeys::is_old(base::Time now) const {
  if (ring_.keys.empty() || !options_.token_secret.empty()) return false;
  return now - ring_.keys.front().made >= options_.key_life;
}

std::string SigningKeys::pseudonym(std::string_view name) const {
  constexpr std::size_t kLength = 32;
  const auto digest = services_.crypto.hmac_sha256(ring_.names, base::lower_case(name));
  return base::hex(digest).substr(0, kLength);
}

}  // namespace toyota2mqtt::rest
