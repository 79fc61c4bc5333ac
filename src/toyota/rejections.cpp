#include "toyota/rejections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "json/json_io.hpp"
#include "toyota/brands.hpp"
#include "toyota/cloud_account.hpp"
#include "toyota/refusals.hpp"
#include "toyota2mqtt/toyota/refusal_memory.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;
using json_io::Json;

namespace {

constexpr const char* kAccountSpace = "account";
constexpr std::string_view kRejectionPrefix = "rejection:";
constexpr std::string_view kPostsPrefix = "posts:";
constexpr std::size_t kMostRecords = 8;

ErrorCode code_of(const Json& record) {
  return json_io::text_member(record, "code") == base::to_string(ErrorCode::action_required)
             ? ErrorCode::action_required
             : ErrorCode::credentials_rejected;
}

std::string place_of(std::string_view prefix, std::string_view account) {
  return fmt::format("{}{}", prefix, account);
}

/// The newest time that an entry names; a time long past when it names none.
base::Time newest_time(const Json& record) {
  const auto at = base::parse_iso8601(json_io::text_member(record, "at").value_or(""));
  auto newest = at.value_or(base::Time{});
  const auto take = [&newest](std::int64_t seconds) {
    constexpr std::int64_t kYear2100 = 4'102'444'800;
    newest = std::max(
        newest, base::Time(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kYear2100))));
  };
  if (const auto unclear = json_io::integer_member(record, "unclear_at")) take(*unclear);
  const auto* times = json_io::member(record, "times");
  if (times == nullptr || !times->is_array()) return newest;
  for (const auto& time : *times) {
    if (time.is_number_integer()) take(time.get<std::int64_t>());
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
      name.starts_with(place_of(kRejectionPrefix, key_prefix)) && lasting == nullptr;
  return (of_a_visitor || of_0_1_0) && newest < before;
}

}  // namespace

