#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "toyota2mqtt/base/time.hpp"

/// How often somebody may ask, and how often guess. Bounded memory; pure but for it: the time is
/// passed in. Loop thread only.
namespace toyota2mqtt::rest {

/// The requests of one session or address in the present minute.
struct RequestWindow {
  base::SteadyTime began{};
  std::size_t count = 0;
};

/// What is left, as the RateLimit headers say it.
struct Quota {
  std::size_t limit = 0;  ///< 0: there is none, and no header
  std::size_t left = 0;
  long reset = 0;         ///< s until all is there again
  bool exceeded = false;  ///< this request was one too many
};

class RequestLimits {
 public:
  static constexpr std::size_t kMostAddresses = 1000;

  explicit RequestLimits(std::size_t per_minute) : per_minute_(per_minute) {}

  Quota take(RequestWindow& window, base::SteadyTime now) const;
  /// For requests that belong to no session.
  Quota take(const std::string& address, base::SteadyTime now);
  [[nodiscard]] std::size_t addresses() const { return addresses_.size(); }

 private:
  void make_room(base::SteadyTime now);

  std::size_t per_minute_;
  std::unordered_map<std::string, RequestWindow> addresses_ = {};
};

/// Failed sign-ins of one name or address.
struct Failures {
  std::uint32_t count = 0;
  base::SteadyTime last{};
  base::SteadyTime free_at{};  ///< before it nothing is tried
};

/// Holds back who guesses: the first 5 attempts are free, then each failure doubles the pause from
/// 1 s to 15 min. An attempt counts as failed from its beginning, so that many at the same time are
/// no way around. A day without an attempt forgives all.
class Attempts {
 public:
  static constexpr std::size_t kMost = 1000;
  static constexpr std::uint32_t kFree = 5;

  /// nullopt: it may be tried, and counts; else how long to wait, in s.
  std::optional<long> begin(const std::string& who, base::SteadyTime now);
  /// The attempt failed: the pause begins now.
  void failed(const std::string& who, base::SteadyTime now);
  /// The attempt does not count: it succeeded, or nothing can be said about it.
  void undo(const std::string& who);
  /// Forgets; whether there was something.
  bool forget(const std::string& who) { return entries_.erase(who) != 0; }
  void forget_all() { entries_.clear(); }
  [[nodiscard]] const std::map<std::string, Failures>& entries() const { return entries_; }
  [[nodiscard]] std::size_t blocked(base::SteadyTime now) const;

 private:
  void make_room(base::SteadyTime now);

  std::map<std::string, Failures> entries_ = {};
};

}  // namespace toyota2mqtt::rest
