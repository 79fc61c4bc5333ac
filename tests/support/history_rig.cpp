#include "support/history_rig.hpp"

#include <fmt/format.h>

#include <chrono>

namespace toyota2mqtt::test {

base::Time minute(std::int64_t count) {
  return base::parse_iso8601("2026-01-01T00:00:00Z").value() + std::chrono::minutes(count);
}

history::Period always() { return {.from = base::Time::min(), .to = base::Time::max()}; }

history::TripRecord trip(std::int64_t number, std::size_t points) {
  const auto part = static_cast<double>(number % 40);
  history::TripRecord record;
  record.trip = {.id = fmt::format("{:08x}-58ee-4e8c-b9ba-3a11ae0fe8a7", number),
                 .start = minute(number),
                 .end = minute(number + 17) + std::chrono::milliseconds(123),
                 .distance = vehicle::Kilometres{12.345 + part},
                 .duration = vehicle::Minutes{17},
                 .ev_distance = vehicle::Kilometres{9.5 + part},
                 .fuel = vehicle::Litres{0.213},
                 .average_speed = vehicle::KilometresPerHour{43},
                 .score = vehicle::Percent{60 + part}};
  for (std::size_t i = 0; i < points; ++i) {
    const auto step = static_cast<double>(i) * 0.0007;
    record.route.push_back({.latitude = 50.123456 + step, .longitude = 8.654321 - step});
  }
  return record;
}

history::ChargeRecord charge(std::int64_t number) {
  return {.start = minute(number),
          .end = minute(number + 150),
          .level_start = 20,
          .level_end = 85 + static_cast<double>(number % 10)};
}

history::SampleRecord sample(std::int64_t number) {
  const auto part = static_cast<double>(number % 70);
  return {.at = minute(number) + std::chrono::milliseconds(500),
          .battery_level = 20 + part,
          .ev_range = 12.5 + part,
          .fuel_level = 75,
          .fuel_range = 520,
          .odometer = 48946.9 + static_cast<double>(number)};
}

history::EventRecord event(std::int64_t number) {
  return {.kind = history::EventRecord::Kind::wake,
          .at = minute(number),
          .name = "stopped",
          .outcome = "sent",
          .detail = fmt::format("asked by the electric route, wake {} of the day", number % 8)};
}

}  // namespace toyota2mqtt::test
