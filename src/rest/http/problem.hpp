#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/rest/api.hpp"

namespace toyota2mqtt::rest {

/// An error as RFC 9457 writes it. `type` is the last part of a URI reference below
/// `/api/v1/problems/`, under which docs/rest.md explains it.
struct Problem {
  int status = 500;
  std::string_view type;   ///< "not-found"
  std::string_view title;  ///< the same for every problem of the type
  std::string detail = {};
  std::string remedy = {};                 ///< an extension member: what can be done
  std::optional<long> retry_after = {};    ///< s; an extension member and a header
  std::string request_id = {};             ///< an extension member: where to look in the log
  std::optional<base::Time> next_at = {};  ///< an extension member: when it may be asked for again
};

Response problem_response(const Problem& problem);

Problem bad_request(std::string detail);
Problem unauthorized(std::string detail);
Problem forbidden(std::string detail);
Problem not_found(std::string detail);
/// 405; `allowed` is for the Allow header, which the caller adds.
Problem method_not_allowed(const std::string& allowed);
Problem conflict(std::string detail);
Problem too_large(std::string detail);
Problem unsupported_media_type();
/// Passwords and tokens are not taken over an open line.
Problem tls_required();
/// A page of another site may have sent it.
Problem cross_site();
/// Says nothing about what went wrong: the log does, under the id.
Problem internal_error(std::string request_id);
Problem too_many(std::string detail, long retry_after);
/// An error of the program as a problem: storage_failed is 503, not_supported 404, and so on.
Problem problem_of(const base::Error& error);

}  // namespace toyota2mqtt::rest
