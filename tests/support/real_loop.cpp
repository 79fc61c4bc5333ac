#include "support/real_loop.hpp"

namespace toyota2mqtt::test {

RealLoop::~RealLoop() {
  tasks.cancel();
  turn_until([this] { return tasks.running() == 0; }, std::chrono::seconds(5));
}

void RealLoop::run(base::Task<void> task, std::chrono::milliseconds limit) {
  const auto before = tasks.running();
  tasks.spawn("test", std::move(task));
  run_until([this, before] { return tasks.running() <= before; }, limit);
}

void RealLoop::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  if (!turn_until(done, limit)) FAIL("not done within " << limit.count() << " ms");
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
