#include "toyota/rejections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "toyota/brands.hpp"
#include "toyota/refusals.hpp"
#include "toyota/wire.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/toyota/refusal_memory.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;
using nlohmann::json;

namespace {

constexpr const char* kAccountSpace = "account";
constexpr const char* kKeyName = "fingerprint_key";
constexpr std::size_t kMostPosts = 3;
constexpr std::size_t kMostRecords = 8;
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

/// The newest time that an entry names; a time long past when it names none.
base::Time newest_time(const std::string& text) {
  const auto record = parse_bounded(text);
  if (!record) return {};
  const auto at = base::parse_iso8601(text_member(*record, "at").value_or(""));
  auto newest = at.value_or(base::Time{});
  const auto* times = member(*record, "times");
  if (times == nullptr || !times->is_array()) return newest;
  for (const auto& time : *times) {
    if (!time.is_number_integer()) continue;
    newest = std::max(newest, base::Time(std::chrono::seconds(time.get<std::int64_t>())));
  }
  return newest;
}

}  // namespace

Task<Result<std::size_t>> forget_old_refusals(base::Store& store, std::string key_prefix,
                                              base::Time before) {
  const auto entries = co_await store.list(kAccountSpace);
  if (!entries) co_return base::fail(entries.error());
  std::size_t forgotten = 0;
  for (const auto& [name, text] : *entries) {
    const bool named =
        name.starts_with("rejection:" + key_prefix) || name.starts_with("posts:" + key_prefix);
    if (!named || newest_time(text) >= before) continue;
    if (auto erased = co_await store.erase(kAccountSpace, name); !erased) {
      co_return base::fail(erased.error());
    }
    ++forgotten;
  }
  co_return forgotten;
}

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
  auto key = co_await services_.store.get(kAccountSpace, kKeyName);
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
  if (auto put = co_await services_.store.put(kAccountSpace, kKeyName, key); !put) {
    co_return base::fail(put.error());
  }
  co_return fingerprint_with(key);
}

// The newest stands at the top level, as in the first version, which knew only one.
Task<Result<std::vector<Rejections::Record>>> Rejections::records() {
  auto text = co_await services_.store.get(kAccountSpace, "rejection:" + account_key_);
  if (!text) co_return base::fail(text.error());
  std::vector<Record> found;
  const auto newest = *text ? parse_bounded(**text) : std::nullopt;
  if (!newest) co_return found;
  const auto take = [&found](const json& record) {
    auto fingerprint = text_member(record, "fingerprint");
    if (!fingerprint || found.size() >= kMostRecords) return;
    found.push_back({.fingerprint = std::move(*fingerprint),
                     .refusal = {.code = code_of(record),
                                 .message = text_member(record, "message").value_or(""),
                                 .remedy = text_member(record, "remedy").value_or("")},
                     .at = text_member(record, "at").value_or("")});
  };
  take(*newest);
  const auto* earlier = member(*newest, "earlier");
  if (earlier != nullptr && earlier->is_array()) std::ranges::for_each(*earlier, take);
  co_return found;
}

Task<Result<void>> Rejections::write(std::vector<Record> records) {
  const auto name = "rejection:" + account_key_;
  if (records.empty()) co_return co_await services_.store.erase(kAccountSpace, name);
  auto all = json::array();
  for (const auto& record : records) {
    all.push_back({{"fingerprint", record.fingerprint},
                   {"code", base::to_string(record.refusal.code)},
                   {"message", record.refusal.message},
                   {"remedy", record.refusal.remedy},
                   {"at", record.at}});
  }
  json newest = all.front();
  all.erase(all.begin());
  if (!all.empty()) newest["earlier"] = std::move(all);
  co_return co_await services_.store.put(kAccountSpace, name, to_text(newest));
}

Task<Result<std::optional<base::Error>>> Rejections::standing() {
  if (unwritten_) co_return unwritten_;
  auto mine = co_await fingerprint();
  if (!mine) co_return base::fail(mine.error());
  auto known = co_await records();
  if (!known) co_return base::fail(known.error());
  if (!*mine) co_return std::optional<base::Error>();
  const auto found = std::ranges::find(*known, **mine, &Record::fingerprint);
  if (found == known->end()) co_return std::optional<base::Error>();
  co_return std::optional(found->refusal);
}

Task<Result<void>> Rejections::record(base::Error refusal) {
  unwritten_ = refusal;
  auto mine = co_await fingerprint_or_new();
  if (!mine) co_return base::fail(mine.error());
  auto known = co_await records();
  if (!known) co_return base::fail(known.error());
  std::erase_if(*known, [&mine](const Record& record) { return record.fingerprint == *mine; });
  known->insert(known->begin(), {.fingerprint = *mine,
                                 .refusal = std::move(refusal),
                                 .at = base::format_iso8601(services_.clock.now())});
  if (known->size() > kMostRecords) known->resize(kMostRecords);
  if (auto put = co_await write(std::move(*known)); !put) co_return base::fail(put.error());
  unwritten_.reset();
  co_return Result<void>();
}

Task<Result<void>> Rejections::erase() {
  auto mine = co_await fingerprint();
  if (!mine) co_return base::fail(mine.error());
  auto known = co_await records();
  if (!known) co_return base::fail(known.error());
  const auto forgotten = std::erase_if(
      *known, [&mine](const Record& record) { return record.fingerprint == mine->value_or(""); });
  auto written = Result<void>();
  if (forgotten != 0) written = co_await write(std::move(*known));
  if (written) unwritten_.reset();
  co_return written;
}

Task<Result<std::vector<base::Time>>> Rejections::recent_posts() {
  auto text = co_await services_.store.get(kAccountSpace, "posts:" + account_key_);
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
  if (auto put =
          co_await services_.store.put(kAccountSpace, "posts:" + account_key_, text_of(*posts));
      !put) {
    co_return base::fail(put.error());
  }
  const auto free_again = posts->at(posts->size() - kMostPosts) + kWindow;
  co_return base::fail(base::Error{
      .code = ErrorCode::rate_limited,
      .message = fmt::format("The password was sent {} times within a day; the next sign-in waits "
                             "until {}, lest the account be locked",
                             posts->size(), base::format_iso8601(free_again)),
      .remedy = fmt::format("Until then sign out of the {0} app and in again: so you know which "
                            "e-mail address and password work. If they are the ones given here, "
                            "nothing needs to be done.",
                            constants_of(credentials_.brand).app_name),
      .retry_after = std::chrono::ceil<std::chrono::seconds>(free_again - services_.clock.now())});
}

Task<Result<void>> Rejections::note_post() {
  if (auto allowed = co_await may_post(); !allowed) co_return base::fail(allowed.error());
  auto posts = co_await recent_posts();
  if (!posts) co_return base::fail(posts.error());
  posts->emplace_back(std::chrono::floor<std::chrono::seconds>(services_.clock.now()));
  co_return co_await services_.store.put(kAccountSpace, "posts:" + account_key_, text_of(*posts));
}

}  // namespace toyota2mqtt::toyota
