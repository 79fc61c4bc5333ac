#include "toyota2mqtt/fleet/answer_memory.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "toyota2mqtt/toyota/cloud.hpp"

namespace toyota2mqtt::fleet {

namespace {

constexpr const char* kAnswersSpace = "answers";
constexpr const char* kAnsweredName = "answered_at";
constexpr std::size_t kLargestKeptAnswer = std::size_t{256} << 10U;
/// How much older than the truth the stored time of the last answer may be: it alone is no reason
/// to write to the disk with every reading.
constexpr auto kAnsweredStep = std::chrono::hours(1);

std::string key_of(const base::CarId& car, std::string_view name) {
  return car.text + "/" + std::string(name);
}

/// The first line is when the answer came, the rest is the answer.
std::string kept_text(base::Time at, std::string_view body) {
  return base::format_iso8601(at) + "\n" + std::string(body);
}

vehicle::VehicleState alone(vehicle::Source source, std::string_view body, base::Time at,
                            const base::Zone& zone) {
  vehicle::VehicleState state;
  toyota::recall_answer(source, body, at, zone, state);
  return state;
}

}  // namespace

base::Task<std::optional<base::Time>> AnswerMemory::recall(vehicle::VehicleState& state,
                                                           const base::Zone& zone, base::Time now) {
  if (store_ == nullptr) co_return std::nullopt;
  for (const auto source : vehicle::kAllSources) {
    const auto text = co_await store_->get(kAnswersSpace, key_of(car_, to_string(source)));
    if (!text || !*text) continue;
    const auto line_end = (*text)->find('\n');
    if (line_end == std::string::npos) continue;
    const auto at = base::parse_iso8601(std::string_view(**text).substr(0, line_end));
    // What came in the future came by a wrong clock: its times cannot be trusted either.
    if (!at || *at > now) continue;
    auto body = (*text)->substr(line_end + 1);
    toyota::recall_answer(source, body, *at, zone, state);
    auto says = alone(source, body, *at, zone);
    answers_.insert_or_assign(source,
                              Answer{.at = *at, .body = std::move(body), .says = std::move(says)});
    answered_at_ = std::max(answered_at_.value_or(*at), *at);
  }
  if (answers_.empty()) co_return std::nullopt;
  if (const auto text = co_await store_->get(kAnswersSpace, key_of(car_, kAnsweredName));
      text && *text) {
    stored_at_ = base::parse_iso8601(**text);
    if (stored_at_ && *stored_at_ <= now) answered_at_ = std::max(*answered_at_, *stored_at_);
  }
  co_return answered_at_;
}

void AnswerMemory::note(vehicle::Source source, std::string body, const base::Zone& zone,
                        base::Time now) {
  if (store_ == nullptr || body.size() > kLargestKeptAnswer) return;
  answered_at_ = now;
  auto says = alone(source, body, now, zone);
  const auto kept = answers_.find(source);
  if (kept != answers_.end()) {
    const auto before = kept->second.says.reported(source);
    const auto after = says.reported(source);
    if (says == kept->second.says || (before && after && *after < *before)) return;
  }
  answers_.insert_or_assign(source,
                            Answer{.at = now, .body = std::move(body), .says = std::move(says)});
  unsaved_.insert(source);
}

base::Task<base::Result<void>> AnswerMemory::save() {
  if (store_ == nullptr) co_return base::Result<void>();
  while (!unsaved_.empty()) {
    const auto source = *unsaved_.begin();
    unsaved_.erase(source);
    const auto& answer = answers_.at(source);
    const auto stored = co_await store_->put(kAnswersSpace, key_of(car_, to_string(source)),
                                             kept_text(answer.at, answer.body));
    if (stored) continue;
    unsaved_.insert(source);
    co_return stored;
  }
  if (!answered_at_ || (stored_at_ && *answered_at_ - *stored_at_ < kAnsweredStep)) {
    co_return base::Result<void>();
  }
  const auto at = *answered_at_;
  const auto stored =
      co_await store_->put(kAnswersSpace, key_of(car_, kAnsweredName), base::format_iso8601(at));
  if (stored) stored_at_ = at;
  co_return stored;
}

base::Task<base::Result<void>> AnswerMemory::forget() {
  answers_.clear();
  unsaved_.clear();
  answered_at_.reset();
  stored_at_.reset();
  if (store_ == nullptr) co_return base::Result<void>();
  for (const auto source : vehicle::kAllSources) {
    const auto erased = co_await store_->erase(kAnswersSpace, key_of(car_, to_string(source)));
    if (!erased) co_return erased;
  }
  co_return co_await store_->erase(kAnswersSpace, key_of(car_, kAnsweredName));
}

}  // namespace toyota2mqtt::fleet
