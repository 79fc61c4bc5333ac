#pragma once

#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::toyota {

/// What is remembered of the passwords that were sent to one account of the cloud.
struct PasswordPosts {
  /// Of the past 24 h: those that the cloud judged, and one that is under way or whose answer a
  /// killed process never saw.
  std::vector<base::Time> counted = {};
  int unclear = 0;                             ///< in a row, whose answer told nothing about it
  std::optional<base::Time> unclear_at = {};   ///< the last of these
  std::optional<base::Time> rejected_at = {};  ///< when the cloud last rejected one
  friend bool operator==(const PasswordPosts&, const PasswordPosts&) = default;
};

/// How long to wait after `failures` sign-ins in a row that told nothing about the password: half a
/// minute, then one, then two for half an hour, then five. So an outage of any length ends in a
/// sign-in within five minutes of its end. 0 failures: 10 s, for an owner who asks again.
std::chrono::seconds pause_after_unclear(int failures);

/// Why no password may be sent at `now`; nullopt: one may. Pure. rate_limited after three in 24 h,
/// unreachable while the pause after an unclear answer lasts (less a fifth, so that what a running
/// account planned with jitter is never late); both with retry_after.
std::optional<base::Error> reason_to_wait(const PasswordPosts& posts, base::Time now);
/// Whether one of the past 24 h was rejected: only then is advice about passwords called for.
bool rejected_lately(const PasswordPosts& posts, base::Time now);

/// JSON text for the store, and back; what cannot be read is as good as nothing. Times that lie in
/// the future of `now` (a clock was wrong) count as now.
std::string serialize(const PasswordPosts& posts);
PasswordPosts parse_password_posts(const std::string& text, base::Time now);

}  // namespace toyota2mqtt::toyota
