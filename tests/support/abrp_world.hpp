#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/fakes.hpp"
#include "support/loop.hpp"
#include "support/memory_point_queue.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

/// ABRP and one link to it under the fake clock, for the tests of `abrp`.
namespace toyota2mqtt::test::abrp_world {

using namespace std::chrono_literals;
using base::HttpRequest;
using base::HttpResponse;
using base::Result;
using nlohmann::json;
using vehicle::Source;

inline constexpr const char* kKey = "canary-key-0001";
inline constexpr const char* kToken = "canary token&0002";
inline constexpr const char* kCar = "0123456789";
inline constexpr const char* kOk = R"({"status":"ok"})";

inline HttpResponse answer(int status, std::string body) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

inline vehicle::Car electric_car(base::Time at, double soc) {
  const auto vin = base::Vin::parse("JTMTEST0000000001");
  vehicle::Car car{.identity = {*vin, {kCar}, {}, {}, {}, {}, {}, {}, {}},
                   .name = {},
                   .state = {},
                   .evidence = {},
                   .diagnostics = {}};
  car.identity.fuel_type = "E";
  const vehicle::Report report(Source::electric, at);
  report.put(car.state.battery_level_reported, std::optional(vehicle::Percent{soc}));
  car.evidence = vehicle::observe({}, car.state);
  return car;
}

// A queue whose disk may be full for removals, too.
class FillingQueue final : public abrp::PointQueue {
 public:
  base::Task<Result<void>> append(std::string car, std::vector<std::string> tlms) override {
    memory.disk_full = disk_full;
    co_return co_await memory.append(std::move(car), std::move(tlms));
  }
  base::Task<Result<std::vector<Entry>>> front(std::string car, std::size_t limit) override {
    co_return co_await memory.front(std::move(car), limit);
  }
  base::Task<Result<void>> remove(std::string car, std::vector<long long> ids) override {
    if (disk_full) co_return base::fail(base::ErrorCode::storage_failed, "the disk is full");
    co_return co_await memory.remove(std::move(car), std::move(ids));
  }

  bool disk_full = false;
  test::MemoryPointQueue memory;
};

// ABRP and one link to it, under the fake clock.
struct World {
  World() { restart(); }
  ~World() { stop(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // A new process on the same disk.
  void restart() {
    stop();
    link = std::make_unique<abrp::Link>(
        abrp::Services{http, loop.clock, loop.random, crypto, loop.log, store, queue},
        abrp::Options{.url = "https://abrp.example/",
                      .api_key = base::Secret(kKey),
                      .token = base::Secret(token),
                      .send_location = send_location},
        base::CarId{kCar});
    tasks = std::make_unique<base::TaskGroup>(loop.io.get_executor(), loop.log);
  }
  void stop() {
    if (!tasks) return;
    tasks->cancel();
    loop.settle();
    CHECK(tasks->running() == 0);
  }
  void start() {
    tasks->spawn("link", link->run([this] { states.push_back(link->status().state); }));
    loop.settle();
  }
  Result<void> offer(double soc, std::chrono::seconds age = 0s) {
    return loop.run(link->offer(electric_car(loop.clock.now() - age, soc)));
  }
  // Points with one minute between them, the newest now.
  void fill(int count) {
    const auto newest = loop.clock.now();
    for (int i = 0; i < count; ++i) {
      const abrp::Point point{.utc = newest - std::chrono::minutes(count - i), .soc = i};
      REQUIRE(loop.run(queue.append(kCar, {abrp::to_tlm(point)})));
    }
  }
  [[nodiscard]] std::size_t waiting() { return queue.memory.cars[kCar].size(); }
  [[nodiscard]] int count(const std::string& path) const {
    return static_cast<int>(std::ranges::count(http.requests, path, &HttpRequest::log_path));
  }
  [[nodiscard]] int sent() const { return count("/1/tlm/send") + count("/1/tlm/bulk"); }

  bool send_location = true;
  std::string token = kToken;
  platform::OpenSslCrypto crypto;
  test::TestLoop loop;
  std::function<Result<HttpResponse>(const HttpRequest&)> on_send = [](const HttpRequest&) {
    return answer(200, kOk);
  };
  std::function<Result<HttpResponse>(const HttpRequest&)> on_read = [](const HttpRequest&) {
    return answer(403, R"({"status":"error"})");
  };
  test::FakeHttp http{[this](const HttpRequest& request) {
    times.push_back(loop.clock.steady());
    const bool send = request.log_path == "/1/tlm/send" || request.log_path == "/1/tlm/bulk";
    return send ? on_send(request) : on_read(request);
  }};
  test::MemoryStore store;
  FillingQueue queue;
  std::vector<std::string> states;
  std::vector<base::SteadyTime> times;  // of the requests
  std::unique_ptr<abrp::Link> link;
  std::unique_ptr<base::TaskGroup> tasks;
};

inline json form_tlm(const HttpRequest& request) {
  const auto at = request.body.find("&tlm=");
  REQUIRE(at != std::string::npos);
  return json::parse(base::percent_decode(request.body.substr(at + 5)).value());
}

}  // namespace toyota2mqtt::test::abrp_world
