#include "toyota/password_posts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "json/json_io.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;
using json_io::Json;
using std::chrono::seconds;

namespace {

constexpr std::size_t kMostPostsADay = 3;
constexpr std::chrono::hours kPostWindow{24};
constexpr int kMostUnclear = 1'000'000;
constexpr std::array kFirstPauses = {seconds(10), seconds(30), seconds(60)};
constexpr seconds kUsualPause{120};
constexpr seconds kLongestPause{300};
constexpr int kUsualPauses = 17;  // then half an hour is over

std::int64_t post_seconds(base::Time time) {
  return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

// A clock that was wrong may have left times of the future behind; they count from now on, lest
// they hold back a sign-in for years.
base::Time post_time(std::int64_t stored, base::Time now) {
  if (stored >= post_seconds(now)) return std::chrono::floor<seconds>(now);
  return base::Time(seconds(std::max<std::int64_t>(stored, 0)));
}

seconds until(base::Time free_again, base::Time now) {
  return std::chrono::ceil<seconds>(free_again - now);
}

}  // namespace

seconds pause_after_unclear(int failures) {
  const auto place = static_cast<std::size_t>(std::max(failures, 0));
  if (place < kFirstPauses.size()) return kFirstPauses.at(place);
  return failures <= kUsualPauses ? kUsualPause : kLongestPause;
}

std::optional<base::Error> reason_to_wait(const PasswordPosts& posts, base::Time now) {
  if (posts.counted.size() >= kMostPostsADay) {
    const auto free_again = posts.counted.at(posts.counted.size() - kMostPostsADay) + kPostWindow;
    return base::Error{
        .code = ErrorCode::rate_limited,
        .message = fmt::format("The password was sent {} times within a day; the next sign-in "
                               "waits until {}, lest the account be locked",
                               posts.counted.size(), base::format_iso8601(free_again)),
        .remedy = "Nothing needs to be done: it is tried again by itself.",
        .retry_after = until(free_again, now)};
  }
  if (!posts.unclear_at) return std::nullopt;
  const auto free_again = *posts.unclear_at + pause_after_unclear(posts.unclear) * 4 / 5;
  if (now >= free_again) return std::nullopt;
  return base::Error{
      .code = ErrorCode::unreachable,
      .message =
          fmt::format("The cloud's sign-in gave no usable answer at {}; the next try is at {}",
                      base::format_iso8601(*posts.unclear_at), base::format_iso8601(free_again)),
      .remedy = "Nothing is wrong with the account; another try helps in some minutes.",
      .retry_after = until(free_again, now)};
}

bool rejected_lately(const PasswordPosts& posts, base::Time now) {
  return posts.rejected_at && now - *posts.rejected_at < kPostWindow;
}

std::string serialize(const PasswordPosts& posts) {
  auto times = Json::array();
  for (const auto post : posts.counted) times.push_back(post_seconds(post));
  Json record{{"times", std::move(times)}};
  if (posts.unclear_at) {
    record["unclear"] = posts.unclear;
    record["unclear_at"] = post_seconds(*posts.unclear_at);
  }
  if (posts.rejected_at) record["rejected_at"] = post_seconds(*posts.rejected_at);
  return json_io::to_text(record);
}

PasswordPosts parse_password_posts(const std::string& text, base::Time now) {
  PasswordPosts posts;
  const auto record = json_io::parse_repaired(text);
  if (!record) return posts;
  const auto* times = json_io::member(*record, "times");
  if (times != nullptr && times->is_array()) {
    for (const auto& time : *times) {
      if (!time.is_number_integer()) continue;
      const auto at = post_time(time.get<std::int64_t>(), now);
      if (now - at < kPostWindow) posts.counted.push_back(at);
    }
  }
  std::ranges::sort(posts.counted);
  const auto unclear = json_io::integer_member(*record, "unclear");
  const auto unclear_at = json_io::integer_member(*record, "unclear_at");
  if (const auto at = json_io::integer_member(*record, "rejected_at")) {
    posts.rejected_at = post_time(*at, now);
  }
  // One of the future would hold back every try: a clock was wrong, and the pause is short.
  if (unclear && unclear_at && *unclear_at <= post_seconds(now)) {
    posts.unclear = static_cast<int>(std::clamp<std::int64_t>(*unclear, 0, kMostUnclear));
    posts.unclear_at = post_time(*unclear_at, now);
  }
  return posts;
}

}  // namespace toyota2mqtt::toyota
