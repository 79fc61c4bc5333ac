#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace toyota2mqtt::test {

/// An HTTP/1.1 server on a free loopback port that misbehaves on demand. Lives on the loop of the
/// test; must be gone before it.
class FaultyServer {
 public:
  enum class Mode {
    answers,                ///< `head` and `body`, keep-alive
    stalls_before_headers,  ///< takes the request and says nothing
    stalls_after_headers,   ///< promises 10 bytes and sends none
    resets,                 ///< closes without a word
    garbage,                ///< bytes that are not HTTP
    chunks_without_end,     ///< up to 100 MB in chunks
    gzip_bomb,              ///< 200 MB of zeros in 1.3 MB
    huge_header,            ///< one header line of 90 kB
    many_headers,           ///< 5,000 headers
  };

  explicit FaultyServer(const boost::asio::any_io_executor& executor);
  ~FaultyServer();
  FaultyServer(const FaultyServer&) = delete;
  FaultyServer& operator=(const FaultyServer&) = delete;

  /// `http://127.0.0.1:port` + path.
  [[nodiscard]] std::string url(const std::string& path = "/") const;
  [[nodiscard]] std::uint16_t port() const;

  Mode mode = Mode::answers;
  std::string head = "HTTP/1.1 200 OK\r\n";  ///< status line and headers, each with its CR LF
  std::string body = "hello";
  std::vector<std::string> requests;  ///< head and body of each, as received
  int connections = 0;
  int open_requests = 0;  ///< taken and not answered yet
  int most_open_requests = 0;
  std::uint64_t bytes_sent = 0;

 private:
  struct Inside;
  std::shared_ptr<Inside> inside_;
};

/// `text` (shorter than 64 KiB) as a gzip file without compression.
std::string gzip_of(const std::string& text);

}  // namespace toyota2mqtt::test
