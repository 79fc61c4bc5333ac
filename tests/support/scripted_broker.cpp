#include "support/scripted_broker.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <utility>

namespace toyota2mqtt::test {

namespace asio = boost::asio;
using asio::ip::tcp;

struct ScriptedBroker::Inside : std::enable_shared_from_this<ScriptedBroker::Inside> {
  struct Line {
    std::string bytes;
    std::size_t times = 1;
  };

  explicit Inside(const asio::any_io_executor& executor)
      : acceptor(executor, {asio::ip::address_v4::loopback(), 0}), socket(executor) {}

  void accept() {
    acceptor.async_accept(socket, [self = shared_from_this()](boost::system::error_code error) {
      if (error) return;
      self->there = true;
      self->listen();
      self->speak();
    });
  }

  void listen() {
    socket.async_read_some(
        asio::buffer(room),
        [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
          if (error) return;
          self->heard.append(self->room.data(), size);
          self->listen();
        });
  }

  void speak() {
    if (!there || speaking || lines.empty()) return;
    speaking = true;
    asio::async_write(socket, asio::buffer(lines.front().bytes),
                      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                        self->speaking = false;
                        if (error) return;
                        if (--self->lines.front().times == 0) self->lines.pop_front();
                        self->speak();
                      });
  }

  tcp::acceptor acceptor;
  tcp::socket socket;
  std::array<char, 4096> room{};
  std::string heard;
  std::deque<Line> lines;
  bool there = false;
  bool speaking = false;
};

ScriptedBroker::ScriptedBroker(RealLoop& loop)
    : loop_(loop), inside_(std::make_shared<Inside>(loop.loop.executor())) {
  inside_->accept();
}

ScriptedBroker::~ScriptedBroker() {
  boost::system::error_code ignored;
  inside_->acceptor.close(ignored);
  inside_->socket.close(ignored);
}

std::uint16_t ScriptedBroker::port() const { return inside_->acceptor.local_endpoint().port(); }

const std::string& ScriptedBroker::heard() const { return inside_->heard; }

void ScriptedBroker::wait_for(std::size_t bytes) {
  loop_.run_until([&] { return inside_->heard.size() >= bytes; });
}

void ScriptedBroker::say(std::string bytes) {
  inside_->lines.push_back({.bytes = std::move(bytes)});
  inside_->speak();
}

void ScriptedBroker::say_nothing(std::size_t size) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  if (size >= kPiece) {
    inside_->lines.push_back({.bytes = std::string(kPiece, '\0'), .times = size / kPiece});
  }
  if (size % kPiece > 0) inside_->lines.push_back({.bytes = std::string(size % kPiece, '\0')});
  inside_->speak();
}

void ScriptedBroker::hang_up() {
  boost::system::error_code ignored;
  inside_->socket.close(ignored);
}

namespace {

std::string length_of(std::size_t length) {
  std::string bytes;
  do {
    bytes += static_cast<char>((length & 0x7FU) | (length > 0x7F ? 0x80U : 0U));
    length >>= 7U;
  } while (length > 0);
  return bytes;
}

std::string u16(std::size_t value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xFFU)};
}

}  // namespace

std::string connack(const std::string& properties) {
  return "\x20" + length_of(3 + properties.size()) + std::string(2, '\0') +
         length_of(properties.size()) + properties;
}

std::string publish_head(const std::string& topic, std::size_t payload, std::uint16_t id) {
  const auto body = u16(topic.size()) + topic + u16(id) + std::string(1, '\0');
  return "\x33" + length_of(body.size() + payload) + body;
}

}  // namespace toyota2mqtt::test
