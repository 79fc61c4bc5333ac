#include "support/http_rig.hpp"

#include <boost/asio/write.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace toyota2mqtt::test {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

class ScriptedStream final : public base::HttpBodyStream {
 public:
  explicit ScriptedStream(StreamScript& script) : script_(script) {}
  ~ScriptedStream() override { script_.destroyed = true; }
  ScriptedStream(const ScriptedStream&) = delete;
  ScriptedStream& operator=(const ScriptedStream&) = delete;

  base::Task<std::vector<Piece>> next() override {
    ++script_.asked;
    if (script_.broken) throw std::runtime_error("a stream on purpose");
    if (script_.endless) {
      std::vector<Piece> pieces(1, std::make_shared<const std::string>(std::size_t{64} << 10, 'e'));
      co_return pieces;
    }
    while (script_.waiting.empty() && !script_.ended) {
      const auto woken = co_await script_.news.wait();
      if (!woken) break;
    }
    co_return std::exchange(script_.waiting, {});
  }

 private:
  StreamScript& script_;
};

}  // namespace

HttpRig::HttpRig(platform::HttpServer::Handler handler, platform::HttpServerLimits limits)
    : server(io.get_executor(), log, limits) {
  server.handle_with(std::move(handler));
}

HttpRig::~HttpRig() {
  server.stop();
  io.restart();
  io.run_for(1s);
}

void HttpRig::listen(const std::string& address) {
  where_ = tcp::endpoint(boost::asio::ip::make_address(address), server.listen(address, 0).value());
}

bool HttpRig::until(const std::function<bool()>& done) {
  const auto begun = std::chrono::steady_clock::now();
  while (!done() && std::chrono::steady_clock::now() - begun < 10s) {
    io.restart();
    io.run_one_for(100ms);
  }
  return done();
}

// What waits refers to this client.
RawClient::~RawClient() {
  boost::system::error_code ignored;
  socket.close(ignored);
  timer.cancel();
  rig_.until([this] { return waiting_ == 0; });
}

void RawClient::connect(const std::string& from) {
  socket.open(rig_.where().protocol());
  if (!from.empty()) socket.bind(tcp::endpoint(boost::asio::ip::make_address(from), 0));
  socket.connect(rig_.where());
}

void RawClient::send(const std::string& text) {
  boost::system::error_code ignored;
  boost::asio::write(socket, boost::asio::buffer(text), ignored);
}

void RawClient::read() {
  ++waiting_;
  socket.async_read_some(boost::asio::buffer(piece_),
                         [this](const boost::system::error_code& error, std::size_t size) {
                           --waiting_;
                           received.append(piece_.data(), size);
                           ended = static_cast<bool>(error);
                           if (!ended) read();
                         });
}

void RawClient::after(std::chrono::milliseconds time, std::function<void()> what) {
  ++waiting_;
  timer.expires_after(time);
  timer.async_wait([this, what = std::move(what)](const boost::system::error_code& error) {
    --waiting_;
    if (!error) what();
  });
}

void RawClient::dribble() {
  boost::system::error_code ignored;
  socket.write_some(boost::asio::buffer("x", 1), ignored);
  after(std::chrono::milliseconds(20), [this] {
    if (!ended) dribble();
  });
}

void StreamScript::give(const std::string& text) {
  waiting.push_back(std::make_shared<const std::string>(text));
}

void StreamScript::end() {
  ended = true;
  news.notify();
}

std::unique_ptr<base::HttpBodyStream> scripted_stream(StreamScript& script) {
  return std::make_unique<ScriptedStream>(script);
}

}  // namespace toyota2mqtt::test
