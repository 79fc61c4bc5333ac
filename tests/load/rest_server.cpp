// The listener of the program with an answer of a car's size, and with its own queues of event
// readers, without a bridge: what the load run measures beside load_bare_server and with
// load_stream_readers.
//   load_rest_server [BURST]
// GET /api/v1/vehicles/{car}  4 kB of JSON
// GET /api/v1/events          a stream; events begin when POST /begin is asked, in bursts of BURST,
//                             the next one when every reader has taken the last
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rest/events.hpp"
#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/platform/http_server.hpp"

using namespace toyota2mqtt;

namespace {

constexpr std::size_t kBodySize = 4096;
constexpr std::size_t kEventSize = 200;

class StandardErrorLog final : public base::Log {
 public:
  void write(base::LogLevel /*level*/, std::string_view part, std::string_view text) override {
    std::cerr << part << ": " << text << '\n';
  }
};

/// The program's own readers and streams (src/rest/events.hpp), and when all have taken what
/// there was.
class Hub {
 public:
  std::shared_ptr<base::HttpBodyStream> open();
  void publish(std::size_t count) {
    auto& group = readers_->group_of(scope_);
    for (std::size_t i = 0; i < count; ++i) {
      readers_->push(group, std::make_shared<const std::string>(event()));
    }
    waiting_ = readers_->size();
  }
  void note_taken() {
    if (waiting_ > 0 && --waiting_ == 0) taken_.notify();
  }
  base::Task<base::Result<void>> all_taken() { co_return co_await taken_.wait(); }
  [[nodiscard]] bool has_readers() const { return readers_->size() > 0; }

 private:
  std::string event() {
    auto text = "id: " + std::to_string(++number_) + "\nevent: car\ndata: {\"car\": \"";
    text.resize(kEventSize - 4, 'x');
    return text + "\"}\n\n";
  }
  rest::Scope scope_{.owner = true};
  rest::HttpMetrics http_metrics_;
  std::shared_ptr<rest::EventReaders> readers_ =
      std::make_shared<rest::EventReaders>(http_metrics_);
  std::size_t waiting_ = 0;
  base::Event taken_;
  long number_ = 0;
};

/// A stream of the program that says when its reader has taken something.
class Counted final : public base::HttpBodyStream {
 public:
  Counted(Hub& hub, std::shared_ptr<rest::EventReaders> readers,
          std::shared_ptr<rest::EventReader> reader)
      : hub_(hub), stream_(std::move(readers), std::move(reader)) {}
  ~Counted() override { hub_.note_taken(); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  base::Task<std::vector<Piece>> next() override {
    auto pieces = co_await stream_.next();
    hub_.note_taken();
    co_return pieces;
  }

 private:
  Hub& hub_;
  rest::EventStream stream_;
};

std::shared_ptr<base::HttpBodyStream> Hub::open() {
  std::vector<base::HttpBodyStream::Piece> first{
      std::make_shared<const std::string>("retry: 3000\n\n")};
  auto reader = std::make_shared<rest::EventReader>("load", std::move(first));
  readers_->add(scope_, reader);
  return std::make_shared<Counted>(*this, readers_, std::move(reader));
}

base::Task<void> publish(Hub& hub, std::size_t burst) {
  while (hub.has_readers()) {
    hub.publish(burst);
    if (!co_await hub.all_taken()) co_return;
  }
}

struct Program {
  boost::asio::io_context loop{1};
  StandardErrorLog log;
  Hub hub;
  base::TaskGroup tasks{loop.get_executor(), log};
  std::size_t burst = 20;
  std::string body = "{\"values\": \"" + std::string(kBodySize - 16, 'v') + "\"}";
};

base::Task<rest::Response> answer(Program& program, rest::Request request) {
  rest::Response response;
  if (request.path == "/api/v1/events") {
    response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
    response.stream = program.hub.open();
  } else if (request.path == "/begin") {
    program.tasks.spawn("publish", publish(program.hub, program.burst));
    response.status = 204;
  } else {
    response.headers = {{"Content-Type", "application/json"},
                        {"ETag", "\"0123456789abcdef\""},
                        {"X-Cache", "HIT"},
                        {"Age", "12"},
                        {"Cache-Control", "private, no-cache"},
                        {"X-Content-Type-Options", "nosniff"},
                        {"Referrer-Policy", "no-referrer"},
                        {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
                        {"X-Request-Id", "0123456789abcdef"}};
    response.body = program.body;
  }
  co_return response;
}

}  // namespace

int main(int count, char** arguments) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  Program program;
  if (count > 1) program.burst = std::stoul(arguments[1]);
  platform::HttpServer server(program.loop.get_executor(), program.log, {.connections = 4096});
  server.handle_with(
      [&program](base::HttpServerRequest request) { return answer(program, std::move(request)); });
  const auto port = server.listen("127.0.0.1", 0);
  if (!port) return 1;
  std::cout << "listening on " << *port << std::endl;
  boost::asio::signal_set signals(program.loop, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) {
    program.tasks.cancel();
    server.stop();
  });
  program.loop.run();
}
