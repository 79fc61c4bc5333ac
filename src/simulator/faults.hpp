#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulator/replies.hpp"

namespace toyota2mqtt::simulator {

/// One way in which the cloud misbehaves until it is used up.
struct Fault {
  std::string route = "*";  ///< glob over "GET /v1/trips" or the path alone; `*` = any text
  std::string vin;          ///< empty: any car
  std::string kind;         ///< status, stall, stall_after_headers, reset, garbage, html, empty,
                            ///< huge, redirect, delay
  int status = 500;
  std::string body;  ///< for `status`; empty: what the real cloud says
  std::string to;    ///< for `redirect`
  int delay_ms = 0;
  int remaining = 1;  ///< -1: for ever
};

class Faults {
 public:
  /// Adds from JSON: {"route","vin","kind","status","body","delay_ms","count"|"forever"}. The error
  /// names what is wrong.
  std::optional<std::string> add(const Json& json);
  void clear() { faults_.clear(); }
  [[nodiscard]] Json list() const;

  struct Effect {
    std::optional<Reply> instead;  ///< the misbehaving answer
    std::chrono::milliseconds delay{0};
  };
  /// What happens to this request; uses up what matches.
  Effect apply(const Request& request);

 private:
  std::vector<Fault> faults_;
};

/// `*` stands for any text, also none.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace toyota2mqtt::simulator
