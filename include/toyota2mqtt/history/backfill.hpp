#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/history/store.hpp"

namespace toyota2mqtt::history {

/// One page of the cloud's trips, and where the next one begins; unset = this was the last.
struct TripPage {
  std::vector<TripRecord> trips = {};
  std::optional<std::size_t> next = {};
};

/// Where the trips of the past come from. Loop thread only.
class TripSource {
 public:
  virtual ~TripSource() = default;
  /// One request; never wakes the car. Days are the owner's, both included. Errors: as the cloud's;
  /// not_supported also when the car is not there (any more).
  virtual base::Task<base::Result<TripPage>> past_trips(base::CarId car,
                                                        std::chrono::year_month_day from,
                                                        std::chrono::year_month_day to,
                                                        std::size_t offset, bool with_route) = 0;
};

/// The days that are asked for next, newest month first; nullopt when the past year is complete.
/// `today` counts from the first request on: what is newer comes with the regular readings.
struct PastDays {
  std::chrono::year_month_day from{};
  std::chrono::year_month_day to{};
  friend bool operator==(const PastDays&, const PastDays&) = default;
};
std::optional<PastDays> next_past_days(const BackfillProgress& progress, base::Time now,
                                       const base::Zone& zone);
/// "212 trips, back to 2026-03-01", for people; empty while nothing is known.
std::string said(const BackfillProgress& progress, const base::Zone& zone);

/// Fetches the trips of the past year once for each car: one request every two minutes, one car
/// after the other, 30 minutes of pause after any trouble. How far it came is stored, so that a
/// restart goes on from there. Loop thread only.
class Backfill {
 public:
  struct Services {
    boost::asio::any_io_executor executor;
    base::Clock& clock;
    base::Log& log;
    HistoryStore& store;
    TripSource& source;
    const base::Zone& zone;
  };
  using Show = std::function<void(const base::CarId&, const BackfillProgress&)>;

  Backfill(Services services, bool with_route);
  ~Backfill();
  Backfill(const Backfill&) = delete;
  Backfill& operator=(const Backfill&) = delete;

  /// Begins, ten minutes later, so that a start comes first. Call it once.
  void start();
  /// The car's turn will come, unless it has been fetched. `shown` names it in the log. A car that
  /// is known already is not added again.
  void add(const base::CarId& car, std::string shown);
  /// `show` is called with each step of a car.
  void on_progress(Show show) { show_ = std::move(show); }
  [[nodiscard]] BackfillProgress progress(const base::CarId& car) const;

  void cancel();
  base::Task<void> join();

 private:
  struct Past {
    std::string shown;
    BackfillProgress progress{.state = "waiting"};
    bool loaded = false;
    base::SteadyTime not_before{};
  };

  base::Task<void> run();
  base::Task<void> load_new();
  base::Task<base::Result<void>> fetch_days(base::CarId car, PastDays days);
  base::Task<base::Result<void>> store_page(base::CarId car, std::vector<TripRecord> trips);
  base::Task<base::Result<void>> finish_days(base::CarId car, PastDays days);
  void rest(const base::CarId& car, const base::Error& error);
  std::optional<base::CarId> next_car() const;
  void set_state(const base::CarId& car, const char* state);

  Services services_;
  bool with_route_;
  Show show_;
  std::map<base::CarId, Past> cars_;
  base::Event more_;
  base::TaskGroup tasks_;
};

}  // namespace toyota2mqtt::history
