#include "support/real_loop.hpp"

namespace toyota2mqtt::test {

RealLoop::~RealLoop() { end_tasks(); }

void RealLoop::run(base::Task<void> task, std::chrono::milliseconds limit) {
  const auto ended = std::make_shared<bool>(false);
  tasks.spawn("test", note_end(std::move(task), ended));
  run_until([ended] { return *ended; }, limit);
}

void RealLoop::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  if (turn_until(done, limit)) return;
  const bool ended = end_tasks();
  FAIL("not done within " << limit.count() << " ms" << (ended ? "" : ", and tasks do not end"));
}

bool RealLoop::end_tasks() {
  constexpr auto kTimeToEnd = std::chrono::seconds(5);
  tasks.cancel();
  return turn_until([this] { return tasks.running() == 0; }, kTimeToEnd);
}

bool RealLoop::turn_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto end = clock.steady() + limit;
  constexpr auto kTurn = std::chrono::milliseconds(1);
  while (!done() && clock.steady() < end) {
    const auto turn = clock.call_at(clock.steady() + kTurn, [this] { loop.stop(); });
    loop.run();
    clock.cancel(turn);
  }
  return done();
}

}  // namespace toyota2mqtt::test
