#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/history/options.hpp"
#include "toyota2mqtt/history/statistics.hpp"
#include "toyota2mqtt/history/store.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::history {

/// What of a car the history looks at, each value with the car's own time of it.
struct Seen {
  struct Value {
    double value = 0;
    base::Time at{};
    friend bool operator==(const Value&, const Value&) = default;
  };
  struct Charging {
    bool charging = false;
    base::Time at{};
    friend bool operator==(const Charging&, const Charging&) = default;
  };
  std::optional<Value> battery_level = {};
  std::optional<Value> ev_range = {};
  std::optional<Value> fuel_level = {};
  std::optional<Value> fuel_range = {};
  std::optional<Value> odometer = {};
  std::optional<Charging> charging = {};
  std::vector<vehicle::ListedTrip> trips = {};  ///< of the newest list, newest first
  double usable_capacity = 0;                   ///< kWh; 0 = unknown
  friend bool operator==(const Seen&, const Seen&) = default;
};
/// Values without a time of the car are left out: it is unknown when they were true.
Seen seen_of(const vehicle::Car& car);
TripRecord record_of(vehicle::ListedTrip listed);

/// What is remembered of one car, so that each thing is written once.
struct CarMemory {
  /// The charging session that goes on.
  struct Session {
    ChargeRecord record;
    base::Time seen{};                    ///< the car's time of its newest report
    std::optional<double> odometer = {};  ///< km, reported since it began
  };
  std::optional<Session> session = {};
  std::optional<SampleRecord> sample = {};  ///< the newest one
  std::optional<base::Time> last_report =
      {};  ///< charging reports up to this time are taken into account
  std::vector<vehicle::ListedTrip> trips = {};
};
/// What a car's memory is after a restart: the session without an end, the newest session, the
/// newest sample.
CarMemory remembered(std::optional<ChargeRecord> open, const std::optional<ChargeRecord>& newest,
                     std::optional<SampleRecord> sample);

using Write = std::variant<TripRecord, ChargeRecord, SampleRecord, EventRecord>;

/// What has to be written now (docs/history.md): a sample when a value differs, at most one a
/// minute; a step of a charging session; trips that are new or say something new. Pure.
std::vector<Write> advance(CarMemory& memory, const Seen& seen, const Tariff& tariff,
                           base::Time now);

/// Records the history of cars: collects what their reports show, writes it a few seconds later in
/// one transaction, and computes statistics. Never blocks its callers: while the store fails, up to
/// 1,000 entries per car wait in memory, of more the oldest are lost, and the log says so once.
/// Loop thread only.
class Recorder {
 public:
  struct Services {
    boost::asio::any_io_executor executor;
    base::Clock& clock;
    base::Log& log;
    HistoryStore& store;
    const base::Zone& zone;  ///< in which the owner's months begin
  };
  struct Options {
    Prices prices;
    bool routes = false;  ///< keep the tracks of trips
  };
  using ShowStatistics = std::function<void(const base::CarId&, const vehicle::CarStatistics&)>;

  Recorder(Services services, Options options);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Records the car as it is now; keeps no reference to `car`.
  void saw(const vehicle::Car& car);
  /// Writes an event; its time is now unless it has one.
  void record_event(const base::CarId& car, EventRecord event);
  /// `show` is called with the statistics of a car: when they are first computed, after new trips
  /// and sessions, and each night.
  void on_statistics(ShowStatistics show) { show_ = std::move(show); }
  /// Other prices: for what is recorded from now on, and for the figures at once.
  void use(Options options);
  /// After the history of a car was deleted: nothing of what was there before comes back.
  void forget(const base::CarId& car);
  [[nodiscard]] Tariff tariff() const { return tariff_of(options_.prices, services_.zone); }
  /// kWh, as last seen of the car; nullopt = not known.
  [[nodiscard]] std::optional<double> usable_capacity(const base::CarId& car) const;
  /// By the prices and the capacity that are known now.
  [[nodiscard]] vehicle::Statistics statistics_of(const base::CarId& car,
                                                  const StatisticsInput& input,
                                                  Period period) const;
  /// Fills in energy, cost and basis of a session, likewise.
  void estimate(const base::CarId& car, ChargeRecord& charge) const;
  /// Entries that wait for the store, of all cars.
  [[nodiscard]] std::size_t waiting() const;

  /// Ends the tasks; what waits is written once more. Then join().
  void cancel();
  base::Task<void> join();

 private:
  struct CarRecorder;

  CarRecorder& recorder_of(const base::CarId& car);
  base::Task<void> run(CarRecorder& car_recorder);
  base::Task<bool> load(CarRecorder& car_recorder);
  base::Task<bool> write_waiting(CarRecorder& car_recorder);
  base::Task<base::Result<void>> write_some(CarRecorder& car_recorder);
  base::Task<void> make_statistics(CarRecorder& car_recorder);
  base::Task<base::Result<vehicle::Statistics>> read_statistics(CarRecorder& car_recorder,
                                                                Period period);
  void put(CarRecorder& car_recorder, Write write);
  void advance_car(CarRecorder& car_recorder);
  void on_trouble(CarRecorder& car_recorder, const base::Error& error);
  [[nodiscard]] base::Time next_night() const;

  Services services_;
  Options options_;
  ShowStatistics show_;
  std::map<base::CarId, std::unique_ptr<CarRecorder>> recorders_;
  base::TaskGroup tasks_;
};

}  // namespace toyota2mqtt::history
