#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/plan.hpp"

namespace toyota2mqtt::simulator {

/// The truth about a car at one moment.
struct CarState {
  Time at;
  bool driving = false;
  double odometer_km = 0;
  double speed_kmh = 0;
  double kwh = 0;          ///< in the usable window
  double level = 0;        ///< usable, %
  double gross_level = 0;  ///< %
  double fuel_l = 0;
  double fuel_percent = 0;
  Place place;
  bool plugged = false;
  bool charging = false;
  bool charge_complete = false;
  double charge_kw = 0;    ///< into the battery
  int charge_minutes = 0;  ///< left; 0 when not charging
  bool locked = true;
  bool trunk_locked = true;
  bool door_open = false;    ///< the driver's
  bool window_open = false;  ///< the driver's
  bool hazards = false;

  [[nodiscard]] double electric_range_km(const CarSpec& spec) const;
  [[nodiscard]] double fuel_range_km(const CarSpec& spec) const;
};

/// What a report of the car renews in the cloud.
enum Group : unsigned { kEnergy = 1, kStatus = 2, kLocation = 4, kClimate = 8 };

struct Report {
  Time at;
  unsigned groups = 0;
};

struct ClimateRun {
  Time begin;
  Time end;
  double target = 21;
  bool front = false;
  bool rear = false;
  bool steering = false;
  std::map<std::string, std::string> seats;
};

struct ClimateSettings {
  int duration = 20;
  double temperature = 21;
  bool front = false;
  bool rear = false;
  bool steering = false;
  std::map<std::string, std::string> seats;
};

struct Notice {
  std::string id;
  Time at;
  std::string message;
  std::string category;
  std::string display;
  std::string status;  ///< empty: the number 0, as alerts have it
};

/// One virtual car: its planned life, what people did to it by remote command, and what of all that
/// has reached the cloud. Questions about the past always get the same answer.
class Car {
 public:
  explicit Car(CarSpec spec);

  [[nodiscard]] const CarSpec& spec() const { return spec_; }
  [[nodiscard]] CarState at(Time when) const;
  [[nodiscard]] const DayPlan& day(Time when) const;
  [[nodiscard]] const DayPlan& day_number(int day) const;
  [[nodiscard]] static int day_of(Time when);

  /// The newest report of that group which the cloud had at `now`.
  [[nodiscard]] std::optional<Time> last_report(unsigned group, Time now) const;
  /// Every report in [from, to], in order.
  [[nodiscard]] std::vector<Report> reports(Time from, Time to) const;
  /// Where the car was parked according to the newest location report, and when.
  [[nodiscard]] std::optional<std::pair<Time, Place>> parked_place(Time now) const;
  /// Drives that the cloud knows at `now` (it needs two minutes), begun on a day in [from, to].
  [[nodiscard]] std::vector<const Leg*> trips(Time from, Time to, Time now) const;
  [[nodiscard]] std::vector<Notice> notices(Time now) const;

  /// The car reports these groups at `when` (a wake that gets through).
  void report_at(Time when, unsigned groups);
  /// The car was woken: its 12 V battery pays.
  void wake_at(Time when);
  /// Percent; plan.hpp says what fills and what empties it.
  [[nodiscard]] double twelve_volt(Time when) const;
  void set_lock(Time when, bool locked);
  void set_trunk_lock(Time when, bool locked);
  void set_hazards(Time from, Time to);
  void close_windows(Time when);
  void start_climate(ClimateRun run);
  void stop_climate(Time when);
  [[nodiscard]] std::optional<ClimateRun> climate(Time when) const;
  /// Charging begins at `when` instead of this evening; false when the car is not plugged then or
  /// has nothing to charge.
  bool charge_from(Time when);
  void notify(Notice notice);

  ClimateSettings climate_settings;
  std::string nick_name;
  int schedule_hour = 19;
  int schedule_minute = 30;
  std::vector<bool> schedule_days = std::vector<bool>(7, true);

 private:
  struct Switch {
    Time at;
    bool on;
  };
  void grow(int day) const;
  [[nodiscard]] Report delivery() const;
  [[nodiscard]] bool planned_lock(Time when, Time& since) const;
  [[nodiscard]] std::vector<Report> day_reports(const DayPlan& plan) const;
  void fill_energy(CarState& state, const DayPlan& plan) const;

  CarSpec spec_;
  // A deque: plans stay where they are while later days are added.
  mutable std::deque<DayPlan> days_;
  std::map<int, Time> charge_override_;
  std::vector<Report> extra_;
  std::vector<Time> wakes_;
  std::vector<Switch> locks_;
  std::vector<Switch> trunk_locks_;
  std::vector<std::pair<Time, Time>> hazards_;
  std::vector<Time> windows_closed_;
  std::vector<ClimateRun> climate_;
  std::vector<Notice> notices_;
};

}  // namespace toyota2mqtt::simulator
