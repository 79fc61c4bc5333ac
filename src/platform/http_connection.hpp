#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "platform/http_answer.hpp"
#include "platform/http_request_reader.hpp"
#include "toyota2mqtt/platform/http_server.hpp"

namespace toyota2mqtt::platform {

/// What the connections of one listener share.
struct HttpServing {
  boost::asio::any_io_executor executor;
  base::Log& log;
  HttpServerLimits limits;
  HttpServer::Handler handler = {};
  DateLine date = {};
  /// Where an answer is put together that goes out at once: between two waits only one is.
  std::string scratch = {};
  bool stopped = false;
};

/// One connection from its first byte to its end. Lives as long as serve() runs.
class HttpConnection {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

  /// `tls` null: plain.
  HttpConnection(HttpServing& shared, boost::asio::ip::tcp::socket socket, std::string peer,
                 TlsContext tls);

  base::Task<void> serve();
  /// Closes it when what it waits for took longer than allowed. A timer per connection, set anew
  /// several times per request, would cost more than the rest of the listener.
  void cut_if_late(SteadyTime now);
  /// Since when it has waited for a complete request; nullopt: one is being answered.
  [[nodiscard]] std::optional<SteadyTime> waiting_since() const { return waiting_since_; }
  /// Whatever it waits for ends with an error.
  void close();

 private:
  using Socket = boost::asio::ip::tcp::socket;
  using Moved = std::tuple<boost::system::error_code, std::size_t>;
  using Buffers = std::vector<boost::asio::const_buffer>;
  enum class Reading : std::uint8_t { complete, refused, ended };

  base::Task<bool> shake_hands();
  base::Task<Reading> read(HttpRequestReader& reader);
  base::Task<bool> exchange(HttpRequestReader& reader);
  base::Task<base::HttpResponse> answer(base::HttpServerRequest request);
  base::Task<bool> send(base::HttpResponse response, AnswerFrame frame, bool head_only);
  base::Task<void> refuse(int status);
  void reset();
  base::Task<bool> send_stream(base::HttpResponse response, bool head_only, bool is_http_1_1);
  base::Task<void> write_stream(std::shared_ptr<base::HttpBodyStream> stream, bool chunked);
  base::Task<bool> write_pieces(base::HttpBodyStream& stream, bool chunked);
  base::Task<void> wait_for_departure(std::size_t sent);
  base::Task<void> say_goodbye();

  base::Task<Moved> read_some(boost::asio::mutable_buffer room);
  base::Task<Moved> write_all(Buffers buffers);
  template <class Bytes>
  std::optional<std::size_t> write_now(const Bytes& bytes);
  base::Task<bool> write(Buffers buffers);
  void allow(std::chrono::milliseconds time);
  void allow_any_time() { deadline_ = SteadyTime::max(); }

  HttpServing& shared_;
  Socket socket_;
  std::string peer_;
  TlsContext tls_context_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
  boost::beast::flat_buffer buffer_;
  SteadyTime deadline_ = SteadyTime::max();
  std::optional<SteadyTime> waiting_since_ = std::chrono::steady_clock::now();
  bool stream_ended_ = false;
  bool client_left_ = false;
  bool refused_ = false;
};

}  // namespace toyota2mqtt::platform
