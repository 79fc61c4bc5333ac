#include "support/history_year.hpp"

namespace toyota2mqtt::test {

namespace {

constexpr int kMinutesPerDay = 1440;
constexpr int kTripsPerDay = 4;
constexpr int kSamplesPerDay = 60;
constexpr int kWakesPerDay = 5;

}  // namespace

HistoryDay history_day(int day) {
  const auto begin = std::int64_t{day} * kMinutesPerDay;
  HistoryDay made;
  for (int i = 0; i < kTripsPerDay; ++i) made.trips.push_back(trip(begin + 420 + i * 160));
  made.charges.push_back(charge(begin + 1200));
  for (int i = 0; i < kSamplesPerDay; ++i) made.samples.push_back(sample(begin + 400 + i * 16));
  for (int i = 0; i < kWakesPerDay; ++i) made.events.push_back(event(begin + 440 + i * 160));
  made.events.push_back({.kind = history::EventRecord::Kind::command,
                         .at = minute(begin + 415),
                         .name = "9f1c2ab34d-climate_start",
                         .outcome = "done",
                         .detail = "the car reports that the climate is on"});
  made.events.push_back({.kind = history::EventRecord::Kind::error,
                         .at = minute(begin + 900),
                         .name = "trips",
                         .outcome = "timeout",
                         .detail = "the cloud did not answer within 20 s"});
  return made;
}

void write_days(HistoryRig& rig, int days) {
  for (int day = 0; day < days; ++day) {
    const auto made = history_day(day);
    for (const auto& car : {kCar, kOtherCar}) {
      rig.ask(rig.history.put_trips(car, made.trips));
      for (const auto& one : made.charges) rig.ask(rig.history.put_charge(car, one));
      rig.tell(rig.history.add_samples(car, made.samples));
      for (const auto& one : made.events) rig.tell(rig.history.add_event(car, one));
    }
  }
}

}  // namespace toyota2mqtt::test
