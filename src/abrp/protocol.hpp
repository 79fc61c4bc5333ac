#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/abrp/link.hpp"

/// Requests to ABRP and what its answers mean (docs/abrp.md, "The interface"). Pure functions.
namespace toyota2mqtt::abrp {

/// One point: `tlm/send`.
base::HttpRequest send_request(const Options& options, const std::string& tlm);
/// Several points of one car: `tlm/bulk`.
base::HttpRequest bulk_request(const Options& options, const std::vector<std::string>& tlms);
/// A call that only reads: `path` is "tlm/get_telemetry", "tlm/get_next_charge" or "oauth/me".
base::HttpRequest read_request(const Options& options, std::string_view path);

enum class Verdict {
  accepted,        ///< HTTP 200 and `status: ok`
  key_rejected,    ///< 401, the key is not known
  token_rejected,  ///< 401, the token is not known
  not_allowed,     ///< 403: the key is known but lacks the right for this call
  malformed,       ///< 400 with an error status: this data can never be accepted
  refused,         ///< an application error that may pass
  unreachable,     ///< no usable answer: try again later
  cancelled,       ///< we stop
};

struct Reply {
  Verdict verdict = Verdict::unreachable;
  bool answered = false;     ///< by ABRP itself: not by a broken connection, a 429 or a 5xx
  std::string text = {};     ///< ABRP's own words, or the failure's; safe for logs
  std::string missing = {};  ///< ABRP's `missing` text; safe for logs
  std::optional<std::chrono::seconds> retry_after = {};
};

Reply classify_reply(const base::Result<base::HttpResponse>& answer, const Options& options);
/// The vehicle's name in an accepted answer of `path`; empty when there is none. Never the owner's
/// name or e-mail address.
std::string vehicle_name(std::string_view path, std::string_view body);
/// The point without its place: for points that were queued before the owner kept the place back.
std::string without_place(std::string_view tlm);
/// When the point was measured; nullopt for a text that is not a point.
std::optional<base::Time> time_of(std::string_view tlm);

}  // namespace toyota2mqtt::abrp
