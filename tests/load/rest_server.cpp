// The listener of the program with an answer of a car's size and a fan-out of events, without a
// bridge: what the load run measures beside load_bare_server and with load_stream_readers.
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

#include "app/rest_exchange.hpp"
#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/platform/http_server.hpp"

using namespace toyota2mqtt;

namespace {

constexpr std::size_t kBodySize = 4096;
constexpr std::size_t kEventSize = 200;
constexpr std::size_t kQueued = 256;  // pieces of one reader; then it is dropped

class StandardErrorLog final : public base::Log {
 public:
  void write(base::LogLevel /*level*/, std::string_view part, std::string_view text) override {
    std::cerr << part << ": " << text << '\n';
  }
};

class Hub;

class Reader final : public rest::Stream {
 public:
  explicit Reader(Hub& hub);
  ~Reader() override;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  base::Task<std::vector<Piece>> next() override;
  void push(const Piece& piece) {
    if (queue_.size() < kQueued) {
      queue_.push_back(piece);
    } else {
      dropped_ = true;
    }
  }
  void wake() { event_.notify(); }
  [[nodiscard]] bool is_empty() const { return queue_.empty(); }

 private:
  Hub& hub_;
  base::Event event_;
  std::vector<Piece> queue_;
  bool dropped_ = false;
};

/// Hands every event to every reader: one text for all of them.
class Hub {
 public:
  void add(Reader& reader) { readers_.insert(&reader); }
  void remove(Reader& reader) {
    readers_.erase(&reader);
    note_taken();
  }
  void publish(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto text = std::make_shared<const std::string>(event());
      for (auto* reader : readers_) reader->push(text);
    }
    waiting_ = readers_.size();
    for (auto* reader : readers_) reader->wake();
  }
  void note_taken() {
    if (waiting_ > 0 && --waiting_ == 0) taken_.notify();
  }
  base::Task<base::Result<void>> all_taken() { co_return co_await taken_.wait(); }
  [[nodiscard]] bool has_readers() const { return !readers_.empty(); }

 private:
  std::string event() {
    auto text = "id: " + std::to_string(++number_) + "\nevent: car\ndata: {\"car\": \"";
    text.resize(kEventSize - 4, 'x');
    return text + "\"}\n\n";
  }
  std::set<Reader*> readers_;
  std::size_t waiting_ = 0;
  base::Event taken_;
  long number_ = 0;
};

Reader::Reader(Hub& hub) : hub_(hub) {
  hub_.add(*this);
  push(std::make_shared<const std::string>("retry: 3000\n\n"));
}
Reader::~Reader() { hub_.remove(*this); }

base::Task<std::vector<rest::Stream::Piece>> Reader::next() {
  while (queue_.empty() && !dropped_) {
    const auto woken = co_await event_.wait();
    if (!woken) co_return std::vector<Piece>();
  }
  if (dropped_) co_return std::vector<Piece>();
  hub_.note_taken();
  co_return std::exchange(queue_, {});
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
    response.stream = std::make_unique<Reader>(program.hub);
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

base::Task<platform::HttpServerResponse> serve(Program& program,
                                               platform::HttpServerRequest request) {
  co_return app::from_rest(co_await answer(program, app::to_rest(std::move(request))));
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
  server.handle_with([&program](platform::HttpServerRequest request) {
    return serve(program, std::move(request));
  });
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
