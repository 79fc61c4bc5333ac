#include "toyota/rejections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "toyota/refusals.hpp"
#include "toyota/wire.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;
using nlohmann::json;

namespace {

constexpr const char* kSpace = "account";
constexpr const char* kKeyName = "fingerprint_key";
constexpr std::size_t kMostPosts = 3;
constexpr std::chrono::hours kWindow{24};

std::int64_t seconds_of(base::Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// A clock that was wrong may have left times of the future behind; they count from now on, lest
// they hold back a sign-in for years.
base::Time time_of(std::int64_t seconds, base::Time now) {
  if (seconds >= seconds_of(now)) return std::chrono::floor<std::chrono::seconds>(now);
  return base::Time(std::chrono::seconds(std::max<std::int64_t>(seconds, 0)));
}

ErrorCode code_of(const json& record) {
  return text_member(record, "code") == base::to_string(ErrorCode::action_required)
             ? ErrorCode::action_required
             : ErrorCode::credentials_rejected;
}

std::string text_of(const std::vector<base::Time>& posts) {
  auto times = json::array();
  for (const auto post : posts) times.push_back(seconds_of(post));
  return to_text(json{{"times", std::move(times)}});
}

}  // namespace

Rejections::Rejections(const Services& services, const Credentials& credentials,
                       std::string account_key)
    : services_(services), credentials_(credentials), account_key_(std::move(account_key)) {}

std::string Rejections::fingerprint_with(const std::string& key) const {
  // The length keeps name and password apart, whatever characters they hold.
  const auto message = fmt::format("{}\n{}\n{}{}", vehicle::to_string(credentials_.brand),
                                   credentials_.username.size(), credentials_.username,
                                   credentials_.password.reveal());
  return base::hex(services_.crypto.hmac_sha256(key, message));
}

Task<Result<std::optional<std::string>>> Rejections::fingerprint() {
  auto key = co_await services_.store.get(kSpace, kKeyName);
  if (!key) co_return base::fail(key.error());
  if (!*key) co_return std::optional<std::string>();
  co_return std::optional(fingerprint_with(**key));
}

Task<Result<std::string>> Rejections::fingerprint_or_new() {
  auto known = co_await fingerprint();
  if (!known) co_return base::fail(known.error());
  if (*known) co_return **known;
  std::array<std::uint8_t, 32> bytes{};
  services_.random.fill(bytes);
  const auto key = base::hex(bytes);
  if (auto put = co_await services_.store.put(kSpace, kKeyName, key); !put) {
    co_return base::fail(put.error());
  }
  co_return fingerprint_with(key);
}

Task<Result<std::optional<base::Error>>> Rejections::standing() {
  if (unwritten_) co_return unwritten_;
  auto mine = co_await fingerprint();
  if (!mine) co_return base::fail(mine.error());
  auto text = co_await services_.store.get(kSpace, "rejection:" + account_key_);
  if (!text) co_return base::fail(text.error());
  if (!*mine || !*text) co_return std::optional<base::Error>();
  const auto record = parse_bounded(**text);
  if (!record || text_member(*record, "fingerprint") != **mine) {
    co_return std::optional<base::Error>();
  }
  co_return std::optional(base::Error{.code = code_of(*record),
                                      .message = text_member(*record, "message").value_or(""),
                                      .remedy = text_member(*record, "remedy").value_or("")});
}

Task<Result<void>> Rejections::record(base::Error refusal) {
  unwritten_ = refusal;
  auto mine = co_await fingerprint_or_new();
  if (!mine) co_return base::fail(mine.error());
  const json record = {{"fingerprint", *mine},
                       {"code", base::to_string(refusal.code)},
                       {"message", refusal.message},
                       {"remedy", refusal.remedy},
                       {"at", base::format_iso8601(services_.clock.now())}};
  auto put = co_await services_.store.put(kSpace, "rejection:" + account_key_, to_text(record));
  if (!put) co_return base::fail(put.error());
  unwritten_.reset();
  co_return Result<void>();
}

Task<Result<void>> Rejections::erase() {
  auto erased = co_await services_.store.erase(kSpace, "rejection:" + account_key_);
  if (erased) unwritten_.reset();
  co_return erased;
}

Task<Result<std::vector<base::Time>>> Rejections::recent_posts() {
  auto text = co_await services_.store.get(kSpace, "posts:" + account_key_);
  if (!text) co_return base::fail(text.error());
  std::vector<base::Time> posts;
  if (!*text) co_return posts;
  const auto now = services_.clock.now();
  const auto record = parse_bounded(**text);
  const auto* times = record ? member(*record, "times") : nullptr;
  if (times == nullptr || !times->is_array()) co_return posts;
  for (const auto& time : *times) {
    if (!time.is_number_integer()) continue;
    const auto at = time_of(time.get<std::int64_t>(), now);
    if (now - at < kWindow) posts.push_back(at);
  }
  std::sort(posts.begin(), posts.end());
  co_return posts;
}

Task<Result<void>> Rejections::may_post() {
  auto posts = co_await recent_posts();
  if (!posts) co_return base::fail(posts.error());
  if (posts->size() < kMostPosts) co_return Result<void>();
  // Written back, so that times of the future, which count as now, do not move along with it.
  if (auto put = co_await services_.store.put(kSpace, "posts:" + account_key_, text_of(*posts));
      !put) {
    co_return base::fail(put.error());
  }
  const auto free_again = posts->at(posts->size() - kMostPosts) + kWindow;
  co_return base::fail(base::Error{
      .code = ErrorCode::rate_limited,
      .message = fmt::format("The password was sent {} times within a day; the next sign-in waits "
                             "until {}, lest the account be locked",
                             posts->size(), base::format_iso8601(free_again)),
      .remedy = "Nothing needs to be done. If the account works in the app, look into the log for "
                "why these sign-ins were not enough.",
      .retry_after = std::chrono::ceil<std::chrono::seconds>(free_again - services_.clock.now())});
}

Task<Result<void>> Rejections::note_post() {
  if (auto allowed = co_await may_post(); !allowed) co_return base::fail(allowed.error());
  auto posts = co_await recent_posts();
  if (!posts) co_return base::fail(posts.error());
  posts->emplace_back(std::chrono::floor<std::chrono::seconds>(services_.clock.now()));
  co_return co_await services_.store.put(kSpace, "posts:" + account_key_, text_of(*posts));
}

}  // namespace toyota2mqtt::toyota
