#include <boost/asio/this_coro.hpp>

#include "support/loop.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

base::Task<base::Result<int>> later(base::Clock& clock, int value) {
  if (auto slept = co_await base::sleep_for(clock, 1h); !slept) co_return base::fail(slept.error());
  co_return value;
}

base::Task<void> sleeper(base::Clock& clock, std::string& trace, std::string name) {
  const auto slept = co_await base::sleep_for(clock, 10s);
  trace += name + (slept ? " woke;" : " was stopped;");
}

base::Task<void> store(base::Clock& clock, std::string& trace) {
  co_await base::sleep_for(clock, 5s);
  trace += "stored;";
}

base::Task<void> refresher(base::Clock& clock, std::string& trace) {
  co_await base::detail::run_shielded(store(clock, trace));
  const auto slept = co_await base::sleep_for(clock, 1s);
  trace += slept ? "went on;" : "then stopped;";
}

base::Task<void> owner_of_a_group(base::TaskGroup& inner, base::Clock& clock, std::string& trace) {
  co_await base::sleep_for(clock, 1h);
  inner.cancel();
  co_await inner.join();
  trace += "joined;";
}

base::Task<void> thrower() {
  throw std::runtime_error("broken invariant");
  co_return;
}

base::Task<base::Result<bool>> wait_until(base::Event& event, base::Clock& clock,
                                          base::SteadyTime until) {
  co_return co_await event.wait_until(clock, until);
}

base::Task<void> note(std::string& trace, std::string word) {
  trace += word;
  co_return;
}

base::Task<void> spawner(base::TaskGroup& group, std::string& trace) {
  group.spawn("inner", note(trace, "inner;"));
  trace += "spawned;";
  co_return;
}

}  // namespace

TEST_CASE("a task never begins inside the call that spawns it, also in a cancelled group") {
  for (const bool cancelled : {false, true}) {
    test::TestLoop loop;
    std::string trace;
    base::TaskGroup group(loop.io.get_executor(), loop.log);
    if (cancelled) group.cancel();
    loop.run(spawner(group, trace));
    loop.settle();
    CHECK(trace == "spawned;inner;");
    CHECK(group.running() == 0);
  }
}

TEST_CASE("sleeping moves the fake clock and nothing else") {
  test::TestLoop loop;
  const auto before = loop.clock.steady();
  CHECK(loop.run(later(loop.clock, 7)).value() == 7);
  CHECK(loop.clock.steady() - before == 1h);
}

TEST_CASE("cancelling a group stops every sleeper as a value, at once") {
  test::TestLoop loop;
  std::string trace;
  base::TaskGroup group(loop.io.get_executor(), loop.log);
  group.spawn("a", sleeper(loop.clock, trace, "a"));
  group.spawn("b", sleeper(loop.clock, trace, "b"));
  loop.settle();
  group.cancel();
  loop.settle();
  CHECK(trace == "a was stopped;b was stopped;");
  CHECK(group.running() == 0);
}

TEST_CASE("a task started in a cancelled group sees the cancellation at its first wait") {
  test::TestLoop loop;
  std::string trace;
  base::TaskGroup group(loop.io.get_executor(), loop.log);
  group.cancel();
  group.spawn("late", sleeper(loop.clock, trace, "late"));
  loop.settle();
  CHECK(trace == "late was stopped;");
}

TEST_CASE("shielded work ends before its cancelled caller goes on") {
  test::TestLoop loop;
  std::string trace;
  base::TaskGroup group(loop.io.get_executor(), loop.log);
  group.spawn("refresh", refresher(loop.clock, trace));
  loop.settle();
  group.cancel();
  loop.settle();
  CHECK(trace.empty());
  loop.advance(5s);
  CHECK(trace == "stored;then stopped;");
}

TEST_CASE("a cancelled task still waits for the group that it ends") {
  test::TestLoop loop;
  std::string trace;
  base::TaskGroup inner(loop.io.get_executor(), loop.log);
  base::TaskGroup outer(loop.io.get_executor(), loop.log);
  inner.spawn("refresh", refresher(loop.clock, trace));
  outer.spawn("owner", owner_of_a_group(inner, loop.clock, trace));
  loop.settle();
  outer.cancel();
  loop.settle();
  CHECK(trace.empty());
  loop.advance(5s);
  CHECK(trace == "stored;then stopped;joined;");
  CHECK(outer.running() == 0);
}

TEST_CASE("the test loop's run() waits for its own task, whichever other task ends meanwhile") {
  test::TestLoop loop;
  bool done = false;
  loop.tasks.spawn("other", [](base::Clock& clock) -> base::Task<void> {
    (void)co_await base::sleep_for(clock, 1s);
  }(loop.clock));
  loop.run([](base::Clock& clock, bool& mine) -> base::Task<void> {
    (void)co_await base::sleep_for(clock, 1min);
    mine = true;
  }(loop.clock, done));
  CHECK(done);
}

TEST_CASE("an exception that leaves a task is logged with the task's name") {
  test::TestLoop loop;
  loop.run(thrower());
  CHECK(loop.log.text() == "base: task 'test' ended with an exception: broken invariant\n");
}

TEST_CASE("an event that was notified before the wait is not lost, and counts once") {
  test::TestLoop loop;
  base::Event event;
  event.notify();
  event.notify();
  const auto soon = loop.clock.steady() + 1s;
  CHECK(loop.run(wait_until(event, loop.clock, soon)).value());
  CHECK_FALSE(loop.run(wait_until(event, loop.clock, soon)).value());
}
