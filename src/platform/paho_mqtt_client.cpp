#include "toyota2mqtt/platform/paho_mqtt_client.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "platform/paho_link.hpp"
#include "platform/thread_queue.hpp"

namespace toyota2mqtt::platform {

namespace {

using base::ErrorCode;
using std::chrono::milliseconds;

constexpr std::size_t kWindow = 20;
constexpr std::size_t kMostEventBytes = std::size_t{4} << 20U;
constexpr std::size_t kEventOverhead = 256;  ///< of a message in memory, beside its texts
constexpr auto kCloseLimit = milliseconds(500);
constexpr auto kThreadEnd = milliseconds(1000);
constexpr auto kNobody = std::numeric_limits<std::uint64_t>::max();

std::size_t size_of(const base::MqttEvent& event) {
  const auto* message = std::get_if<base::MqttReceived>(&event);
  return kEventOverhead +
         (message == nullptr ? 0 : message->topic.size() + message->payload.size());
}

base::Error ended_error() {
  return {.code = ErrorCode::unreachable, .message = "there is no connection to the MQTT broker"};
}

// Paho's own thread and what belongs to it. Shared with the thread, which may have to be left
// behind when it is stuck in a name resolution.
struct PahoThread {
  ThreadQueue<std::function<void(PahoThread&)>> jobs;
  ThreadSignal ended;
  // The connection that the loop wants now: a job for an older one is not worth a blocking call.
  std::atomic<std::uint64_t> wanted{0};
  std::unique_ptr<PahoLink> link;  // this thread only
  std::uint64_t link_of = 0;       // this thread only

  void work() {
    {
      // Paho shuts its library down with its last client and leaks about 500 bytes each time it
      // starts again, hence a client that never connects.
      const mqtt::async_client keeper("tcp://localhost", "", mqtt::create_options(MQTTVERSION_5),
                                      nullptr);
      while (auto job = jobs.pop()) (*job)(*this);
      link.reset();
    }
    ended.set();
  }
};

}  // namespace

// The side of the loop. A "generation" counts connections: whatever arrives from Paho for another
// generation than the present one is dropped.
class PahoMqttClient::Inside : public std::enable_shared_from_this<Inside> {
 public:
  enum class Kind { connect, subscribe, publish };
  struct Step {
    Kind kind;
    base::Event done;
    std::optional<base::Result<void>> outcome;
  };

  Inside(boost::asio::any_io_executor executor, base::Clock& the_clock, base::Log& log)
      : clock(the_clock), log_(log), mailbox_(std::make_shared<LoopMailbox>(std::move(executor))) {
    thread_ = std::thread([shared = paho_] { shared->work(); });
  }

  void close();
  std::uint64_t begin_connection();
  /// Forgets the present connection: its steps fail, its events do not come any more.
  void end_connection();
  std::shared_ptr<Step> start_connect(base::MqttConnection connection);
  std::shared_ptr<Step> start_subscribe(std::vector<std::string> filters);
  std::shared_ptr<Step> start_publish(base::MqttMessage message);
  /// Takes a publish back that Paho has not got yet.
  void withdraw(const std::shared_ptr<Step>& step);
  /// Lets Paho say farewell; the event is notified when it has.
  std::shared_ptr<base::Event> start_farewell();

  [[nodiscard]] bool has_event() const { return !events_.empty(); }
  /// Requires: has_event().
  base::MqttEvent take_event();

  base::Clock& clock;
  base::Event event_arrived;
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  struct Waiting {
    std::shared_ptr<Step> step;
    base::MqttMessage message;
  };

  PahoReports reports(std::uint64_t generation);
  void finished(std::uint64_t generation, std::uint64_t id, base::Result<void> outcome);
  void received(std::uint64_t generation, base::MqttReceived message);
  void ended(std::uint64_t generation, base::Error reason);
  void left_out(std::uint64_t generation, std::size_t bytes);
  void add_event(base::MqttEvent event);
  void pump();
  std::uint64_t add(std::shared_ptr<Step> step);
  /// Runs `job` on Paho's thread if its link is still that of the present generation.
  void with_link(std::function<void(PahoLink&)> job);

