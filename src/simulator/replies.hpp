#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/world.hpp"
#include "toyota2mqtt/base/async.hpp"

/// Answers: their bodies, how they are delivered, and the deliberate faults that take their place.
namespace toyota2mqtt::simulator {

using Json = nlohmann::json;

Reply json_reply(int status, const Json& body);
/// Envelope A: `status.messages[]`.
Reply envelope_a(Json payload, std::string_view code = "ONE-GLOBAL-RS-10000",
                 std::string_view text = "Request Completed Successfully");
/// Envelope B: `status: "SUCCESS"`.
Reply envelope_b(Json payload);
/// Envelope A without payload.
Reply error_a(int status, std::string_view code, std::string_view description,
              std::string_view detail);
/// What the gateway says for 401, 403 and 429.
Reply gateway_error(int status, std::string_view detail);

Json measure(double value, std::string_view unit);
double rounded(double value, int decimals);
/// `2026-11-20T12:00:00.123Z`, as telemetry and notifications have it.
std::string iso_millis(Time time);
/// nullopt: not JSON, or nested too deeply to be honest.
std::optional<Json> parse_body(const std::string& body);
std::optional<std::string> text_of(const Json& object, const char* key);
std::optional<double> number_of(const Json& object, const char* key);

/// The answer for the listener, when it is time for it, in real time. The deliberate faults are
/// made of what any handler can do: a handler that never returns, a body that never comes, no
/// answer. Loop thread only.
base::Task<base::HttpResponse> deliver(Reply reply);

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
