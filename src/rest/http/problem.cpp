#include "rest/http/problem.hpp"

#include "json/json_io.hpp"

#include <utility>
#include "rest/context.hpp"

namespace toyota2mqtt::rest {

namespace {

using json_io::OrderedJson;

}  // namespace

Response problem_response(const Problem& problem) {
  OrderedJson body{{"type", api_path("/problems/") + std::string(problem.type)},
                   {"title", problem.title},
                   {"status", problem.status}};
  if (!problem.detail.empty()) body["detail"] = problem.detail;
  if (!problem.remedy.empty()) body["remedy"] = problem.remedy;
  if (problem.retry_after) body["retry_after"] = *problem.retry_after;
  if (problem.next_at) body["next_at"] = base::format_iso8601(*problem.next_at);
  if (!problem.request_id.empty()) body["request_id"] = problem.request_id;
  Response response{.status = problem.status,
                    .headers = {{.name = "Content-Type", .value = "application/problem+json"}},
                    .body = json_io::to_text(body)};
  if (problem.retry_after) {
    response.headers.push_back(
        {.name = "Retry-After", .value = std::to_string(*problem.retry_after)});
  }
  if (problem.status == 401) {
    response.headers.push_back({.name = "WWW-Authenticate", .value = "Bearer"});
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

Problem method_not_allowed(const std::string& allowed) {
  return {.status = 405,
          .type = "method-not-allowed",
          .title = "This path does not take the method",
          .detail = "It takes " + allowed + "."};
}

Problem too_large(std::string detail) {
  return {.status = 413,
          .type = "too-large",
          .title = "The request is too large",
          .detail = std::move(detail)};
}

Problem unsupported_media_type() {
  return {.status = 415,
          .type = "unsupported-media-type",
          .title = "The body is of a kind that is not taken",
          .detail = "Bodies are JSON, with the Content-Type application/json."};
}

Problem tls_required() {
  return {.status = 403,
          .type = "tls-required",
          .title = "The line is not encrypted",
          .detail = "Passwords and tokens are taken over HTTPS, or from the machine itself.",
          .remedy =
              "Give web.cert_file and web.key_file, or put a proxy with HTTPS in front of it "
              "and name it in web.trusted_proxies."};
}

Problem cross_site() {
  return {.status = 403,
          .type = "cross-site",
          .title = "The request may come from another site",
          .detail = "Through Home Assistant, only its own pages may change something."};
}

Problem internal_error(std::string request_id) {
  return {.status = 500,
          .type = "internal-error",
          .title = "The program made a mistake",
          .request_id = std::move(request_id)};
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
