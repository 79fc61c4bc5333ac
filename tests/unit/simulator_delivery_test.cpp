#include "simulator/replies.hpp"

#include "support/http_rig.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using simulator::Mischief;

namespace {

base::Task<base::HttpResponse> with_fault(base::HttpServerRequest request) {
  simulator::Reply reply{.body = "text"};
  if (request.path == "/late") reply.delay = 50ms;
  if (request.path == "/stall") reply.mischief = Mischief::stall;
  if (request.path == "/half") reply.mischief = Mischief::stall_after_headers;
  if (request.path == "/reset") reply.mischief = Mischief::reset;
  return simulator::deliver(std::move(reply));
}

/// One connection that asked for a path.
struct Visit {
  explicit Visit(const std::string& path) : rig(with_fault), client(rig) {
    rig.listen();
    client.connect();
    client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read();
  }
  test::HttpRig rig;
  test::RawClient client;
};

}  // namespace

TEST_CASE("an answer comes whole, also late") {
  for (const auto* path : {"/", "/late"}) {
    Visit visit(path);
    CHECK(visit.rig.until([&] { return visit.client.received.ends_with("\r\n\r\ntext"); }));
  }
}

TEST_CASE("an answer that stalls keeps its connection until the listener stops") {
  Visit visit("/stall");
  visit.rig.io.run_for(50ms);
  CHECK(visit.client.received.empty());
  CHECK_FALSE(visit.client.ended);
  visit.rig.server.stop();
  CHECK(visit.rig.until([&] { return visit.client.ended; }));
}

TEST_CASE("an answer that stalls after its headers has no body") {
  Visit visit("/half");
  CHECK(visit.rig.until([&] { return visit.client.received.ends_with("\r\n\r\n"); }));
  visit.rig.io.run_for(50ms);
  CHECK(visit.client.received.ends_with("\r\n\r\n"));
  CHECK_FALSE(visit.client.ended);
}

TEST_CASE("a reset connection carries nothing") {
  Visit visit("/reset");
  CHECK(visit.rig.until([&] { return visit.client.ended; }));
  CHECK(visit.client.received.empty());
}
