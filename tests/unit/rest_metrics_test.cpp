#include <algorithm>

#include "rest/http/http_metrics.hpp"
#include "rest/http/router.hpp"
#include "support/metric_values.hpp"
#include "support/rest_rig.hpp"
#include "toyota2mqtt/base/encoding.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::RestRig;
using test::value_of;

namespace {

/// A source that says which one it is.
class Figures final : public base::MetricsSource {
 public:
  void collect(std::vector<base::MetricFamily>& into) const override {
    into.push_back({.name = "toyota2mqtt_here", .help = "Here.", .samples = {{.value = 7}}});
  }
};

rest::Request from(const std::string& peer, const std::string& host) {
  auto request = RestRig::request("GET", "/metrics");
  request.peer = peer;
  request.headers = {{.name = "Host", .value = host}};
  return request;
}

/// From another host, over TLS, with a name and a password.
rest::Request scrape(const std::string& entry) {
  auto request = from("192.0.2.7", "bridge.example");
  request.encrypted = true;
  std::string text;
  // base64 with padding, as RFC 7617 wants it.
  const std::vector<std::uint8_t> bytes(entry.begin(), entry.end());
  text = base::base64url(bytes);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  while (text.size() % 4 != 0) text += '=';
  request.headers.push_back({.name = "Authorization", .value = "Basic " + text});
  return request;
}

std::vector<base::MetricFamily> metrics_of(const rest::HttpMetrics& http_metrics) {
  std::vector<base::MetricFamily> families;
  http_metrics.collect(families);
  return families;
}

}  // namespace