  base::Log& log_;
  std::shared_ptr<LoopMailbox> mailbox_;
  std::shared_ptr<PahoThread> paho_ = std::make_shared<PahoThread>();
  std::thread thread_;
  std::uint64_t generation_ = 0;
  bool connected_ = false;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, std::shared_ptr<Step>> steps_;
  std::deque<Waiting> waiting_;
  std::size_t outstanding_ = 0;
  std::deque<base::MqttEvent> events_;
  std::size_t event_bytes_ = 0;
  std::size_t dropped_ = 0;
};

using Inside = PahoMqttClient::Inside;

void Inside::close() {
  mailbox_->close();
  end_connection();
  paho_->wanted = kNobody;
  paho_->jobs.close();
  if (paho_->ended.wait_for(kThreadEnd)) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

std::uint64_t Inside::begin_connection() {
  end_connection();
  events_.clear();
  event_bytes_ = 0;
  dropped_ = 0;
  return generation_;
}

void Inside::end_connection() {
  paho_->wanted = ++generation_;
  connected_ = false;
  outstanding_ = 0;
  const auto settle = [](Step& step) {
    step.outcome = base::fail(ended_error());
    step.done.notify();
  };
  for (const auto& [id, step] : std::exchange(steps_, {})) settle(*step);
  for (const auto& waiting : std::exchange(waiting_, {})) settle(*waiting.step);
}

PahoReports Inside::reports(std::uint64_t generation) {
  const auto post = [mailbox = mailbox_, weak = weak_from_this()](auto action) {
    mailbox->post([weak, action = std::move(action)]() mutable {
      if (const auto self = weak.lock()) action(*self);
    });
  };
  return {.finished =
              [post, generation](std::uint64_t id, base::Result<void> outcome) {
                post([generation, id, outcome = std::move(outcome)](Inside& self) {
                  self.finished(generation, id, outcome);
                });
              },
          .received =
              [post, generation](base::MqttReceived message) {
                post([generation, message = std::move(message)](Inside& self) {
                  self.received(generation, message);
                });
              },
          .ended =
              [post, generation](base::Error reason) {
                post([generation, reason = std::move(reason)](Inside& self) {
                  self.ended(generation, reason);
                });
              },
          .left_out =
              [post, generation](std::size_t bytes) {
                post([generation, bytes](Inside& self) { self.left_out(generation, bytes); });
              }};
}

std::shared_ptr<Inside::Step> Inside::start_connect(base::MqttConnection connection) {
  const auto step = std::make_shared<Step>(Kind::connect);
  const auto id = add(step);
  paho_->jobs.push([id, generation = generation_, reports = reports(generation_),
                    connection = std::move(connection)](PahoThread& paho) {
    paho.link.reset();
    if (paho.wanted != generation) return;
    try {
      paho.link = std::make_unique<PahoLink>(connection, reports);
      paho.link_of = generation;
      paho.link->connect(id);
    } catch (const std::exception&) {  // Paho refuses the options, for example an empty client id
      reports.finished(id,
                       base::fail(ErrorCode::config_invalid, "the MQTT settings cannot be used"));
    }
  });
  return step;
}

std::shared_ptr<Inside::Step> Inside::start_subscribe(std::vector<std::string> filters) {
  const auto step = std::make_shared<Step>(Kind::subscribe);
  with_link([id = add(step), filters = std::move(filters)](PahoLink& link) {
    link.subscribe(id, filters);
  });
  return step;
}

std::shared_ptr<Inside::Step> Inside::start_publish(base::MqttMessage message) {
  const auto step = std::make_shared<Step>(Kind::publish);
  waiting_.push_back({.step = step, .message = std::move(message)});
  pump();
  return step;
}

void Inside::withdraw(const std::shared_ptr<Step>& step) {
  std::erase_if(waiting_, [&step](const Waiting& waiting) { return waiting.step == step; });
}

void Inside::pump() {
  while (connected_ && outstanding_ < kWindow && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    ++outstanding_;
    with_link([id = add(next.step), message = std::move(next.message)](PahoLink& link) {
      link.publish(id, message);
    });
  }
}

std::uint64_t Inside::add(std::shared_ptr<Step> step) {
  steps_.emplace(next_id_, std::move(step));
  return next_id_++;
}

void Inside::with_link(std::function<void(PahoLink&)> job) {
  paho_->jobs.push([generation = generation_, job = std::move(job)](PahoThread& paho) {
    if (paho.link && paho.link_of == generation && paho.wanted == generation) job(*paho.link);
  });
}

std::shared_ptr<base::Event> Inside::start_farewell() {
  const auto done = std::make_shared<base::Event>();
  paho_->jobs.push([mailbox = mailbox_, done](PahoThread& paho) {
    paho.link.reset();
    mailbox->post([done] { done->notify(); });
  });
  return done;
}

void Inside::finished(std::uint64_t generation, std::uint64_t id, base::Result<void> outcome) {
  if (generation != generation_) return;
  const auto found = steps_.extract(id);
  if (!found) return;
  auto& step = *found.mapped();
  if (step.kind == Kind::connect && outcome) connected_ = true;
  if (step.kind == Kind::publish) --outstanding_;
  step.outcome = std::move(outcome);
  step.done.notify();
  pump();
}

void Inside::received(std::uint64_t generation, base::MqttReceived message) {
  if (generation != generation_) return;
  base::MqttEvent event(std::move(message));
  if (event_bytes_ + size_of(event) > kMostEventBytes) {
    if (dropped_++ == 0) {
      log_.warning("mqtt",
                   "messages from the broker come faster than they are read; some are lost");
    }
    return;
  }
  add_event(std::move(event));
}

void Inside::add_event(base::MqttEvent event) {
  event_bytes_ += size_of(event);
  events_.push_back(std::move(event));
  event_arrived.notify();
}

base::MqttEvent Inside::take_event() {
  auto event = std::move(events_.front());
  events_.pop_front();
  event_bytes_ -= size_of(event);
  return event;
}

void Inside::left_out(std::uint64_t generation, std::size_t bytes) {
  if (generation != generation_) return;
  log_.warning("mqtt", "the broker sent a message of " + std::to_string(bytes) +
                           " bytes; those over " + std::to_string(kLargestMqttPacket) +
                           " are ignored");
}

void Inside::ended(std::uint64_t generation, base::Error reason) {
  if (generation != generation_) return;
  const bool was_connected = connected_;
  end_connection();
  start_farewell();  // frees the client on its own thread
  if (!was_connected) return;
  add_event(base::MqttDisconnected{.reason = std::move(reason)});
}

namespace {

// Free functions that share the inside, so that a task which is under way does not need the client.
base::Task<base::Result<void>> connect_task(std::shared_ptr<Inside> inside,
                                            base::MqttConnection connection) {
  const auto deadline = inside->clock.steady() + connection.timeout;
  const auto where = connection.host + ":" + std::to_string(connection.port);
  const auto generation = inside->begin_connection();
  const auto step = inside->start_connect(std::move(connection));
  const auto woken = co_await step->done.wait_until(inside->clock, deadline);
  if (woken && *woken && step->outcome->has_value()) co_return base::Result<void>();
  if (inside->generation() == generation) {
    inside->end_connection();
    inside->start_farewell();
  }
  if (!woken) co_return base::fail(woken.error());
  if (*woken) co_return base::fail(step->outcome->error());
  co_return base::fail(ErrorCode::timeout, "the MQTT broker " + where + " did not answer in time");
}

base::Task<base::Result<void>> subscribe_task(std::shared_ptr<Inside> inside,
                                              std::vector<std::string> filters) {
  if (!inside->connected()) co_return base::fail(ended_error());
  if (filters.empty()) co_return base::Result<void>();
  const auto step = inside->start_subscribe(std::move(filters));
  const auto woken = co_await step->done.wait();
  if (!woken) co_return base::fail(woken.error());
  co_return *step->outcome;
}

base::Task<base::Result<void>> publish_task(std::shared_ptr<Inside> inside,
                                            base::MqttMessage message) {
  if (!inside->connected()) co_return base::fail(ended_error());
  const auto step = inside->start_publish(std::move(message));
  const auto woken = co_await step->done.wait();
  if (!woken) {
    inside->withdraw(step);
    co_return base::fail(woken.error());
  }
  co_return *step->outcome;
}

base::Task<base::Result<base::MqttEvent>> next_event_task(std::shared_ptr<Inside> inside) {
  while (!inside->has_event()) {
    const auto woken = co_await inside->event_arrived.wait();
    if (!woken) co_return base::fail(woken.error());
  }
  co_return inside->take_event();
}

base::Task<void> disconnect_task(std::shared_ptr<Inside> inside) {
  inside->end_connection();
  const auto done = inside->start_farewell();
  co_await done->wait_until(inside->clock, inside->clock.steady() + kCloseLimit);
}

}  // namespace

PahoMqttClient::PahoMqttClient(EventLoop& loop, base::Clock& clock, base::Log& log)
    : inside_(std::make_shared<Inside>(loop.executor(), clock, log)) {}

PahoMqttClient::~PahoMqttClient() { inside_->close(); }

base::Task<base::Result<void>> PahoMqttClient::connect(base::MqttConnection connection) {
  return connect_task(inside_, std::move(connection));
}

base::Task<base::Result<void>> PahoMqttClient::subscribe(std::vector<std::string> filters) {
  return subscribe_task(inside_, std::move(filters));
}

base::Task<base::Result<void>> PahoMqttClient::publish(base::MqttMessage message) {
  return publish_task(inside_, std::move(message));
}

base::Task<base::Result<base::MqttEvent>> PahoMqttClient::next_event() {
  return next_event_task(inside_);
}

base::Task<void> PahoMqttClient::disconnect() { return disconnect_task(inside_); }

}  // namespace toyota2mqtt::platform
