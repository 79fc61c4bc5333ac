#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::rest {

/// Who did what, when, from where. No secrets, no names of Toyota accounts in full, no places.
struct AuditEntry {
  base::Time at{};
  std::string who;           ///< Principal::name; empty: nobody was signed in
  std::string client;        ///< numeric address
  std::string what;          ///< `POST /vehicles/{car}/commands/{name}`: a route, never a value
  std::string target = {};   ///< id of a car, a session or an account; empty = none
  std::string outcome = {};  ///< done, refused, failed, or the HTTP status
};

/// The newest entries, in memory and in the log. Loop thread only.
class AuditLog {
 public:
  static constexpr std::size_t kCapacity = 1000;
  void add(AuditEntry entry) {
    entries_.push_back(std::move(entry));
    if (entries_.size() > kCapacity) entries_.pop_front();
    ++added_;
  }
  /// How many there ever were; the newest one has this number.
  [[nodiscard]] std::uint64_t added() const { return added_; }
  [[nodiscard]] const std::deque<AuditEntry>& entries() const { return entries_; }

 private:
  std::deque<AuditEntry> entries_;
  std::uint64_t added_ = 0;
};

}  // namespace toyota2mqtt::rest
