#pragma once

#include <string_view>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

namespace toyota2mqtt::toyota {

/// The route that asks the car itself (docs/toyota-protocol.md, "Wakes"). All are POSTs without a
/// body, and none has a second generation that still answers.
std::string_view wake_path(WakeRoute route);

/// What an answer to a wake means: return code 000000, or none at all, is accepted; another one
/// (010001) and 403, 404, 405, 410, 422 are rejections; all else is passing trouble.
WakeAnswer judge_wake(const base::Result<base::HttpResponse>& answer);

}  // namespace toyota2mqtt::toyota
