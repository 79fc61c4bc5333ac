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

/// The API host: requests (headers, bodies and paths of commands and wakes), and what its answers
/// mean. Pure functions.
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

/// The message of the one `forbidden` answer that means: this car is no longer in this account.
/// disposition() knows it by this text.
inline constexpr std::string_view kVehicleGone = "The car is not in this account any more";

/// What an answer of the API host other than 200 to 299 means (docs/toyota-protocol.md, "Errors").
base::Error classify(int status, std::string_view body);
/// The same with what the headers say about a pause.
base::Error classify(const base::HttpResponse& response);

/// Whether the same request may be sent again after a pause: transport failures, 429, 5xx.
bool may_repeat(const base::Error& error);
/// Whether the cloud named the car's lack of the feature itself (ONE-GLOBAL-RC-10004,
/// CTP-REMOTE-40006, CTP-REMOTE-40041), not only a route that is gone.
bool car_lacks_it(const base::Error& error);
/// Whether the owner has to activate something in the maker's app first (ONE-GLOBAL-RS-10068).
bool needs_activation(const base::Error& error);
/// Whether the cloud says that a command was broken off (ONE-GLOBAL-RS-40000).
bool was_interrupted(const base::Error& error);
/// Whether another generation of the same route may still answer.
bool route_refused(const base::Error& error);

/// Return code 000000, or none, is accepted; another one means that the car was not ready. What may
/// have reached the cloud although no answer came is unknown.
CommandAnswer classify_command(const base::Result<base::HttpResponse>& answer);
/// What an answer to a wake means: return code 000000, or none at all, is accepted; another one
/// (010001) and 403, 404, 405, 410, 422 are rejections; all else is passing trouble.
WakeAnswer classify_wake(const base::Result<base::HttpResponse>& answer);

}  // namespace toyota2mqtt::toyota
