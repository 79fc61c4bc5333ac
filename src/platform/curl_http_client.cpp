#include "toyota2mqtt/platform/curl_http_client.hpp"

#include <utility>

#include "platform/http_engine.hpp"

namespace toyota2mqtt::platform {

namespace {

using Engine = CurlHttpClient::Engine;
using base::ErrorCode;
using std::chrono::milliseconds;

// Drops the exchange when its task ends early: cancelled, or destroyed with its loop.
class AbortGuard {
 public:
  AbortGuard(Engine& engine, Transfer& transfer) : engine_(engine), transfer_(transfer) {}
  ~AbortGuard() { engine_.abort(transfer_); }
  AbortGuard(const AbortGuard&) = delete;
  AbortGuard& operator=(const AbortGuard&) = delete;

 private:
  Engine& engine_;
  Transfer& transfer_;
};

std::string name_of(const Transfer& transfer) {
  return transfer.target().host_port + " " + transfer.request().log_path;
}

base::Task<base::Result<base::HttpResponse>> run(std::shared_ptr<Engine> engine,
                                                 std::shared_ptr<Transfer> transfer) {
  const auto deadline = engine->clock.steady() + transfer->request().timeout;
  Slots::Place place(engine->slots);
  if (!place.granted()) {
    const auto granted = co_await place.ready().wait_until(engine->clock, deadline);
    if (!granted) co_return base::fail(granted.error());
  }
  const auto time_left = deadline - engine->clock.steady();
  if (!place.granted() || time_left <= milliseconds(0)) {
    co_return base::fail(ErrorCode::timeout,
                         name_of(*transfer) + ": too many other requests are under way");
  }
  engine->start(transfer, time_left);
  const AbortGuard guard(*engine, *transfer);
  const auto done = co_await transfer->done().wait();
  if (!done) co_return base::fail(done.error());
  co_return transfer->take();
}

void log_exchange(Engine& engine, const Transfer& transfer, milliseconds duration,
                  const base::Result<base::HttpResponse>& outcome) {
  auto line = transfer.request().method + " " + name_of(transfer) + ": ";
  if (outcome) {
    line += std::to_string(outcome->status) + ", sent " +
            std::to_string(transfer.request().body.size()) + " bytes, received " +
            std::to_string(transfer.received()) + " (unpacked " +
            std::to_string(outcome->body.size()) + ")";
  } else {
    line += base::to_string(outcome.error().code);
  }
  engine.log.debug("http", line + ", " + std::to_string(duration.count()) + " ms");
}

// A free function, so that a task which is under way does not need the client object.
base::Task<base::Result<base::HttpResponse>> exchange(std::shared_ptr<Engine> engine,
                                                      std::shared_ptr<CookieJar> jar,
                                                      base::HttpRequest request) {
  const auto target = judge_request(request, engine->options);
  if (!target) co_return base::fail(target.error());
  const auto begin = engine->clock.steady();
  const auto transfer = std::make_shared<Transfer>(std::move(request), *target, std::move(jar));
  auto outcome = co_await run(engine, transfer);
  log_exchange(*engine, *transfer, engine->clock.steady() - begin, outcome);
  co_return outcome;
}

class Session final : public base::HttpClient {
 public:
  explicit Session(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

  base::Task<base::Result<base::HttpResponse>> send(base::HttpRequest request) override {
    return exchange(engine_, jar_, std::move(request));
  }
  std::unique_ptr<base::HttpClient> new_session() override {
    return std::make_unique<Session>(engine_);
  }

 private:
  std::shared_ptr<Engine> engine_;
  std::shared_ptr<CookieJar> jar_ = std::make_shared<CookieJar>();
};

}  // namespace

CurlHttpClient::CurlHttpClient(EventLoop& loop, base::Clock& clock, base::Log& log,
                               HttpOptions options)
    : engine_(std::make_shared<Engine>(loop.executor(), clock, log, std::move(options))) {}

CurlHttpClient::~CurlHttpClient() { engine_->close(); }

base::Task<base::Result<base::HttpResponse>> CurlHttpClient::send(base::HttpRequest request) {
  return exchange(engine_, nullptr, std::move(request));
}

std::unique_ptr<base::HttpClient> CurlHttpClient::new_session() {
  return std::make_unique<Session>(engine_);
}

}  // namespace toyota2mqtt::platform