TEST_CASE("metrics of every source are written as text for Prometheus") {
  RestRig rig;
  const Figures figures;
  rig.metrics_sources = {&figures};
  rig.restart();
  const auto answer = rig.get("/metrics");
  CHECK(answer.status == 200);
  CHECK(test::header_of(answer, "Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(test::header_of(answer, "Cache-Control") == "no-store");
  CHECK(answer.body.find("toyota2mqtt_here{} 7\n") != std::string::npos);
  CHECK(answer.body.find("toyota2mqtt_sign_ins_total") != std::string::npos);
  CHECK(answer.body.find("toyota2mqtt_event_readers{} 0\n") != std::string::npos);
}

TEST_CASE("a program on this machine may see the metrics, a page in its browser not") {
  RestRig rig;
  for (const auto* host :
       {"localhost", "localhost:8099", "127.0.0.1:8099", "127.0.0.1", "[::1]:8099", "[::1]"}) {
    INFO(host);
    CHECK(rig.ask(from("127.0.0.1", host)).status == 200);
    CHECK(rig.ask(from("::1", host)).status == 200);
  }
  // The address of this machine under a name that another client chose.
  for (const auto* host : {"evil.example", "evil.example:8099", "localhost.evil.example",
                           "127.0.0.1.evil.example", "", "192.0.2.1"}) {
    INFO(host);
    CHECK(rig.ask(from("127.0.0.1", host)).status == 401);
  }
}

TEST_CASE("whom a proxy speaks for is not on this machine") {
  RestRig rig;
  auto request = from("127.0.0.1", "localhost");
  request.headers.push_back({.name = "X-Forwarded-For", .value = "192.0.2.7"});
  CHECK(rig.ask(request).status == 401);
  request = from("127.0.0.1", "localhost");
  request.headers.push_back({.name = "X-Forwarded-For", .value = "127.0.0.1"});
  CHECK(rig.ask(request).status == 401);
}

TEST_CASE("from another machine an administrator's token opens the metrics, a guest's never") {
  RestRig rig;
  auto request = from("192.0.2.7", "bridge.example");
  request.encrypted = true;
  auto refused = rig.ask(request);
  CHECK(refused.status == 401);
  CHECK(refused.body.find("toyota2mqtt_") == std::string::npos);
  const auto with = [&](const std::string& token) {
    auto asked = request;
    asked.headers.push_back({.name = "Authorization", .value = "Bearer " + token});
    const auto answer = rig.ask(asked);
    UNSCOPED_INFO(answer.body);
    return answer.status;
  };
  CHECK(with(rig.administrator()) == 200);
  const auto guest = rig.guest("eve");
  CHECK(with(guest) == 403);
  CHECK(rig.get("/metrics", guest).status == 403);
  CHECK(with("nonsense") == 401);
}

TEST_CASE("a scraper may send an administrator's name and password, but not on an open line") {
  RestRig rig;
  CHECK(rig.ask(scrape("anna:anna's password")).status == 200);
  auto open = scrape("anna:anna's password");
  open.encrypted = false;
  CHECK(test::problem_of(rig.ask(open)) == "tls-required");
  // No session begins.
  const auto families = rig.writer.last;
  CHECK(value_of(families, "toyota2mqtt_sessions", {{"kind", "administrator"}}) == 0);
}

TEST_CASE("a password that was right is believed for five minutes without being hashed again") {
  RestRig rig;
  for (int i = 0; i < 10; ++i) {
    CHECK(rig.ask(scrape("anna:anna's password")).status == 200);
    rig.loop.advance(15s);
  }
  CHECK(rig.hasher.asked.size() == 1);
  rig.loop.advance(5min);
  CHECK(rig.ask(scrape("anna:anna's password")).status == 200);
  CHECK(rig.hasher.asked.size() == 2);
  // What is believed is that name with that password.
  CHECK(rig.ask(scrape("ben:anna's password")).status == 401);
  rig.loop.run(rig.api->use_users({{.name = "ben", .password_hash = "fake:ben's password"}}));
  CHECK(rig.ask(scrape("anna:anna's password")).status == 401);
  CHECK(rig.ask(scrape("anna:Anna's password")).status == 401);
}

TEST_CASE("guessing by HTTP Basic takes as long as a sign-in, is held back and counted alike") {
  RestRig rig;
  const auto before = rig.loop.clock.steady();
  CHECK(rig.ask(scrape("anna:wrong")).status == 401);
  CHECK(rig.loop.clock.steady() - before == 1500ms);
  for (int i = 0; i < 4; ++i) CHECK(rig.ask(scrape("anna:wrong")).status == 401);
  CHECK(rig.ask(scrape("anna:anna's password")).status == 429);
  (void)rig.get("/metrics");
  CHECK(value_of(rig.writer.last, "toyota2mqtt_sign_ins_total", {{"outcome", "rejected"}}) == 5);
  CHECK(value_of(rig.writer.last, "toyota2mqtt_sign_ins_total", {{"outcome", "limited"}}) == 1);
}

TEST_CASE("HTTP Basic never asks Toyota, and nonsense is refused without a hash") {
  RestRig rig;
  rig.guests.passwords["eve@example.com"] = "eve's password";
  CHECK(rig.ask(scrape("eve@example.com:eve's password")).status == 401);
  CHECK(rig.guests.asked.empty());
  const auto hashed = rig.hasher.asked.size();
  for (const auto* entry : {"", ":", ":x", "name-alone"}) {
    INFO(entry);
    CHECK(rig.ask(scrape(entry)).status == 400);
  }
  CHECK(rig.ask(scrape(std::string(2000, 'a') + ":b")).status == 400);
  CHECK(rig.hasher.asked.size() == hashed);
  CHECK(rig.get("/metrics").status == 200);
}

TEST_CASE("requests are counted by route and status, never by what stood in their path") {
  rest::HttpMetrics http_metrics;
  const auto found = rest::match("GET", "/metrics");
  REQUIRE(found.route != nullptr);
  http_metrics.record_answer(found.route, 200, 0.002);
  http_metrics.record_answer(found.route, 200, 0.3);
  http_metrics.record_answer(found.route, 401, 9);
  http_metrics.record_answer(nullptr, 404, 0);
  const auto families = metrics_of(http_metrics);
  const auto requests = [&](const std::string& route, const std::string& status) {
    return value_of(
        families, "toyota2mqtt_http_requests_total",
        {{"method", route == "none" ? "none" : "GET"}, {"route", route}, {"status", status}});
  };
  CHECK(requests("/metrics", "200") == 2);
  CHECK(requests("/metrics", "401") == 1);
  CHECK(requests("none", "404") == 1);
}

TEST_CASE("the latency of a route is a histogram per class of statuses") {
  rest::HttpMetrics http_metrics;
  const auto* route = rest::match("GET", "/metrics").route;
  for (const double seconds : {0.0, 0.001, 0.002, 0.3, 9.0})
    http_metrics.record_answer(route, 200, seconds);
  http_metrics.record_answer(route, 204, 0.5);
  http_metrics.record_answer(route, 500, 0.5);
  const auto families = metrics_of(http_metrics);
  const auto family = std::ranges::find(families, "toyota2mqtt_http_request_duration_seconds",
                                        &base::MetricFamily::name);
  REQUIRE(family != families.end());
  REQUIRE(family->samples.size() == 2);
  const auto& good = family->samples[0];
  CHECK(good.count == 6);
  CHECK(good.sum == Approx(9.803));
  CHECK(good.buckets.front() == std::pair<double, std::uint64_t>{0.001, 2});
  CHECK(good.buckets.back() == std::pair<double, std::uint64_t>{5.0, 5});
  CHECK(std::ranges::is_sorted(good.buckets));
  CHECK(family->samples[1].count == 1);
}

TEST_CASE("uses of the cache, refused requests and readers of events are counted") {
  rest::HttpMetrics http_metrics;
  http_metrics.record_cache_use(rest::CacheUse::hit);
  http_metrics.record_cache_use(rest::CacheUse::hit);
  http_metrics.record_cache_use(rest::CacheUse::stale);
  http_metrics.record_rate_limit();
  http_metrics.reader_came();
  http_metrics.reader_came();
  http_metrics.record_events(5);
  http_metrics.reader_left(true);
  const auto families = metrics_of(http_metrics);
  CHECK(value_of(families, "toyota2mqtt_http_cache_total", {{"use", "hit"}}) == 2);
  CHECK(value_of(families, "toyota2mqtt_http_cache_total", {{"use", "miss"}}) == 0);
  CHECK(value_of(families, "toyota2mqtt_http_cache_total", {{"use", "stale"}}) == 1);
  CHECK(value_of(families, "toyota2mqtt_http_rate_limited_total") == 1);
  CHECK(value_of(families, "toyota2mqtt_event_readers") == 1);
  CHECK(value_of(families, "toyota2mqtt_event_readers_dropped_total") == 1);
  CHECK(value_of(families, "toyota2mqtt_events_sent_total") == 5);
}
