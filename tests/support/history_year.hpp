#pragma once

#include "support/history_rig.hpp"

namespace toyota2mqtt::test {

/// What one car leaves in the history on one day: four trips, one charging session, sixty samples,
/// five wakes, one command, one error. Days count from 2026-01-01.
struct HistoryDay {
  std::vector<history::TripRecord> trips;
  std::vector<history::ChargeRecord> charges;
  std::vector<history::SampleRecord> samples;
  std::vector<history::EventRecord> events;
};
HistoryDay history_day(int day);

/// Writes the days before `days` of both cars, a day at a time.
void write_days(HistoryRig& rig, int days);

}  // namespace toyota2mqtt::test
