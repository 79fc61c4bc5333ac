#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "simulator/world.hpp"
#include "toyota2mqtt/base/async.hpp"

/// Answers: their bodies, and how they are delivered.
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

}  // namespace toyota2mqtt::simulator
