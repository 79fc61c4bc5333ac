#include <algorithm>
#include <functional>
#include <utility>

#include "rest/auth/auth.hpp"
#include "rest/http/problem.hpp"
#include "rest/routes/admin.hpp"

/// Who may ask: sessions, limits of guessing, keys.
namespace toyota2mqtt::rest::admin {

namespace {

/// A network has a slash, which cannot stand inside one part of a path.
std::string id_of(const LimitView& limit) {
  auto id = limit.who;
  std::ranges::replace(id, '/', '_');
  return id;
}

}  // namespace

base::Task<Response> list_sessions(Context& context) {
  auto sessions = context.deps.auth.sessions();
  // Two of one moment in the order of their ids, the same with every request.
  std::ranges::sort(sessions, std::greater<>(), [](const SessionView& session) {
    return std::pair(session.last_used, session.id);
  });
  Json list = Json::array();
  for (const auto& session : sessions) {
    const bool guest = session.kind == Principal::Kind::guest;
    list.push_back({{"id", session.id},
                    {"kind", guest ? "guest" : "administrator"},
                    {"name", session.name},
                    {"created", base::format_iso8601(session.created)},
                    {"last_used", base::format_iso8601(session.last_used)},
                    {"expires", base::format_iso8601(session.expires)},
                    {"client", session.client},
                    {"current", session.id == context.who.session}});
  }
  co_return json_response(200, {{"sessions", std::move(list)}});
}

base::Task<Response> end_session(Context& context) {
  const auto id = context.parameters.at(0);
  const auto ended = co_await context.deps.auth.end_session(id);
  if (!ended) co_return problem_response(problem_of(ended.error()));
  if (!*ended) co_return problem_response(not_found("There is no such session."));
  context.audit_target = id;
  co_return Response{.status = 204};
}

base::Task<Response> list_limits(Context& context) {
  Json list = Json::array();
  for (const auto& limit : context.deps.auth.limits()) {
    list.push_back({{"id", id_of(limit)},
                    {"kind", limit.kind},
                    {"subject", limit.who},
                    {"failures", limit.failures},
                    {"blocked_until", json_io::iso_or_null(limit.free_at)}});
  }
  co_return json_response(200, {{"limits", std::move(list)}});
}

base::Task<Response> forget_limits(Context& context) {
  (void)context.deps.auth.reset_limits("");
  co_return Response{.status = 204};
}

base::Task<Response> forget_limit(Context& context) {
  const auto limits = context.deps.auth.limits();
  // Not a name as a user types it: proxies write paths to their logs.
  const auto found = std::ranges::find(limits, context.parameters.at(0), id_of);
  if (found == limits.end()) co_return problem_response(not_found("There is no such limit."));
  (void)context.deps.auth.reset_limits(found->who);
  context.audit_target = found->who;
  co_return Response{.status = 204};
}

base::Task<Response> rotate_keys(Context& context) {
  const auto rotated = co_await context.deps.auth.rotate_keys();
  if (!rotated) co_return problem_response(problem_of(rotated.error()));
  Json list = Json::array();
  for (const auto& key : context.deps.auth.keys()) {
    list.push_back(
        {{"id", key.id}, {"created", base::format_iso8601(key.made)}, {"signs", list.empty()}});
  }
  co_return json_response(200, {{"keys", std::move(list)}});
}

}  // namespace toyota2mqtt::rest::admin
