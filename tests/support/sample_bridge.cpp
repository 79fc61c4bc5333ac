#include "support/sample_bridge.hpp"

#include "support/sample_cars.hpp"

namespace toyota2mqtt::test {

using namespace home_assistant;

Settings sample_settings() {
  return {.version = "1.2.3",
          .support_url = "https://toyota2mqtt.example/help",
          .installation = "0123456789"};
}

BridgeView sample_bridge() {
  return {.accounts = {{.key = "aaaaaaaaaa",
                        .masked = "d…@e….com",
                        .status = "ok",
                        .remedy = "",
                        .since = sample_time(0)},
                       {.key = "bbbbbbbbbb",
                        .masked = "o…@e….org",
                        .status = "credentials_rejected",
                        .remedy = "Correct the password, then press Try again.",
                        .since = sample_time(-5)}},
          .cloud = true,
          .last_error = "The cloud refused the name or the password.",
          .requests_today = 412,
          .unknown_values = 3,
          .started = sample_time(-600)};
}

std::vector<base::MqttMessage> messages_of(const vehicle::Car& car, const Settings& settings) {
  const base::Zone zone = base::Zone::utc();
  std::vector<base::MqttMessage> messages = {
      car_discovery(settings, car), car_availability(settings, car, true),
      car_state(settings, car, zone), car_diagnostics(settings, car, zone)};
  for (auto& document : car_single_discoveries(settings, car)) {
    messages.push_back(std::move(document));
  }
  if (auto location = car_location(settings, car)) messages.push_back(std::move(*location));
  if (auto picture = car_picture(settings, car)) messages.push_back(std::move(*picture));
  messages.push_back(notification_event(settings, car,
                                        {.id = "n1",
                                         .at = sample_time(7),
                                         .category = "VehicleStatusAlert",
                                         .message = "Mehrere Türen entriegelt.",
                                         .type = "alert"}));
  messages.push_back(command_result_event(settings, car,
                                          {.outcome = vehicle::Outcome::done,
                                           .command = "lock",
                                           .entity = "lock_doors",
                                           .confirmed_by = "report"},
                                          sample_time(8)));
  return messages;
}

}  // namespace toyota2mqtt::test
