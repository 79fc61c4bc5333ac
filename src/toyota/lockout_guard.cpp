#include "toyota/lockout_guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "json/json_io.hpp"
#include "toyota/routes.hpp"
#include "toyota/sign_in.hpp"
#include "toyota2mqtt/toyota/account.hpp"

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

// A clock that was wrong may have left times of the future behind; they count from now on, because
// otherwise they would hold back a sign-in for years.
base::Time post_time(std::int64_t stored, base::Time now) {
  if (stored >= post_seconds(now)) return std::chrono::floor<seconds>(now);
  return base::Time(seconds(std::max<std::int64_t>(stored, 0)));
}

seconds until(base::Time free_again, base::Time now) {
  return std::chrono::ceil<seconds>(free_again - now);
}

constexpr const char* kAccountSpace = "account";
constexpr std::string_view kRejectionPrefix = "rejection:";
constexpr std::string_view kPostsPrefix = "posts:";
constexpr std::size_t kMostRecords = 8;

ErrorCode code_of(const Json& record) {
  return json_io::text_member(record, "code") == base::to_string(ErrorCode::action_required)
             ? ErrorCode::action_required
             : ErrorCode::credentials_rejected;
}

std::string name_of(std::string_view prefix, std::string_view account) {
  return fmt::format("{}{}", prefix, account);
}

/// The newest time that an entry names; a time long past when it names none.
base::Time newest_time(const Json& record) {
  const auto at = base::parse_iso8601(json_io::text_member(record, "at").value_or(""));
  auto newest = at.value_or(base::Time{});
  const auto add = [&newest](std::int64_t seconds) {
    constexpr std::int64_t kYear2100 = 4'102'444'800;
    newest = std::max(
        newest, base::Time(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kYear2100))));
  };
  if (const auto unclear = json_io::integer_member(record, "unclear_at")) add(*unclear);
  const auto* times = json_io::member(record, "times");
  if (times == nullptr || !times->is_array()) return newest;
  for (const auto& time : *times) {
    if (time.is_number_integer()) add(time.get<std::int64_t>());
  }
  return newest;
}

// Times are kept for every account, refusals for good only of accounts that stay.
bool may_be_forgotten(const std::string& name, const std::string& text,
                      const std::string& key_prefix, base::Time before) {
  const auto record = json_io::parse_repaired(text);
  const auto newest = record ? newest_time(*record) : base::Time{};
  if (name.starts_with(kPostsPrefix)) return newest < before;
  if (!name.starts_with(kRejectionPrefix)) return false;
  const auto* lasting = record ? json_io::member(*record, "lasting") : nullptr;
  const bool of_a_visitor = lasting != nullptr && *lasting == false;
  const bool of_0_1_0 =
      name.starts_with(name_of(kRejectionPrefix, key_prefix)) && lasting == nullptr;
  return (of_a_visitor || of_0_1_0) && newest < before;
}

}  // namespace

