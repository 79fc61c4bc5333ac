#pragma once

#include <chrono>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/toyota/cloud_metrics.hpp"

/// Counts. Each function does nothing without metrics.
namespace toyota2mqtt::toyota {

/// What metrics call a route of the API host, for example "telemetry", "wake", "command".
std::string_view route_word(std::string_view method, std::string_view path);

/// One exchange. A cancelled one counts for nothing.
void record_exchange(CloudMetrics* metrics, std::string_view route,
                     const base::Result<base::HttpResponse>& answer,
                     std::chrono::milliseconds took);
void record_repeat(CloudMetrics* metrics, std::string_view route);
void record_sign_in(CloudMetrics* metrics, const Result<Tokens>& outcome);
void record_refresh(CloudMetrics* metrics, const Result<Tokens>& outcome);
void record_unknown_value(CloudMetrics* metrics);

}  // namespace toyota2mqtt::toyota
