#include "rest/auth/login_throttle.hpp"

#include <string>

#include "support/catch.hpp"

namespace toyota2mqtt::rest {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr base::SteadyTime kStart{hours(1)};

}  // namespace

TEST_CASE("a window counts the requests of a minute and says when it ends") {
  const RequestLimits limits(3);
  RequestWindow window;
  CHECK(limits.take(window, kStart).left == 2);
  CHECK(limits.take(window, kStart + seconds(10)).reset == 50);
  CHECK_FALSE(limits.take(window, kStart + seconds(59)).exceeded);
  const auto fourth = limits.take(window, kStart + seconds(59));
  CHECK(fourth.exceeded);
  CHECK(fourth.left == 0);
  CHECK(fourth.reset == 1);
  CHECK_FALSE(limits.take(window, kStart + seconds(60)).exceeded);
}

TEST_CASE("a limit of 0 is none") {
  RequestLimits limits(0);
  for (int i = 0; i < 10'000; ++i) REQUIRE(limits.take("192.0.2.1", kStart).limit == 0);
}

TEST_CASE("the memory of addresses is bounded, and a flood does not free who asks too often") {
  RequestLimits limits(3);
  for (int i = 0; i < 10; ++i) limits.take("192.0.2.1", kStart);
  for (int i = 0; i < 20'000; ++i) limits.take("flood" + std::to_string(i), kStart);
  std::size_t known = 0;
  for (int i = 0; i < 20'000; ++i) {
    known += limits.take("flood" + std::to_string(i), kStart).left == 1 ? 1 : 0;
  }
  CHECK(known <= RequestLimits::kMostAddresses);
  CHECK(limits.take("192.0.2.1", kStart).exceeded);
}

TEST_CASE("the memory of attempts is bounded, and a flood does not free who guesses") {
  LoginThrottle attempts;
  for (int i = 0; i < 8; ++i) attempts.begin("victim", kStart + hours(i));
  const auto now = kStart + hours(8);
  for (int i = 0; i < 20'000; ++i) attempts.begin("flood" + std::to_string(i), now);
  CHECK(attempts.entries().size() == LoginThrottle::kMost);
  CHECK(attempts.entries().at("victim").count == 8);
}

TEST_CASE("a day without an attempt forgives all") {
  LoginThrottle attempts;
  for (int i = 0; i < 8; ++i) attempts.begin("anna", kStart + hours(i));
  const auto now = kStart + hours(7 + 24);
  CHECK_FALSE(attempts.begin("anna", now));
  CHECK(attempts.entries().at("anna").count == 1);
}

TEST_CASE("an attempt that is undone was never there") {
  LoginThrottle attempts;
  for (int i = 0; i < 5; ++i) REQUIRE_FALSE(attempts.begin("anna", kStart));
  CHECK(attempts.begin("anna", kStart) == 1);
  CHECK(attempts.blocked(kStart) == 1);
  attempts.undo("anna");
  CHECK(attempts.blocked(kStart) == 0);
  CHECK_FALSE(attempts.begin("anna", kStart));
  for (int i = 0; i < 5; ++i) attempts.undo("anna");
  CHECK(attempts.entries().empty());
  attempts.undo("anna");
  CHECK(attempts.entries().empty());
}

}  // namespace toyota2mqtt::rest
