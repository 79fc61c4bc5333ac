#include "rest/problem.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace toyota2mqtt::rest {

namespace {

using nlohmann::ordered_json;

}  // namespace

Response problem_response(const Problem& problem) {
  ordered_json body{{"type", "/api/v1/problems/" + std::string(problem.type)},
                    {"title", problem.title},
                    {"status", problem.status}};
  if (!problem.detail.empty()) body["detail"] = problem.detail;
  if (!problem.remedy.empty()) body["remedy"] = problem.remedy;
  if (problem.retry_after) body["retry_after"] = *problem.retry_after;
  if (problem.next_at) body["next_at"] = base::format_iso8601(*problem.next_at);
  Response response{.status = problem.status,
                    .headers = {{.name = "Content-Type", .value = "application/problem+json"}},
                    .body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace)};
  if (problem.retry_after) {
    response.headers.push_back(
        {.name = "Retry-After", .value = std::to_string(*problem.retry_after)});
  }
  return response;
}

Problem bad_request(std::string detail) {
  return {.status = 400,
          .type = "bad-request",
          .title = "The request cannot be understood",
          .detail = std::move(detail)};
}

Problem unauthorized(std::string detail) {
  return {.status = 401,
          .type = "unauthorized",
          .title = "A valid sign-in is needed",
          .detail = std::move(detail)};
}

Problem forbidden(std::string detail) {
  return {.status = 403,
          .type = "forbidden",
          .title = "This is not allowed",
          .detail = std::move(detail)};
}

Problem not_found(std::string detail) {
  return {.status = 404,
          .type = "not-found",
          .title = "There is no such thing",
          .detail = std::move(detail)};
}

Problem conflict(std::string detail) {
  return {.status = 409,
          .type = "conflict",
          .title = "This does not fit what is there",
          .detail = std::move(detail)};
}

Problem too_many(std::string detail, long retry_after) {
  return {.status = 429,
          .type = "too-many-requests",
          .title = "Too many requests",
          .detail = std::move(detail),
          .retry_after = retry_after};
}

Problem problem_of(const base::Error& error) {
  using base::ErrorCode;
  Problem problem{.status = 500,
                  .type = to_string(error.code),
                  .title = "It could not be done",
                  .detail = error.message,
                  .remedy = error.remedy};
  if (error.retry_after) problem.retry_after = error.retry_after->count();
  switch (error.code) {
    case ErrorCode::credentials_rejected:
    case ErrorCode::token_expired: problem.status = 401; break;
    case ErrorCode::action_required:
    case ErrorCode::forbidden: problem.status = 403; break;
    case ErrorCode::not_supported: problem.status = 404; break;
    case ErrorCode::config_invalid: problem.status = 400; break;
    case ErrorCode::rate_limited: problem.status = 429; break;
    case ErrorCode::unreachable:
    case ErrorCode::unexpected_response: problem.status = 502; break;
    case ErrorCode::timeout: problem.status = 504; break;
    case ErrorCode::cancelled:
    case ErrorCode::storage_failed: problem.status = 503; break;
  }
  return problem;
}

}  // namespace toyota2mqtt::rest
