#include "toyota/decode.hpp"

#include <fmt/format.h>

#include <tuple>
#include <utility>

#include "toyota2mqtt/toyota/cloud.hpp"

namespace toyota2mqtt::toyota {

namespace {

using base::ErrorCode;
using vehicle::Source;

/// Takes the payload out of envelope A, B or N (docs/toyota-protocol.md, "Envelopes"). null when
/// there is none: `{}`, and an envelope that carries only its status.
base::Result<Json> payload_of(std::string_view body) {
  auto root = parse_body(body);
  if (!root) return base::fail(root.error());
  const auto unfamiliar = [] {
    return base::fail(ErrorCode::unexpected_response, "the answer has an unknown shape");
  };
  if (!root->is_object()) return unfamiliar();
  if (const auto payload = root->find("payload"); payload != root->end()) {
    return std::move(*payload);
  }
  if (!root->empty() && !root->contains("status") && !root->contains("statusCode")) {
    return unfamiliar();
  }
  return Json();
}

void decode_payload(Source source, const Reader& read, vehicle::VehicleState& state) {
  switch (source) {
    case Source::telemetry: return decode_telemetry(read, state);
    case Source::status:
      return read.has("vehicleStatus") ? decode_retired_status(read, state)
                                       : decode_status(read, state);
    case Source::electric: return decode_electric(read, state);
    case Source::climate_settings: return decode_climate_settings(read, state);
    case Source::climate_status: return decode_climate_status(read, state);
    case Source::location: return decode_location(read, state);
    case Source::health: return decode_health(read, state);
    case Source::service_history: return decode_service_history(read, state);
    case Source::trips: return decode_trips(read, state);
    case Source::notifications: return decode_notifications(read, state);
    case Source::vehicle_list: return;
  }
}

}  // namespace

base::Result<TripPage> decode_trip_page(std::string_view body, std::size_t offset,
                                        const DecodeContext& context) {
  const auto payload = payload_of(body);
  if (!payload) return base::fail(payload.error());
  if (!payload->is_object()) {
    return base::fail(ErrorCode::unexpected_response, "the payload has an unknown shape");
  }
  return read_trip_page(Reader(&*payload, context), offset);
}

base::Result<void> decode(Source source, std::string_view body, vehicle::VehicleState& state,
                          const DecodeContext& context) {
  if (source == Source::vehicle_list) {
    return base::fail(ErrorCode::unexpected_response, "a vehicle list is not about one car");
  }
  const auto payload = payload_of(body);
  if (!payload) return base::fail(payload.error());
  if (payload->is_null()) return {};
  const bool fits = source == Source::notifications ? payload->is_array() || payload->is_object()
                                                    : payload->is_object();
  if (!fits) return base::fail(ErrorCode::unexpected_response, "the payload has an unknown shape");
  decode_payload(source, Reader(&*payload, context), state);
  return {};
}

void recall_answer(vehicle::Source source, std::string_view body, base::Time answered_at,
                   const base::Zone& zone, vehicle::VehicleState& state) {
  // An answer that this version cannot read leaves the state as it is.
  std::ignore = decode(source, body, state, {.zone = zone, .now = answered_at});
}

std::optional<ListedVehicle> recall_vehicle(std::string_view entry, vehicle::Brand brand,
                                            const base::Crypto& crypto, base::Time listed_at) {
  const auto zone = base::Zone::utc();
  auto listed = decode_vehicle_list(fmt::format(R"({{"payload":[{}]}})", entry), brand, crypto,
                                    {.zone = zone, .now = listed_at});
  if (!listed || listed->size() != 1) return std::nullopt;
  return std::move(listed->front());
}

}  // namespace toyota2mqtt::toyota
