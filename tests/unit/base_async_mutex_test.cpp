#include <string>
#include <vector>

#include "support/loop.hpp"
#include "toyota2mqtt/base/async_mutex.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

base::Task<void> work(base::AsyncMutex& mutex, base::Clock& clock, std::vector<std::string>& said,
                      std::string name) {
  const auto lock = co_await mutex.lock();
  if (!lock) {
    said.push_back(name + " cancelled");
    co_return;
  }
  said.push_back(name + " begins");
  (void)co_await base::sleep_for(clock, 1s);
  said.push_back(name + " ends");
}

}  // namespace

TEST_CASE("one task at a time holds the mutex, in the order of lock()") {
  test::TestLoop loop;
  base::AsyncMutex mutex;
  std::vector<std::string> said;
  for (const auto* name : {"a", "b", "c"}) {
    loop.tasks.spawn(name, work(mutex, loop.clock, said, name));
  }
  loop.advance(10s);
  CHECK(said ==
        std::vector<std::string>{"a begins", "a ends", "b begins", "b ends", "c begins", "c ends"});
}

TEST_CASE("who is cancelled while waiting holds up nobody") {
  test::TestLoop loop;
  base::AsyncMutex mutex;
  std::vector<std::string> said;
  base::TaskGroup impatient(loop.io.get_executor(), loop.log);
  loop.tasks.spawn("a", work(mutex, loop.clock, said, "a"));
  loop.settle();
  impatient.spawn("b", work(mutex, loop.clock, said, "b"));
  loop.settle();
  loop.tasks.spawn("c", work(mutex, loop.clock, said, "c"));
  loop.settle();

  SECTION("in good time") {
    impatient.cancel();
    loop.settle();
    CHECK(said.back() == "b cancelled");
  }
  SECTION("in the moment in which the lock is granted") {
    loop.clock.call_at(loop.clock.steady() + 1s, [&impatient] { impatient.cancel(); });
  }
  loop.advance(10s);
  CHECK(said.front() == "a begins");
  CHECK(said.back() == "c ends");
  CHECK(impatient.running() == 0);
}
