#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "toyota2mqtt/base/async_mutex.hpp"
#include "toyota2mqtt/fleet/answer_memory.hpp"
#include "toyota2mqtt/fleet/command_desk.hpp"
#include "toyota2mqtt/fleet/listener.hpp"
#include "toyota2mqtt/fleet/notifications.hpp"
#include "toyota2mqtt/fleet/options.hpp"
#include "toyota2mqtt/fleet/schedule.hpp"
#include "toyota2mqtt/fleet/services.hpp"
#include "toyota2mqtt/fleet/wakes.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/car.hpp"
#include "toyota2mqtt/vehicle/odometer.hpp"

namespace toyota2mqtt::fleet {

/// Of the store: what was learnt about cars, by their ids.
inline constexpr const char* kEvidenceSpace = "evidence";
/// What earlier runs learnt about a car; empty when nothing is stored or it cannot be read.
base::Task<vehicle::Evidence> load_evidence(base::Store& store, base::CarId car);
/// What CarSession::forget_rejections() does, while no session of the car runs; without `car` for
/// every car that was ever read. Errors: as the store's.
base::Task<base::Result<std::size_t>> forget_rejections(base::Store& store,
                                                        std::optional<base::CarId> car);

/// What a session needs of the account that it belongs to. Called on the loop, between waits.
class CarOwner {
 public:
  virtual ~CarOwner() = default;
  /// The car as it is shown to listeners now; nullopt when its session was taken out.
  [[nodiscard]] virtual std::optional<CarView> view_of(const base::CarId& car) const = 0;
  /// After each request; no source: a command, a wake or past trips.
  virtual void answered(const base::CarId& car, std::optional<vehicle::Source> source,
                        const toyota::RouteResult& result) = 0;
  /// The cloud says that the car is not this account's any more.
  virtual void left() = 0;
  /// Administrators read the log, and the id of a guest's car is not for them.
  [[nodiscard]] virtual bool of_guest() const = 0;
};

/// Reads one car by the schedule, keeps what was learnt about it, and feeds ABRP. Loop thread only.
class CarSession {
 public:
  CarSession(Services services, toyota::Cloud& cloud, vehicle::Car car, CarPolicy policy,
             CarOwner& owner);
  ~CarSession();
  CarSession(const CarSession&) = delete;
  CarSession& operator=(const CarSession&) = delete;

  /// Starts the car's tasks. Without a token in `policy.abrp` nothing is sent to ABRP.
  void start(boost::asio::any_io_executor executor);
  void cancel();
  /// Returns when all tasks of the car have ended; after cancel().
  base::Task<void> join();

  /// What the vehicle list says now (name, subscription, flags).
  void update_listing(vehicle::Identity identity, const vehicle::VehicleState& listed,
                      std::string name);
  /// The `reading` switch: off = the cloud is not asked about this car. Remembered.
  void set_reading(bool on);
  /// Reads now, whatever the schedule says (the owner has signed in again).
  void read_now();
  /// Reads the telemetry now, also while it rests after failures: whether the cloud answers again.
  void probe();
  /// Reads these sources soon, unless they rest after failures. Never wakes the car.
  void read_soon(const std::set<vehicle::Source>& sources);
  /// One page of past trips; waits until nothing else is read of this car. Errors: as the cloud's;
  /// cancelled also when the session ends. The session may end while the caller waits.
  base::Task<base::Result<toyota::TripPage>> past_trips(toyota::TripQuery query);
  /// See vehicle::Car::namesake.
  void call_by_number(int namesake) { car_.namesake = namesake; }
  /// The owner's day began: what counts from midnight begins anew, and the schedule looks again.
  void begin_day();
  void show_statistics(const vehicle::CarStatistics& statistics);
  void show_backfill(std::string progress);
  /// The button: asks the car itself if the limits allow it, and reads the cloud in any case.
  base::Task<WakeDecision> refresh();
  /// The same as a task of the session, for a caller that may outlive it. `done` is called on the
  /// loop, unless the session ends first.
  void refresh(std::function<void(const WakeDecision&)> done);
  /// Carries out what the owner asks for, or refuses it; steps come by Listener::commanded().
  void command(vehicle::CommandRequest request);
  /// Offers again what the cloud once said that this car cannot do: one action, or all. Answers how
  /// many there were.
  std::size_t forget_rejections(std::optional<vehicle::Action> only = std::nullopt);
  /// Tells that nobody will learn the result of what is under way. Before cancel(), at the end.
  void give_up_commands();
  /// Asks the car itself, if decide_wake() allows it: the wake is counted, stored and sent, and its
  /// effect is looked for by the reading loop, which then reads what is new. Returns when the cloud
  /// has answered. Run it in a task that ends before the session does.
  base::Task<WakeDecision> wake(WakeReason reason, std::vector<WakeRoute> routes);