Task<Result<std::size_t>> forget_old_refusals(base::Store& store, std::string key_prefix,
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

Rejections::Rejections(const Services& services, const Credentials& credentials, std::string key,
                       bool lasting)
    : services_(services), credentials_(credentials), lasting_(lasting) {
  auto as_typed = account_key_of_0_1_0(credentials, services.crypto);
  old_keys_ = {std::move(key)};
  if (lasting && as_typed != old_keys_.front()) old_keys_.push_back(std::move(as_typed));
}

Task<Result<void>> Rejections::prepare() {
  if (!account_.empty()) co_return Result<void>();
  const auto key = co_await fingerprint_key(services_);
  if (!key) co_return base::fail(key.error());
  fingerprint_ = fingerprint(services_, *key, credentials_);
  old_fingerprint_ = fingerprint_of_0_1_0(services_, *key, credentials_);
  account_ = cloud_account(services_, *key, credentials_);
  co_return Result<void>();
}

bool Rejections::is_mine(const Record& record) const {
  return record.fingerprint == fingerprint_ || record.fingerprint == old_fingerprint_;
}

// The newest stands at the top level, as in the first version, which knew only one.
Task<Result<void>> Rejections::take_records(const std::string& place, Known& into) {
  const auto text = co_await services_.store.get(kAccountSpace, place);
  if (!text) co_return base::fail(text.error());
  const auto newest = *text ? json_io::parse_repaired(**text) : std::nullopt;
  if (!newest) co_return Result<void>();
  const auto take = [&into](const Json& record) {
    auto fingerprint = json_io::text_member(record, "fingerprint");
    if (!fingerprint || into.records.size() >= kMostRecords) return;
    into.records.push_back(
        {.fingerprint = std::move(*fingerprint),
         .refusal = {.code = code_of(record),
                     .message = json_io::text_member(record, "message").value_or(""),
                     .remedy = json_io::text_member(record, "remedy").value_or("")},
         .at = json_io::text_member(record, "at").value_or("")});
  };
  take(*newest);
  const auto* earlier = json_io::member(*newest, "earlier");
  if (earlier != nullptr && earlier->is_array()) std::ranges::for_each(*earlier, take);
  const auto* lasting = json_io::member(*newest, "lasting");
  into.lasting = into.lasting || (lasting != nullptr && *lasting == true);
  co_return Result<void>();
}

Task<Result<Rejections::Known>> Rejections::records() {
  if (auto ready = co_await prepare(); !ready) co_return base::fail(ready.error());
  Known known;
  auto taken = co_await take_records(place_of(kRejectionPrefix, account_), known);
  if (!taken) co_return base::fail(taken.error());
  const auto own = known.records.size();
  for (const auto& old : old_keys_) {
    taken = co_await take_records(place_of(kRejectionPrefix, old), known);
    if (!taken) co_return base::fail(taken.error());
  }
  if (known.records.size() == own) co_return known;
  if (auto put = co_await write(known); !put) co_return base::fail(put.error());
  for (const auto& old : old_keys_) {
    auto erased = co_await services_.store.erase(kAccountSpace, place_of(kRejectionPrefix, old));
    if (!erased) co_return base::fail(erased.error());
  }
  co_return known;
}

Task<Result<void>> Rejections::write(Known known) {
  const auto name = place_of(kRejectionPrefix, account_);
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

Task<Result<std::optional<base::Error>>> Rejections::standing() {
  if (unwritten_) co_return unwritten_;
  const auto known = co_await records();
  if (!known) co_return base::fail(known.error());
  for (const auto& record : known->records) {
    if (is_mine(record)) co_return std::optional(record.refusal);
  }
  co_return std::optional<base::Error>();
}

Task<Result<void>> Rejections::record(base::Error refusal) {
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

Task<Result<void>> Rejections::erase() {
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
Task<Result<bool>> Rejections::take_posts(const std::string& account, PasswordPosts& into) {
  const auto text = co_await services_.store.get(kAccountSpace, place_of(kPostsPrefix, account));
  if (!text) co_return base::fail(text.error());
  if (!*text) co_return false;
  const auto found = parse_password_posts(**text, services_.clock.now());
  into.counted.insert(into.counted.end(), found.counted.begin(), found.counted.end());
  if (found.unclear_at) into.unclear_at = found.unclear_at;
  if (found.rejected_at) into.rejected_at = found.rejected_at;
  into.unclear = std::max(into.unclear, found.unclear);
  co_return true;
}

Task<Result<PasswordPosts>> Rejections::posts() {
  if (auto ready = co_await prepare(); !ready) co_return base::fail(ready.error());
  PasswordPosts all;
  if (auto own = co_await take_posts(account_, all); !own) co_return base::fail(own.error());
  bool old_ones = false;
  for (const auto& old : old_keys_) {
    const auto found = co_await take_posts(old, all);
    if (!found) co_return base::fail(found.error());
    old_ones = old_ones || *found;
  }
  std::ranges::sort(all.counted);
  if (!old_ones) co_return all;
  if (auto put = co_await write_posts(all); !put) co_return base::fail(put.error());
  for (const auto& old : old_keys_) {
    auto erased = co_await services_.store.erase(kAccountSpace, place_of(kPostsPrefix, old));
    if (!erased) co_return base::fail(erased.error());
  }
  co_return all;
}

Task<Result<void>> Rejections::write_posts(PasswordPosts posts) {
  co_return co_await services_.store.put(kAccountSpace, place_of(kPostsPrefix, account_),
                                         serialize(posts));
}

Task<Result<void>> Rejections::may_post() {
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

Task<Result<void>> Rejections::note_post() {
  if (auto allowed = co_await may_post(); !allowed) co_return base::fail(allowed.error());
  auto sent = co_await posts();
  if (!sent) co_return base::fail(sent.error());
  sent->counted.emplace_back(std::chrono::floor<std::chrono::seconds>(services_.clock.now()));
  co_return co_await write_posts(std::move(*sent));
}

Task<Result<void>> Rejections::post_was_judged(bool rejected) {
  auto sent = co_await posts();
  if (!sent) co_return base::fail(sent.error());
  if (!sent->unclear_at && !rejected) co_return Result<void>();
  if (rejected) sent->rejected_at = services_.clock.now();
  sent->unclear = 0;
  sent->unclear_at.reset();
  co_return co_await write_posts(std::move(*sent));
}

Task<Result<void>> Rejections::post_was_unclear(bool starts_over) {
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
