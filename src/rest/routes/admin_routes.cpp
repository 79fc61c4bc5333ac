#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "rest/context.hpp"
#include "rest/http/json_body.hpp"
#include "rest/http/router.hpp"
#include "rest/routes/admin.hpp"

namespace toyota2mqtt::rest {

namespace {

constexpr std::uint64_t kUsualLimit = 100;
constexpr std::uint64_t kHighestLimit = 1000;

constexpr std::array<std::pair<std::string_view, base::LogLevel>, 4> kLevels = {{
    {"debug", base::LogLevel::debug},
    {"info", base::LogLevel::info},
    {"warning", base::LogLevel::warning},
    {"error", base::LogLevel::error},
}};

Json level_body(base::LogLevel level) {
  for (const auto& [word, value] : kLevels) {
    if (value == level) return {{"level", word}};
  }
  return {{"level", "error"}};
}

base::Task<Response> log_level(Context& context) {
  const auto& host = context.deps.services.host;
  co_return json_response(200, level_body(host.log_level()));
}

base::Task<Response> set_log_level(Context& context) {
  const auto& host = context.deps.services.host;
  const auto body = JsonBody::read(context.request, {"level"});
  if (!body) co_return problem_response(body.error());
  const auto word = body->text("level", 10);
  if (!word) co_return problem_response(word.error());
  for (const auto& [known, level] : kLevels) {
    if (known != *word) continue;
    host.set_log_level(level);
    context.audit_target = known;
    co_return json_response(200, level_body(level));
  }
  co_return problem_response(bad_request("\"level\" must be debug, info, warning or error."));
}

base::Task<Response> configuration(Context& context) {
  const auto& host = context.deps.services.host;
  co_return Response{.headers = {{.name = "Content-Type", .value = "application/json"}},
                     .body = host.configuration()};
}

/// nullopt: no number in [low, high].
std::optional<std::uint64_t> number(std::string_view text, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stopped != end || value < low || value > high) return std::nullopt;
  return value;
}

Json entry_body(const AuditEntry& entry) {
  return {{"at", base::format_iso8601(entry.at)},
          {"who", entry.who},
          {"client", entry.client},
          {"what", entry.what},
          {"target", entry.target},
          {"outcome", entry.outcome}};
}

// A cursor is the number of the oldest entry that was shown: entries that come meanwhile move
// nothing.
base::Task<Response> audit(Context& context) {
  const auto& log = context.deps.audit;
  const auto& query = context.request.query;
  std::optional<std::uint64_t> limit = kUsualLimit;
  if (const auto given = query.find("limit"); given != query.end()) {
    limit = number(given->second, 1, kHighestLimit);
    if (!limit) co_return problem_response(bad_request("\"limit\" must be from 1 to 1000."));
  }
  std::optional<std::uint64_t> before = log.added() + 1;
  if (const auto given = query.find("cursor"); given != query.end()) {
    before = number(given->second, 1, log.added() + 1);
    if (!before) co_return problem_response(bad_request("\"cursor\" is none of this list."));
  }
  const auto oldest = log.added() - log.entries().size() + 1;
  Json entries = Json::array();
  auto at = *before;
  while (at > oldest && entries.size() < *limit) {
    --at;
    entries.push_back(entry_body(log.entries().at(static_cast<std::size_t>(at - oldest))));
  }
  const Json next = at > oldest ? Json(std::to_string(at)) : Json(nullptr);
  co_return json_response(200, {{"entries", std::move(entries)}, {"next", next}});
}

constexpr auto kAdminOnly = Access::administrator;

constexpr std::array kAdminRoutes = {
    Route{"GET", "/admin/accounts", kAdminOnly, &admin::list_accounts},
    Route{"POST", "/admin/accounts", kAdminOnly, &admin::add_account},
    Route{"PUT", "/admin/accounts/{account}", kAdminOnly, &admin::change_account},
    Route{"DELETE", "/admin/accounts/{account}", kAdminOnly, &admin::remove_account},
    Route{"POST", "/admin/accounts/{account}/retry", kAdminOnly, &admin::retry_account},
    Route{"GET", "/admin/sessions", kAdminOnly, &admin::list_sessions},
    Route{"DELETE", "/admin/sessions/{session}", kAdminOnly, &admin::end_session},
    Route{"GET", "/admin/limits", kAdminOnly, &admin::list_limits},
    Route{"DELETE", "/admin/limits", kAdminOnly, &admin::forget_limits},
    Route{"DELETE", "/admin/limits/{limit}", kAdminOnly, &admin::forget_limit},
    Route{"POST", "/admin/keys/rotate", kAdminOnly, &admin::rotate_keys},
    Route{"GET", "/admin/caches", kAdminOnly, &admin::list_caches},
    Route{"DELETE", "/admin/caches", kAdminOnly, &admin::clear_caches},
    Route{"GET", "/admin/breakers", kAdminOnly, &admin::list_breakers},
    Route{"GET", "/admin/configuration", kAdminOnly, &configuration},
    Route{"GET", "/admin/audit", kAdminOnly, &audit},
    Route{"GET", "/admin/log-level", kAdminOnly, &log_level},
    Route{"PUT", "/admin/log-level", kAdminOnly, &set_log_level},
    Route{"GET", "/admin/diagnostics", kAdminOnly, &admin::diagnostics},
    Route{"GET", "/admin/backfill", kAdminOnly, &admin::list_backfill},
};

}  // namespace

std::span<const Route> admin_routes() { return kAdminRoutes; }

}  // namespace toyota2mqtt::rest
