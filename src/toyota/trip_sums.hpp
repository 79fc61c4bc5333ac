#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "toyota/json_read.hpp"

/// What a list of trips says about the owner's day, week, month and year. Private to this part.
namespace toyota2mqtt::toyota {

/// Sums are made of the cloud's own monthly totals and daily figures (`summary`, `histograms`). One
/// of which a part is missing or null is unknown, unless the cloud gives the total itself. A day or
/// month without an entry had no trip, unless the answer lists one.
class TripSums {
 public:
  /// `listed` is what the same answer lists, newest first.
  TripSums(const Reader& read, const std::vector<vehicle::ListedTrip>& listed);

  [[nodiscard]] std::optional<vehicle::PeriodTotals> day() const;
  [[nodiscard]] std::optional<vehicle::PeriodTotals> week() const;
  [[nodiscard]] std::optional<vehicle::PeriodTotals> month() const;
  [[nodiscard]] std::optional<vehicle::PeriodTotals> year() const;

 private:
  using Day = std::chrono::year_month_day;
  using MonthKey = std::chrono::year_month;

  /// Metres and millilitres of a period; nullopt = unknown.
  struct Sum {
    std::optional<double> length;
    std::optional<double> fuel;
  };
  struct Month {
    Sum total;
    std::map<Day, Sum> days = {};
    bool all_days = false;  ///< every day with a trip is in `days`
    bool readable = true;   ///< false: two entries of this month contradict each other
  };

  static Sum sum_of(const Reader& read);
  static void add(Sum& sum, const Sum& part);
  void read_month(const Reader& entry);
  static void read_days(const Reader& entry, Month& month);
  [[nodiscard]] bool lacks_days(MonthKey key, const Month& month) const;
  [[nodiscard]] bool covers(Day first) const;
  [[nodiscard]] bool lists_trip_in(Day first, Day last) const;
  [[nodiscard]] Sum none(Day first, Day last) const;
  [[nodiscard]] Sum of_day(Day day) const;
  [[nodiscard]] Sum of_month(MonthKey month) const;
  [[nodiscard]] std::optional<vehicle::PeriodTotals> shown(Day first, const Sum& sum) const;

  const base::Zone& zone_;
  Day today_;
  bool summed_ = false;      ///< there is a `summary`
  bool all_months_ = true;   ///< and each of its entries can be read
  bool knows_fuel_ = false;  ///< some entry says how much
  std::optional<Day> from_;
  std::optional<Day> to_;
  std::map<MonthKey, Month> months_;
  std::vector<Day> trip_days_;  ///< of the listed trips
};

}  // namespace toyota2mqtt::toyota
