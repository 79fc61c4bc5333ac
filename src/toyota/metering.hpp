#pragma once

#include <chrono>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/toyota/meter.hpp"

/// Writes into a Meter. Each function does nothing when there is none.
namespace toyota2mqtt::toyota {

/// What metrics call a route of the API host, for example "telemetry", "wake", "command".
std::string_view route_word(std::string_view method, std::string_view path);

/// One exchange. A cancelled one counts for nothing.
void record_exchange(Meter* meter, std::string_view route,
                     const base::Result<base::HttpResponse>& answer,
                     std::chrono::milliseconds took);
void record_repeat(Meter* meter, std::string_view route);
void record_sign_in(Meter* meter, const Result<Tokens>& outcome);
void record_refresh(Meter* meter, const Result<Tokens>& outcome);
void record_unknown_value(Meter* meter);

}  // namespace toyota2mqtt::toyota
