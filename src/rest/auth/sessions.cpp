#include "rest/auth/sessions.hpp"

#include "json/json_io.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace toyota2mqtt::rest {

using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr const char* kSessionsSpace = "sessions";
constexpr const char* kGuest = "guest";
constexpr const char* kAdministrator = "administrator";

std::string session_text(const json_io::Json& object, const char* name) {
  return json_io::text_member(object, name).value_or("");
}

base::Time session_time(const json_io::Json& object, const char* name) {
  return json_io::time_member(object, name).value_or(base::Time());
}

std::string written(const Session& session) {
  const bool guest = session.kind == Principal::Kind::guest;
  return json_io::to_text(json_io::Json{{"kind", guest ? kGuest : kAdministrator},
                                        {"name", session.name},
                                        {"pseudonym", session.pseudonym},
                                        {"account", session.account_key},
                                        {"credential", session.credential},
                                        {"client", session.client},
                                        {"created", json_io::milliseconds(session.created)},
                                        {"last_used", json_io::milliseconds(session.last_used)},
                                        {"expires", json_io::milliseconds(session.expires)},
                                        {"refresh", session.refresh_id}});
}

/// nullptr: this is no session.
SessionPtr parse(const std::string& id, const std::string& text) {
  const auto read = json_io::parse_object(text);
  if (!read) return nullptr;
  const auto& object = *read;
  const auto kind = session_text(object, "kind");
  if (kind != kGuest && kind != kAdministrator) return nullptr;
  Session session{.id = id,
                  .kind = kind == kGuest ? Principal::Kind::guest : Principal::Kind::administrator,
                  .name = session_text(object, "name"),
                  .pseudonym = session_text(object, "pseudonym"),
                  .account_key = session_text(object, "account"),
                  .credential = session_text(object, "credential"),
                  .client = session_text(object, "client"),
                  .created = session_time(object, "created"),
                  .last_used = session_time(object, "last_used"),
                  .expires = session_time(object, "expires"),
                  .refresh_id = session_text(object, "refresh")};
  session.written_use = session.last_used;
  const bool whole = !session.refresh_id.empty() &&
                     (session.kind != Principal::Kind::guest || !session.account_key.empty());
  return whole ? std::make_shared<Session>(std::move(session)) : nullptr;
}

}  // namespace

Task<Result<void>> Sessions::load() {
  auto stored = co_await services_.store.list(kSessionsSpace);
  if (!stored) co_return fail(stored.error());
  for (const auto& [id, text] : *stored) {
    auto session = sessions_.size() < kMost ? parse(id, text) : nullptr;
    if (session) {
      sessions_[id] = std::move(session);
    } else {
      unerased_.insert(id);
    }
  }
  co_await erase_rest();
  co_return Result<void>();
}

SessionPtr Sessions::find(std::string_view id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

std::vector<SessionPtr> Sessions::all() const {
  std::vector<SessionPtr> list;
  list.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) list.push_back(session);
  return list;
}

bool Sessions::any_of(std::string_view account_key) const {
  return std::ranges::any_of(sessions_, [account_key](const auto& entry) {
    return entry.second->kind == Principal::Kind::guest && entry.second->account_key == account_key;
  });
}

SessionPtr Sessions::surplus_of(std::string_view pseudonym) const {
  std::size_t count = 0;
  SessionPtr oldest;
  for (const auto& [id, session] : sessions_) {
    if (session->pseudonym != pseudonym) continue;
    ++count;
    if (!oldest || session->last_used < oldest->last_used) oldest = session;
  }
  return count < kMostOfOne ? nullptr : oldest;
}

void Sessions::add(SessionPtr session) {
  const auto id = session->id;
  sessions_[id] = std::move(session);
}

Task<Result<void>> Sessions::save(SessionPtr session) {
  const auto used = session->last_used;
  auto saved =
      co_await base::shielded(services_.store.put(kSessionsSpace, session->id, written(*session)));
  if (!saved) co_return fail(saved.error());
  session->written_use = used;
  // It may have been ended while it was written.
  if (session->ended) co_return co_await erase(session->id);
  co_return Result<void>();
}

Task<Result<void>> Sessions::end(SessionPtr session) {
  session->ended = true;
  sessions_.erase(session->id);
  co_return co_await erase(session->id);
}

Task<Result<void>> Sessions::erase(std::string id) {
  unerased_.insert(id);
  auto erased = co_await base::shielded(services_.store.erase(kSessionsSpace, id));
  if (!erased) co_return fail(erased.error());
  unerased_.erase(id);
  co_return Result<void>();
}

Task<void> Sessions::erase_rest() {
  const auto rest = unerased_;
  for (const auto& id : rest) {
    if (!co_await erase(id)) co_return;
  }
}

}  // namespace toyota2mqtt::rest
