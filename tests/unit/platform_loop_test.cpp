#include <signal.h>
#include <unistd.h>

#include <thread>

#include "support/real_loop.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

TEST_CASE("callbacks due at the same time run in the order of asking, never inside call_at") {
  test::RealLoop loop;
  std::string trace;
  const auto when = loop.clock.steady() + 5ms;
  loop.clock.call_at(when, [&trace] { trace += "a"; });
  loop.clock.call_at(when + 1ms, [&trace] { trace += "z"; });
  loop.clock.call_at(when, [&trace] { trace += "b"; });
  loop.clock.call_at(loop.clock.steady() - 1s, [&trace] { trace += "past,"; });
  CHECK(trace.empty());
  loop.run_until([&trace] { return trace.ends_with('z'); });
  CHECK(trace == "past,abz");
  CHECK(loop.clock.steady() >= when + 1ms);
}

TEST_CASE("a cancelled callback is never called, not even by its neighbour in the same instant") {
  test::RealLoop loop;
  std::string trace;
  const auto when = loop.clock.steady() + 2ms;
  base::Clock::TimerId second = 0;
  loop.clock.call_at(when, [&] {
    trace += "first;";
    loop.clock.cancel(second);
  });
  second = loop.clock.call_at(when, [&trace] { trace += "second;"; });
  const auto third = loop.clock.call_at(when, [&trace] { trace += "third;"; });
  loop.clock.call_at(when, [&trace] { trace += "fourth;"; });
  loop.clock.cancel(third);
  loop.clock.cancel(third);
  loop.clock.cancel(4711);
  loop.run_until([&trace] { return trace.ends_with("fourth;"); });
  CHECK(trace == "first;fourth;");
}

TEST_CASE("a callback may ask for the next one, and an earlier one moves the timer forward") {
  test::RealLoop loop;
  int calls = 0;
  loop.clock.call_at(loop.clock.steady() + 1h, [&calls] { calls += 100; });
  loop.clock.call_at(loop.clock.steady() + 1ms, [&] {
    ++calls;
    loop.clock.call_at(loop.clock.steady(), [&calls] { ++calls; });
  });
  loop.run_until([&calls] { return calls == 2; });
  CHECK(calls == 2);
}

TEST_CASE("posting from another thread runs on the loop, in order") {
  test::RealLoop loop;
  std::string trace;
  std::thread other([&] {
    for (const char letter : {'a', 'b', 'c'}) loop.loop.post([&trace, letter] { trace += letter; });
  });
  loop.run_until([&trace] { return trace.size() == 3; });
  other.join();
  CHECK(trace == "abc");
}

TEST_CASE("each signal reaches the callback on the loop, again and again") {
  test::RealLoop loop;
  std::vector<int> seen;
  loop.loop.on_signal({SIGTERM, SIGINT, SIGHUP}, [&seen](int signal) { seen.push_back(signal); });
  kill(getpid(), SIGHUP);
  loop.run_until([&seen] { return seen.size() == 1; });
  kill(getpid(), SIGTERM);
  loop.run_until([&seen] { return seen.size() == 2; });
  CHECK(seen == std::vector<int>{SIGHUP, SIGTERM});
}

TEST_CASE("a sleeping task is cancelled at once under the real clock") {
  test::RealLoop loop;
  base::TaskGroup group(loop.loop.executor(), loop.log);
  std::optional<base::Result<void>> outcome;
  group.spawn("sleeper", base::detail::store_result(base::sleep_for(loop.clock, 1h), outcome));
  loop.run(base::detail::store_result(base::sleep_for(loop.clock, 1ms), outcome));
  outcome.reset();
  group.cancel();
  loop.run_until([&outcome] { return outcome.has_value(); }, 1s);
  CHECK(outcome->error().code == base::ErrorCode::cancelled);
}

namespace {

base::Task<void> sleep_and_set(base::Clock& clock, std::chrono::milliseconds duration, bool& done) {
  (void)co_await base::sleep_for(clock, duration);
  done = true;
}

}  // namespace

TEST_CASE("run() waits for its own task, whichever other task ends meanwhile") {
  test::RealLoop loop;
  bool other = false;
  bool mine = false;
  loop.tasks.spawn("other", sleep_and_set(loop.clock, 1ms, other));
  loop.run(sleep_and_set(loop.clock, 30ms, mine));
  CHECK(other);
  CHECK(mine);
}
