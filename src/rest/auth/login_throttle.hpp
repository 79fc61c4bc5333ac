#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/request_limits.hpp"

/// How often a client may ask, and how often guess. Bounded memory; pure but for it: the time is
/// passed in. Loop thread only.
namespace toyota2mqtt::rest {

using base::Quota;
using base::RequestLimits;
using base::RequestWindow;

/// Failed sign-ins of one name or address.
struct Failures {
  std::uint32_t count = 0;
  base::SteadyTime last{};
  base::SteadyTime free_at{};  ///< before it nothing is tried
};

/// Holds back who guesses: the first 5 attempts are free, then each failure doubles the pause from
/// 1 s to 15 min. An attempt counts as failed from its beginning, so that many at the same time are
/// no way around. A day without an attempt forgives all.
class LoginThrottle {
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
  /// The same for every name that begins so.
  bool forget_beginning(std::string_view with) {
    return std::erase_if(entries_, [with](const auto& it) { return it.first.starts_with(with); }) !=
           0;
  }
  void forget_all() { entries_.clear(); }
  [[nodiscard]] const std::map<std::string, Failures>& entries() const { return entries_; }
  [[nodiscard]] std::size_t blocked(base::SteadyTime now) const;

 private:
  void make_room(base::SteadyTime now);

  std::map<std::string, Failures> entries_ = {};
};

}  // namespace toyota2mqtt::rest
