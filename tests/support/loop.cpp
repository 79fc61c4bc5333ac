#include "support/loop.hpp"

namespace toyota2mqtt::test {

base::Clock::TimerId FakeClock::call_at(base::SteadyTime when, std::function<void()> callback) {
  const auto id = next_id_++;
  timers_.emplace(std::pair(when, id), std::move(callback));
  return id;
}

void FakeClock::cancel(TimerId id) {
  std::erase_if(timers_, [id](const auto& timer) { return timer.first.second == id; });
}

std::optional<base::SteadyTime> FakeClock::next() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.first;
}

bool FakeClock::jump() {
  if (timers_.empty()) return false;
  auto timer = timers_.extract(timers_.begin());
  if (timer.key().first > steady_) advance(timer.key().first - steady_);
  timer.mapped()();
  return true;
}

void FakeClock::advance(std::chrono::milliseconds by) {
  steady_ += by;
  now_ += by;
}

std::string RecordingLog::text() const {
  std::string all;
  for (const auto& line : lines) all += line.component + ": " + line.message + "\n";
  return all;
}

void FixedRandom::fill(std::span<std::uint8_t> bytes) {
  for (auto& byte : bytes) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    byte = static_cast<std::uint8_t>(state_ >> 32U);
  }
}

namespace {

/// Also when the task ends with an exception.
struct SetAtEnd {
  explicit SetAtEnd(std::shared_ptr<bool> flag) : ended(std::move(flag)) {}
  ~SetAtEnd() { *ended = true; }
  SetAtEnd(const SetAtEnd&) = delete;
  SetAtEnd& operator=(const SetAtEnd&) = delete;
  std::shared_ptr<bool> ended;
};

}  // namespace

base::Task<void> note_end(base::Task<void> task, std::shared_ptr<bool> ended) {
  const SetAtEnd set(std::move(ended));
  co_await std::move(task);
}

TestLoop::~TestLoop() {
  tasks.cancel();
  settle();
}

void TestLoop::run(base::Task<void> task) {
  const auto ended = std::make_shared<bool>(false);
  tasks.spawn("test", note_end(std::move(task), ended));
  drive([ended] { return *ended; });
}

void TestLoop::settle() {
  io.restart();
  while (io.poll() > 0) io.restart();
}

void TestLoop::advance(std::chrono::milliseconds duration) {
  const auto end = clock.steady() + duration;
  settle();
  while (clock.next() && *clock.next() <= end) {
    clock.jump();
    settle();
  }
  if (clock.steady() < end) clock.advance(end - clock.steady());
}

void TestLoop::drive(const std::function<bool()>& done) {
  constexpr int kMostSteps = 5'000'000;
  for (int step = 0; step < kMostSteps; ++step) {
    settle();
    if (done()) return;
    if (!clock.jump()) FAIL("the task waits for something that can never happen");
  }
  FAIL("the task did not end within " << kMostSteps << " timers");
}

}  // namespace toyota2mqtt::test
