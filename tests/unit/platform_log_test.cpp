#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/loop.hpp"
#include "toyota2mqtt/platform/spdlog_log.hpp"

using namespace toyota2mqtt;
using base::LogLevel;

namespace {

struct Logged {
  explicit Logged(platform::LogOptions options) : log(options, clock, out) {}
  test::FakeClock clock;
  std::ostringstream out;
  platform::SpdLog log;
};

}  // namespace

TEST_CASE("a text line has time, level, component and message") {
  Logged logged({.level = LogLevel::debug});
  logged.clock.advance(std::chrono::milliseconds(7));
  logged.log.debug("toyota", "one");
  logged.log.info("toyota", "two");
  logged.log.warning("abrp", "three {} %v");
  logged.log.error("storage", "");
  CHECK(logged.out.str() ==
        "2026-11-20T12:00:00.007Z debug toyota: one\n"
        "2026-11-20T12:00:00.007Z info toyota: two\n"
        "2026-11-20T12:00:00.007Z warning abrp: three {} %v\n"
        "2026-11-20T12:00:00.007Z error storage: \n");
}

TEST_CASE("a JSON line is one object with the same four values") {
  Logged logged({.json = true});
  logged.log.info("toyota", "says \"hé\"\nand more \xff");
  const auto text = logged.out.str();
  CHECK(std::ranges::count(text, '\n') == 1);
  const auto line = nlohmann::json::parse(text, nullptr, false);
  REQUIRE(line.is_object());
  CHECK(line.size() == 4);
  CHECK(line["time"] == "2026-11-20T12:00:00.000Z");
  CHECK(line["level"] == "info");
  CHECK(line["component"] == "toyota");
  CHECK(line["message"] == "says \"hé\"\\nand more \\xff");
}

TEST_CASE("less important levels are not written") {
  Logged logged({.level = LogLevel::warning});
  logged.log.debug("a", "no");
  logged.log.info("a", "no");
  logged.log.warning("a", "yes");
  logged.log.error("a", "yes");
  CHECK(std::ranges::count(logged.out.str(), '\n') == 2);
  CHECK(!logged.out.str().contains("no"));
}

TEST_CASE("hostile text cannot forge a line") {
  const std::string forged = "x\n2026-11-20T12:00:00.000Z error toyota: forged\x1b[2J\u0085";
  for (const bool json : {false, true}) {
    Logged logged({.json = json});
    logged.log.info(forged, forged);
    const auto text = logged.out.str();
    CHECK(std::ranges::count(text, '\n') == 1);
    CHECK(!text.contains('\x1b'));
    CHECK(!text.contains("\u0085"));
  }
}

TEST_CASE("no canary reaches the output, in either format") {
  const std::vector<std::string> canaries = {"canary-Passw0rd!",
                                             "canary-Passw0rd%21",
                                             "canary@example.com",
                                             "JTMCANARY00000001",
                                             "eyJjYW5hcnkiOjF9.eyJjYW5hcnkiOjJ9.c2ln",
                                             "50.987654",
                                             "8.123987",
                                             "canary-opaque"};
  for (const bool json : {false, true}) {
    Logged logged({.json = json});
    logged.log.add_secret(base::Secret("canary-Passw0rd!"));
    logged.log.error("canary@example.com",
                     "canary-Passw0rd! canary-Passw0rd%21 (canary@example.com) car "
                     "JTMCANARY00000001 eyJjYW5hcnkiOjF9.eyJjYW5hcnkiOjJ9.c2ln at 50.987654, "
                     "8.123987 Bearer canary-opaque");
    for (const auto& canary : canaries) {
      INFO(canary);
      CHECK(!logged.out.str().contains(canary));
    }
    CHECK(logged.out.str().contains("[redacted]"));
  }
}

TEST_CASE("a message is cut at 4 KiB, and no half of a secret shows at the cut") {
  Logged logged({});
  const std::string secret(5000, 's');
  logged.log.add_secret(base::Secret(secret));
  logged.log.info("a", std::string(4000, 'x') + secret);
  CHECK(logged.out.str().size() < 4096 + 64);
  CHECK(!logged.out.str().contains("ss"));
  logged.log.info("a", std::string(100'000, 'y'));
  CHECK(logged.out.str().size() < 2 * (4096 + 64));
}

TEST_CASE("the level can be changed while the program runs") {
  Logged logged({.level = LogLevel::info});
  logged.log.debug("a", "no");
  logged.log.set_level(LogLevel::debug);
  CHECK(logged.log.level() == LogLevel::debug);
  logged.log.debug("a", "yes");
  logged.log.set_level(LogLevel::error);
  logged.log.warning("a", "no");
  CHECK(logged.out.str() == "2026-11-20T12:00:00.000Z debug a: yes\n");
}

TEST_CASE("the newest lines are remembered as they were written, and no more than so many") {
  Logged logged({});
  logged.log.add_secret(base::Secret("canary-secret"));
  logged.log.info("a", "with canary-secret in it");
  logged.log.debug("a", "not written, and so not remembered");
  REQUIRE(logged.log.recent().size() == 1);
  CHECK(logged.log.recent()[0] + "\n" == logged.out.str());
  CHECK(logged.log.recent()[0].find("canary") == std::string::npos);
  for (std::size_t i = 0; i < platform::SpdLog::kRemembered; ++i) {
    logged.log.info("a", std::to_string(i));
  }
  CHECK(logged.log.recent().size() == platform::SpdLog::kRemembered);
  CHECK(logged.log.recent().front().ends_with(" a: 0"));
}
