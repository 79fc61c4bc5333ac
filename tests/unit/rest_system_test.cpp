#include "support/rest_rig.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::json_of;
using test::RestRig;

namespace {

rest::Response ask_from(RestRig& rig, const char* peer,
                        std::vector<base::HttpHeader> headers = {}) {
  auto request = RestRig::request("GET", "/ready");
  request.peer = peer;
  for (auto& header : headers) request.headers.push_back(std::move(header));
  return rig.ask(std::move(request));
}

}  // namespace

TEST_CASE("Health tells anybody that the program lives, since when, and which version it is") {
  RestRig rig;
  rig.loop.advance(90s);
  auto request = RestRig::request("GET", "/health");
  request.peer = "203.0.113.7";
  const auto health = json_of(rig.ask(std::move(request)));
  CHECK(health == nlohmann::json{{"status", "ok"},
                                 {"version", "1.2.3"},
                                 {"uptime_s", 90},
                                 {"started", "2026-11-20T12:00:00Z"}});
}

TEST_CASE("Ready is 503 only when a part is down, and names reason and time") {
  RestRig rig;
  std::vector<rest::PartState> parts = {{.name = "toyota", .state = "ok", .reason = {}},
                                        {.name = "broker", .state = "ok", .reason = {}}};
  rig.host.parts = [&parts] { return parts; };
  rig.restart();
  CHECK(rig.get("/ready").status == 200);
  CHECK(json_of(rig.get("/ready")).at("status") == "ok");
  parts[1] = {.name = "broker",
              .state = "degraded",
              .reason = "The connection does not last.",
              .since = rig.loop.clock.now()};
  CHECK(rig.get("/ready").status == 200);
  CHECK(json_of(rig.get("/ready")).at("status") == "degraded");
  CHECK(json_of(rig.get("/ready")).at("parts").at(1) ==
        nlohmann::json{{"name", "broker"},
                       {"state", "degraded"},
                       {"reason", "The connection does not last."},
                       {"since", "2026-11-20T12:00:00Z"}});
  parts[0].state = "down";
  CHECK(rig.get("/ready").status == 503);
  CHECK(json_of(rig.get("/ready")).at("status") == "down");
}

TEST_CASE("Strangers get one word, this machine and signed-in users get the parts") {
  RestRig rig;
  rig.host.parts = [] {
    return std::vector<rest::PartState>{{.name = "toyota", .state = "down", .reason = "Why."}};
  };
  rig.restart();
  const auto stranger = ask_from(rig, "203.0.113.7");
  CHECK(stranger.status == 503);
  CHECK(json_of(stranger) == nlohmann::json{{"status", "down"}});
  CHECK(json_of(ask_from(rig, "127.0.0.1")).contains("parts"));
  CHECK(json_of(ask_from(rig, "::1")).contains("parts"));
  // A proxy on this machine speaks for others.
  const auto forwarded =
      ask_from(rig, "127.0.0.1", {{.name = "X-Forwarded-For", .value = "203.0.113.7"}});
  CHECK_FALSE(json_of(forwarded).contains("parts"));
  const auto pretending =
      ask_from(rig, "203.0.113.7", {{.name = "X-Forwarded-For", .value = "127.0.0.1"}});
  CHECK_FALSE(json_of(pretending).contains("parts"));
  // A page of another site that has pointed its own name to this host.
  auto foreign = RestRig::request("GET", "/ready");
  foreign.headers.front().value = "evil.example:8099";
  CHECK(json_of(rig.ask(std::move(foreign))) == nlohmann::json{{"status", "down"}});
  auto signed_in = RestRig::request("GET", "/ready", rig.guest("gwen"));
  signed_in.peer = "203.0.113.7";
  signed_in.encrypted = true;
  CHECK(json_of(rig.ask(std::move(signed_in))).contains("parts"));
}
