#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/toyota/account.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/command.hpp"

/// What is sent to the API host: headers, bodies of commands, paths of commands and wakes. Pure
/// functions.
namespace toyota2mqtt::toyota {

/// `x-client-ref`: lower-case hex HMAC-SHA256, keyed with the app version, of the GUID
/// (docs/toyota-protocol.md, "Headers").
std::string client_ref(const base::Crypto& crypto, std::string_view app_version,
                       std::string_view guid);

/// A fresh random UUID (version 4).
std::string uuid4(base::Random& random);

/// A GET on the API host with every header that it wants. `target` is path and query, `log_path`
/// the path alone. `vin` for calls about one car.
base::HttpRequest api_request(const Services& services, const Account& account,
                              const Tokens& tokens, std::string_view target,
                              std::string_view log_path, const std::optional<base::Vin>& vin);

/// The path of a command (docs/toyota-protocol.md, "Commands"). Requires: `route` is neither none
/// nor wake.
std::string_view command_path(vehicle::CommandRoute route);
/// The JSON body. Only what is set is sent; stop carries the command alone.
std::string command_body(const vehicle::Command& command);

/// The route that asks the car itself (docs/toyota-protocol.md, "Wakes"). All are POSTs without a
/// body, and none has a second generation that still answers.
std::string_view wake_path(WakeRoute route);

}  // namespace toyota2mqtt::toyota