seconds pause_after_unclear(int failures) {
  const auto nth = static_cast<std::size_t>(std::max(failures, 0));
  if (nth < kFirstPauses.size()) return kFirstPauses.at(nth);
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

Task<Result<std::size_t>> forget_old_rejections(base::Store& store, std::string key_prefix,
                                                base::Time before) {
  const auto entries = co_await store.list(kAccountSpace);
  if (!entries) co_return base::fail(entries.error());
  std::size_t forgotten = 0;
  for (const auto& [name, text] : *entries) {
    if (!may_be_forgotten(name, text, key_prefix, before)) continue;
    if (auto erased = co_await store.erase(kAccountSpace, name); !erased) {
      co_return base::fail(erased.error());
    }
    ++forgotten;
  }
  co_return forgotten;
}

LockoutGuard::LockoutGuard(const Services& services, const Credentials& credentials,
                           std::string key, bool lasting)
    : services_(services), credentials_(credentials), lasting_(lasting) {
  auto as_typed = account_key_of_0_1_0(credentials, services.crypto);
  old_keys_ = {std::move(key)};
  if (lasting && as_typed != old_keys_.front()) old_keys_.push_back(std::move(as_typed));
}

Task<Result<void>> LockoutGuard::prepare() {
  if (!account_.empty()) co_return Result<void>();
  const auto key = co_await fingerprint_key(services_);
  if (!key) co_return base::fail(key.error());
  fingerprint_ = fingerprint(services_, *key, credentials_);
  old_fingerprint_ = fingerprint_of_0_1_0(services_, *key, credentials_);
  account_ = cloud_account(services_, *key, credentials_);
  co_return Result<void>();
}

bool LockoutGuard::is_mine(const Record& record) const {
  return record.fingerprint == fingerprint_ || record.fingerprint == old_fingerprint_;
}

// The newest stands at the top level, as in the first version, which knew only one.
Task<Result<void>> LockoutGuard::read_records(const std::string& name, Known& into) {
  const auto text = co_await services_.store.get(kAccountSpace, name);
  if (!text) co_return base::fail(text.error());
  const auto newest = *text ? json_io::parse_repaired(**text) : std::nullopt;
  if (!newest) co_return Result<void>();
  const auto add = [&into](const Json& record) {
    auto fingerprint = json_io::text_member(record, "fingerprint");
    if (!fingerprint || into.records.size() >= kMostRecords) return;
    into.records.push_back(
        {.fingerprint = std::move(*fingerprint),
         .refusal = {.code = code_of(record),
                     .message = json_io::text_member(record, "message").value_or(""),
                     .remedy = json_io::text_member(record, "remedy").value_or("")},
         .at = json_io::text_member(record, "at").value_or("")});
  };
  add(*newest);
  const auto* earlier = json_io::member(*newest, "earlier");
  if (earlier != nullptr && earlier->is_array()) std::ranges::for_each(*earlier, add);
  const auto* lasting = json_io::member(*newest, "lasting");
  into.lasting = into.lasting || (lasting != nullptr && *lasting == true);
  co_return Result<void>();
}

Task<Result<LockoutGuard::Known>> LockoutGuard::records() {
  if (auto ready = co_await prepare(); !ready) co_return base::fail(ready.error());
  Known known;
  auto taken = co_await read_records(name_of(kRejectionPrefix, account_), known);
  if (!taken) co_return base::fail(taken.error());
  const auto own = known.records.size();
  for (const auto& old : old_keys_) {
    taken = co_await read_records(name_of(kRejectionPrefix, old), known);
    if (!taken) co_return base::fail(taken.error());
  }
  if (known.records.size() == own) co_return known;
  if (auto put = co_await write(known); !put) co_return base::fail(put.error());
  for (const auto& old : old_keys_) {
    auto erased = co_await services_.store.erase(kAccountSpace, name_of(kRejectionPrefix, old));
    if (!erased) co_return base::fail(erased.error());
  }
  co_return known;
}

Task<Result<void>> LockoutGuard::write(Known known) {
  const auto name = name_of(kRejectionPrefix, account_);
  if (known.records.empty()) co_return co_await services_.store.erase(kAccountSpace, name);
  auto all = Json::array();
  for (const auto& record : known.records) {
    all.push_back({{"fingerprint", record.fingerprint},
                   {"code", base::to_string(record.refusal.code)},
                   {"message", record.refusal.message},
                   {"remedy", record.refusal.remedy},
                   {"at", record.at}});
  }
  Json newest = all.front();
  all.erase(all.begin());
  if (!all.empty()) newest["earlier"] = std::move(all);
  newest["lasting"] = known.lasting || lasting_;
  co_return co_await services_.store.put(kAccountSpace, name, json_io::to_text(newest));
}

Task<Result<std::optional<base::Error>>> LockoutGuard::standing_rejection() {
  if (unwritten_) co_return unwritten_;
  const auto known = co_await records();
  if (!known) co_return base::fail(known.error());
  for (const auto& record : known->records) {
    if (is_mine(record)) co_return std::optional(record.refusal);
  }
  co_return std::optional<base::Error>();
}

Task<Result<void>> LockoutGuard::record(base::Error refusal) {
  unwritten_ = refusal;
  auto known = co_await records();
  if (!known) co_return base::fail(known.error());
  auto& records = known->records;
  std::erase_if(records, [this](const Record& record) { return is_mine(record); });
  records.insert(records.begin(), {.fingerprint = fingerprint_,
                                   .refusal = std::move(refusal),
                                   .at = base::format_iso8601(services_.clock.now())});
  if (records.size() > kMostRecords) records.resize(kMostRecords);
  if (auto put = co_await write(std::move(*known)); !put) co_return base::fail(put.error());
  unwritten_.reset();
  co_return Result<void>();
}

Task<Result<void>> LockoutGuard::erase() {
  auto known = co_await records();
  if (!known) co_return base::fail(known.error());
  const auto forgotten =
      std::erase_if(known->records, [this](const Record& record) { return is_mine(record); });
  if (forgotten != 0) {
    if (auto written = co_await write(std::move(*known)); !written) {
      co_return base::fail(written.error());
    }
  }
  unwritten_.reset();
  auto sent = co_await posts();
  if (!sent) co_return base::fail(sent.error());
  if (sent->unclear == 0) co_return Result<void>();
  sent->unclear = 0;
  co_return co_await write_posts(std::move(*sent));
}

// False: there was nothing.
Task<Result<bool>> LockoutGuard::read_posts(const std::string& account, PasswordPosts& into) {
  const auto text = co_await services_.store.get(kAccountSpace, name_of(kPostsPrefix, account));
  if (!text) co_return base::fail(text.error());
  if (!*text) co_return false;
  const auto found = parse_password_posts(**text, services_.clock.now());
  into.counted.insert(into.counted.end(), found.counted.begin(), found.counted.end());
  if (found.unclear_at) into.unclear_at = found.unclear_at;
  if (found.rejected_at) into.rejected_at = found.rejected_at;
  into.unclear = std::max(into.unclear, found.unclear);
  co_return true;
}

Task<Result<PasswordPosts>> LockoutGuard::posts() {
  if (auto ready = co_await prepare(); !ready) co_return base::fail(ready.error());
  PasswordPosts all;
  if (auto own = co_await read_posts(account_, all); !own) co_return base::fail(own.error());
  bool old_ones = false;
  for (const auto& old : old_keys_) {
    const auto found = co_await read_posts(old, all);
    if (!found) co_return base::fail(found.error());
    old_ones = old_ones || *found;
  }
  std::ranges::sort(all.counted);
  if (!old_ones) co_return all;
  if (auto put = co_await write_posts(all); !put) co_return base::fail(put.error());
  for (const auto& old : old_keys_) {
    auto erased = co_await services_.store.erase(kAccountSpace, name_of(kPostsPrefix, old));
    if (!erased) co_return base::fail(erased.error());
  }
  co_return all;
}

Task<Result<void>> LockoutGuard::write_posts(PasswordPosts posts) {
  co_return co_await services_.store.put(kAccountSpace, name_of(kPostsPrefix, account_),
                                         serialize(posts));
}

Task<Result<void>> LockoutGuard::may_post() {
  const auto sent = co_await posts();
  if (!sent) co_return base::fail(sent.error());
  auto reason = reason_to_wait(*sent, services_.clock.now());
  if (!reason) co_return Result<void>();
  if (reason->code != ErrorCode::rate_limited) co_return base::fail(std::move(*reason));
  // Written back, so that times of the future, which count as now, do not move along with it.
  if (auto put = co_await write_posts(*sent); !put) co_return base::fail(put.error());
  if (rejected_lately(*sent, services_.clock.now())) {
    reason->remedy = find_out_the_password(constants_of(credentials_.brand));
  }
  co_return base::fail(std::move(*reason));
}

Task<Result<void>> LockoutGuard::record_post() {
  if (auto allowed = co_await may_post(); !allowed) co_return base::fail(allowed.error());
  auto sent = co_await posts();
  if (!sent) co_return base::fail(sent.error());
  sent->counted.emplace_back(std::chrono::floor<std::chrono::seconds>(services_.clock.now()));
  co_return co_await write_posts(std::move(*sent));
}

Task<Result<void>> LockoutGuard::on_post_answered(bool rejected) {
  auto sent = co_await posts();
  if (!sent) co_return base::fail(sent.error());
  if (!sent->unclear_at && !rejected) co_return Result<void>();
  if (rejected) sent->rejected_at = services_.clock.now();
  sent->unclear = 0;
  sent->unclear_at.reset();
  co_return co_await write_posts(std::move(*sent));
}

Task<Result<void>> LockoutGuard::on_post_unclear(bool starts_over) {
  auto sent = co_await posts();
  if (!sent) co_return base::fail(sent.error());
  if (!sent->counted.empty()) sent->counted.pop_back();
  if (!starts_over) {
    ++sent->unclear;
    sent->unclear_at = services_.clock.now();
  }
  co_return co_await write_posts(std::move(*sent));
}

}  // namespace toyota2mqtt::toyota
