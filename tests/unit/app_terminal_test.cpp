#include <algorithm>
#include <sstream>

#include "app/terminal.hpp"
#include "support/loop.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

constexpr const char* kErase = "\r\x1b[K";

/// What has been written since the last call.
std::string take_text(std::ostringstream& out) {
  auto text = out.str();
  out.str("");
  return text;
}

}  // namespace

TEST_CASE("the status line says what is tried, and after two seconds for how long") {
  std::ostringstream out;
  app::StatusLine line(out, 60);
  line.show("asking host.example");
  CHECK(take_text(out) == "asking host.example …");
  line.tick();
  CHECK(take_text(out) == kErase + std::string("asking host.example …"));
  line.tick();
  CHECK(take_text(out) == kErase + std::string("asking host.example … 2 s"));
  line.show("");
  CHECK(take_text(out) == kErase);
  line.tick();
  CHECK(take_text(out).empty());
}

TEST_CASE("what else is written goes above the status line") {
  std::ostringstream out;
  app::StatusLine line(out, 60);
  line.show("reading trips");
  take_text(out);
  line.stream() << "a line of the log\n" << std::flush;
  CHECK(take_text(out) == kErase + std::string("a line of the log\nreading trips …"));
  line.hide();
  CHECK(take_text(out) == kErase);
}

TEST_CASE("where there is no terminal, only what else is written comes through") {
  std::ostringstream out;
  {
    app::StatusLine line(out, 0);
    line.show("reading trips");
    line.tick();
    line.stream() << "a line of the log\n" << std::flush;
  }
  CHECK(out.str() == "a line of the log\n");
}

TEST_CASE("a status line fits one line of the terminal and carries no control characters") {
  std::ostringstream out;
  app::StatusLine line(out, 20);
  line.show("Škoda \x1b[2J" + std::string(80, 'x'));
  const auto text = take_text(out);
  CHECK_FALSE(text.contains('\x1b'));
  CHECK(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }) == 19);
}

TEST_CASE("the status line ticks every second until it is cancelled") {
  std::ostringstream out;
  test::TestLoop loop;
  app::StatusLine line(out, 60);
  line.show("asking");
  loop.tasks.spawn("progress", app::keep_ticking(line, loop.clock));
  loop.advance(3s);
  CHECK(out.str().ends_with("asking … 3 s"));
  loop.tasks.cancel();
  loop.settle();
  take_text(out);
  loop.advance(10s);
  CHECK(take_text(out).empty());
}
