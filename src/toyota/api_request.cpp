#include "toyota/api_request.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "toyota/brands.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::toyota {

namespace {

constexpr std::chrono::seconds kApiDeadline{60};

}  // namespace

std::string client_ref(const base::Crypto& crypto, std::string_view app_version,
                       std::string_view guid) {
  return base::hex(crypto.hmac_sha256(app_version, guid));
}

std::string uuid4(base::Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  auto text = base::hex(bytes);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

base::HttpRequest api_request(const Services& services, const Account& account,
                              const Tokens& tokens, std::string_view target,
                              std::string_view log_path, const std::optional<base::Vin>& vin) {
  const auto& endpoints = account.endpoints();
  const std::string brand(constants_of(account.credentials().brand).code);
  const std::string api_key(kApiKey);
  base::HttpRequest request{
      .method = "GET",
      .url = fmt::format("{}{}", endpoints.api_url, target),
      .log_path = std::string(log_path),
      .headers = {{"authorization", fmt::format("Bearer {}", tokens.access.reveal())},
                  {"accept", "application/json"},
                  {"x-api-key", api_key},
                  {"api_key", api_key},
                  {"x-guid", tokens.guid},
                  {"guid", tokens.guid},
                  {"x-client-ref", client_ref(services.crypto, endpoints.app_version, tokens.guid)},
                  {"x-appversion", endpoints.app_version},
                  {"x-channel", "ONEAPP"},
                  {"x-correlationid", uuid4(services.random)},
                  {"x-brand", brand},
                  {"x-appbrand", brand},
                  {"brand", brand},
                  {"x-region", "EU"},
                  // Without it some cars' service answers 400 (CTP-GENERIC-40017).
                  {"x-user-region", "EU"},
                  {"user-agent", "okhttp/4.10.0"}},
      .timeout = kApiDeadline};
  if (vin) request.headers.push_back({"vin", vin->reveal()});
  return request;
}

}  // namespace toyota2mqtt::toyota