  [[nodiscard]] const vehicle::Car& car() const { return car_; }
  [[nodiscard]] const ReadHistory& reads() const { return history_; }
  [[nodiscard]] const WakeHistory& wakes() const { return wakes_; }
  /// nullptr: this car is not sent to ABRP.
  [[nodiscard]] const abrp::Link* abrp() const { return abrp_.get(); }
  vehicle::Evidence& evidence() { return car_.evidence; }
  /// Whether enough was read to show the car; before that, what an earlier run left on the broker
  /// is nearer to the truth than a document of nulls.
  [[nodiscard]] bool presentable() const { return presentable_; }
  /// Its routes that are not asked for now because they failed, one line each.
  [[nodiscard]] std::vector<std::string> failing_routes() const {
    return fleet::failing_routes(history_, services_.clock.now());
  }
  /// Readings of everything that was due, answered or not, since the start.
  [[nodiscard]] std::uint64_t passes() const { return passes_; }
  /// Has these sources read soon, without waking the car; what is shown of them is not fresh until
  /// then. Sources that the car lacks are left out; empty = all.
  void clear(const std::vector<vehicle::Source>& sources);
  /// Whether a source was cleared and not asked for since; a failed request counts as asked.
  [[nodiscard]] bool was_cleared() const;
  /// Whether this source was cleared and has not answered since.
  [[nodiscard]] bool waits_for(vehicle::Source source) const;
  /// Whether all of this holds: the newest answer is no older than the schedule's interval for what
  /// the car is doing and two minutes for the reading itself, and nothing waits that was cleared.
  [[nodiscard]] bool fresh() const;
  /// See CarView::version.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  /// What is shown of the car may differ: its version grows and the listeners are notified.
  void changed();
  /// The last time at which any source answered; nullopt = not since the start.
  [[nodiscard]] std::optional<base::Time> last_read() const { return car_.diagnostics.last_read; }

 private:
  base::Task<void> remember();
  base::Task<void> recall_state();
  base::Task<void> read_by_schedule();
  base::Task<bool> read_due();
  base::Task<bool> read_source(vehicle::Source source);
  /// One request for one source. It runs by itself, so that one that hangs holds up nothing else.
  struct Asked;
  static base::Task<void> ask(CarSession& self, std::shared_ptr<Asked> asked);
  void take_in(vehicle::Source source, toyota::RouteResult& result);
  base::Task<bool> take_answer(const Asked& asked);
  base::Task<bool> take_late();
  [[nodiscard]] std::optional<vehicle::Source> next_due(const std::set<vehicle::Source>& read);
  [[nodiscard]] std::chrono::milliseconds patience() const;
  void show_if_first_told();
  struct PastTrips;
  static base::Task<void> ask_past_trips(CarSession& self, std::shared_ptr<PastTrips> asked);
  base::Task<bool> end_pass();
  base::Task<bool> look_and_wake();
  base::Task<bool> look(WakeRoute route);
  [[nodiscard]] bool was_just_read(vehicle::Source source) const;
  [[nodiscard]] base::Time time_of(const WakeWish& wish) const;
  base::Task<void> fulfil(WakeWish wish);
  base::Task<void> keep_wakes();
  Situation assess_now();
  [[nodiscard]] base::Time next_event() const;
  [[nodiscard]] std::optional<base::Time> fresh_until() const;
  bool stopped_by(const toyota::RouteResult& result);
  /// It failed, and the schedule asks again within seconds.
  [[nodiscard]] bool is_repeated(vehicle::Source source, const toyota::RouteResult& result) const;
  /// Nothing about the route was learnt: there is no connection, or no token to ask with.
  [[nodiscard]] bool was_not_asked(const toyota::RouteResult& result) const;
  void tell_diagnostics();
  void show_news();
  void learn();
  base::Task<void> keep_learnt();
  base::Task<void> keep_evidence();
  base::Task<void> keep_answers();
  base::Task<void> fire_notifications();
  void note(vehicle::Source source, const toyota::RouteResult& result,
            const vehicle::VehicleState& before);
  void note_failed(vehicle::Source source, const toyota::RouteResult& result);
  void copy_abrp_status();
  CommandDesk::Hooks desk_hooks();
  base::Task<Answered> send_command(vehicle::Command command);
  base::Task<Woken> wake_for_command(vehicle::Source confirmation);
  void reject_command(vehicle::Action action);
  void show_commands();

  Services services_;
  std::vector<vehicle::CarEvent> new_events_;  ///< since the evidence was stored
  toyota::Cloud& cloud_;
  vehicle::Car car_;
  CarPolicy policy_;
  ReadHistory history_;
  WakeHistory wakes_;
  Mode mode_ = Mode::parked;
  std::optional<base::Time> no_wish_before_;  // a wish was refused until then
  std::string wake_refusal_;                  // of the owner's last wish; empty = it was sent
  std::optional<base::Time> refused_until_;
  std::string stored_wakes_;
  std::optional<Seen> seen_;
  std::set<vehicle::Source> failing_;
  AnswerMemory memory_;
  bool memory_failing_ = false;
  vehicle::OdometerWatch odometer_;
  std::deque<std::shared_ptr<Asked>> late_;  // answered when nobody waited any more
  int left_behind_ = 0;                      // asked, and not waited for any more
  std::string stored_evidence_;
  vehicle::VehicleState shown_;            // what the last settle() saw
  std::optional<base::Time> answered_at_;  // when any source last answered
  base::SteadyTime began_{};
  std::unique_ptr<abrp::Link> abrp_;
  std::unique_ptr<base::TaskGroup> tasks_;
  base::Event wake_;
  CarOwner& owner_;
  CommandDesk desk_;
  base::AsyncMutex asking_;  // one request about the car at a time
  bool presentable_ = false;
  bool read_now_ = false;
  std::uint64_t passes_ = 0;
  std::uint64_t version_;
  std::optional<base::Time> fresh_until_ = {};             // as of the last change
  std::map<vehicle::Source, std::uint32_t> cleared_ = {};  // and how often it had been read
};

}  // namespace toyota2mqtt::fleet
