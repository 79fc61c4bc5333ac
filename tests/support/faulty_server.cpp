#include "support/faulty_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace toyota2mqtt::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kGzipHead = std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

// Bits of a deflate stream; Huffman codes go in with their first bit first.
class Bits {
 public:
  void put(const char* zeros_and_ones) {
    for (; *zeros_and_ones != '\0'; ++zeros_and_ones) {
      if (used_ % 8 == 0) bytes.push_back('\0');
      if (*zeros_and_ones == '1') {
        bytes.back() =
            static_cast<char>(static_cast<unsigned char>(bytes.back()) | (1U << (used_ % 8)));
      }
      ++used_;
    }
  }
  std::string bytes;

 private:
  std::size_t used_ = 0;
};

// A zero, and then "repeat it 258 times" in 13 bits, again and again (RFC 1951, fixed codes).
std::string make_gzip_bomb() {
  constexpr int kRepeats = 800'000;
  Bits bits;
  bits.put("110");       // the last block, fixed Huffman codes
  bits.put("00110000");  // literal 0
  for (int i = 0; i < kRepeats; ++i) bits.put("1100010100000");
  bits.put("0000000");
  return std::string(kGzipHead) + bits.bytes + std::string(8, '\0');
}

std::uint32_t crc32(const std::string& text) {
  std::uint32_t crc = ~0U;
  for (const char letter : text) {
    crc ^= static_cast<unsigned char>(letter);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

std::string little_endian(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>((number >> (8 * i)) & 0xFFU));
  return text;
}

std::size_t content_length(const std::string& head) {
  const auto found = head.find("Content-Length: ");
  return found == std::string::npos ? 0 : std::stoul(head.substr(found + 16));
}

std::string with_length(const std::string& head, std::size_t length) {
  return head + "Content-Length: " + std::to_string(length) + "\r\n\r\n";
}

}  // namespace

std::string gzip_of(const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  return std::string(kGzipHead) + "\x01" + little_endian(size, 2) + little_endian(~size, 2) + text +
         little_endian(crc32(text), 4) + little_endian(size, 4);
}

struct FaultyServer::Inside : std::enable_shared_from_this<Inside> {
  struct Connection {
    explicit Connection(tcp::socket s) : socket(std::move(s)) {}
    tcp::socket socket;
    std::string incoming;
    std::string outgoing;
    int chunks_left = 0;
  };
  using Pointer = std::shared_ptr<Connection>;

  Inside(FaultyServer& the_server, const asio::any_io_executor& executor)
      : server(&the_server), acceptor(executor, {asio::ip::address_v4::loopback(), 0}) {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
      if (error || self->server == nullptr) return;
      ++self->server->connections;
      self->connections.push_back(std::make_shared<Connection>(std::move(socket)));
      self->read(self->connections.back());
      self->accept();
    });
  }

  void read(const Pointer& connection) {
    asio::async_read_until(
        connection->socket, asio::dynamic_buffer(connection->incoming), "\r\n\r\n",
        [self = shared_from_this(), connection](error_code error, std::size_t head_size) {
          if (error || self->server == nullptr) return self->close(connection);
          const auto whole = head_size + content_length(connection->incoming.substr(0, head_size));
          self->read_body(connection, whole);
        });
  }

  void read_body(const Pointer& connection, std::size_t whole) {
    const auto missing = whole - std::min(whole, connection->incoming.size());
    asio::async_read(connection->socket, asio::dynamic_buffer(connection->incoming),
                     asio::transfer_exactly(missing),
                     [self = shared_from_this(), connection, whole](error_code error, std::size_t) {
                       if (error || self->server == nullptr) return self->close(connection);
                       self->server->requests.push_back(connection->incoming.substr(0, whole));
                       connection->incoming.erase(0, whole);
                       self->answer(connection);
                     });
  }

  void answer(const Pointer& connection) {
    ++server->open_requests;
    server->most_open_requests = std::max(server->most_open_requests, server->open_requests);
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    switch (server->mode) {
      case Mode::answers:
        return send(connection, with_length(server->head, server->body.size()) + server->body);
      case Mode::stalls_before_headers: return wait_for_close(connection);
      case Mode::stalls_after_headers: return send(connection, with_length(ok, 10));
      case Mode::resets: return close(connection);
      case Mode::garbage: return send(connection, "\x01\x02 this is not HTTP\r\n\r\n");
      case Mode::chunks_without_end:
        connection->chunks_left = 1600;
        return send(connection, ok + "Transfer-Encoding: chunked\r\n\r\n");
      case Mode::gzip_bomb: {
        const auto bomb = make_gzip_bomb();
        return send(connection, with_length(ok + "Content-Encoding: gzip\r\n", bomb.size()) + bomb);
      }
      case Mode::huge_header:
        return send(connection, with_length(ok + "X: " + std::string(90'000, 'x') + "\r\n", 0));
      case Mode::many_headers: {
        std::string headers;
        for (int i = 0; i < 5000; ++i) headers += "X: y\r\n";
        return send(connection, with_length(ok + headers, 0));
      }
    }
  }

  void send(const Pointer& connection, std::string bytes) {
    connection->outgoing = std::move(bytes);
    asio::async_write(connection->socket, asio::buffer(connection->outgoing),
                      [self = shared_from_this(), connection](error_code error, std::size_t sent) {
                        if (self->server == nullptr) return;
                        self->server->bytes_sent += sent;
                        if (error) return self->close(connection);
                        self->sent(connection);
                      });
  }

  void sent(const Pointer& connection) {
    if (connection->chunks_left > 0) {
      --connection->chunks_left;
      return send(connection, "10000\r\n" + std::string(0x10000, 'x') + "\r\n");
    }
    if (server->mode == Mode::garbage) return close(connection);
    if (server->mode == Mode::stalls_after_headers) return wait_for_close(connection);
    --server->open_requests;
    read(connection);
  }

  void wait_for_close(const Pointer& connection) {
    asio::async_read(connection->socket, asio::dynamic_buffer(connection->incoming),
                     [self = shared_from_this(), connection](error_code, std::size_t) {
                       if (self->server == nullptr) return;
                       --self->server->open_requests;
                       self->close(connection);
                     });
  }

  void close(const Pointer& connection) {
    error_code ignored;
    connection->socket.close(ignored);
    std::erase(connections, connection);
  }

  FaultyServer* server;  // nullptr once it is gone
  tcp::acceptor acceptor;
  std::vector<Pointer> connections;
};

FaultyServer::FaultyServer(const asio::any_io_executor& executor)
    : inside_(std::make_shared<Inside>(*this, executor)) {
  inside_->accept();
}

FaultyServer::~FaultyServer() {
  inside_->server = nullptr;
  inside_->acceptor.close();
  while (!inside_->connections.empty()) inside_->close(inside_->connections.back());
}

std::uint16_t FaultyServer::port() const { return inside_->acceptor.local_endpoint().port(); }

std::string FaultyServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port()) + path;
}

}  // namespace toyota2mqtt::test
