#include "platform/http_connection.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

namespace toyota2mqtt::platform {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAnswer = asio::as_tuple(asio::use_awaitable);
constexpr auto kResume = asio::use_awaitable;
constexpr std::size_t kReadPiece = 4096;
/// Up to here an answer is copied behind its head, so that both go out in one write.
constexpr std::size_t kTogether = std::size_t{64} << 10;
/// What a refused client may still send before it has read why.
constexpr std::size_t kRefusedRest = std::size_t{256} << 10;
constexpr auto kGoodbye = std::chrono::seconds(2);
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::string_view kChunkEnd = "\r\n";

asio::const_buffer bytes_of(std::string_view text) { return {text.data(), text.size()}; }

/// What is left of the buffers after their first `taken` bytes.
std::vector<asio::const_buffer> rest_of(const std::vector<asio::const_buffer>& buffers,
                                        std::size_t taken) {
  std::vector<asio::const_buffer> rest;
  for (auto buffer : buffers) {
    const auto part = std::min(taken, buffer.size());
    taken -= part;
    buffer += part;
    if (buffer.size() > 0) rest.push_back(buffer);
  }
  return rest;
}

}  // namespace

HttpConnection::HttpConnection(HttpServing& shared, Socket socket, std::string peer, TlsContext tls)
    : shared_(shared),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      tls_context_(std::move(tls)),
      buffer_(shared.limits.header_bytes + kReadPiece) {
  boost::system::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  if (tls_context_) {
    tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *tls_context_);
  } else {
    socket_.non_blocking(true, ignored);  // for write_now()
  }
}

void HttpConnection::allow(std::chrono::milliseconds time) {
  deadline_ = std::chrono::steady_clock::now() + time;
}

void HttpConnection::cut_if_late(SteadyTime now) {
  if (now >= deadline_) close();
}

void HttpConnection::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void HttpConnection::reset() {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

base::Task<void> HttpConnection::serve() {
  if (tls_ && !co_await shake_hands()) co_return;
  while (!shared_.stopped) {
    HttpRequestReader reader(shared_.limits);
    const auto reading = co_await read(reader);
    if (reading == Reading::refused) co_await refuse(reader.refusal());
    if (reading != Reading::complete) break;
    if (!co_await exchange(reader)) break;
  }
  co_await say_goodbye();
}

base::Task<bool> HttpConnection::shake_hands() {
  allow(shared_.limits.handshake);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kAnswer);
  co_return !error;
}

// The time for a request begins with its first byte, so that one that comes late in the idle time
// is not cut off by its end.
base::Task<HttpConnection::Reading> HttpConnection::read(HttpRequestReader& reader) {
  bool begun = false;
  waiting_since_ = std::chrono::steady_clock::now();
  allow(shared_.limits.idle);
  for (;;) {
    if (buffer_.size() > 0) {
      if (!std::exchange(begun, true)) allow(shared_.limits.request);
      buffer_.consume(reader.take(buffer_.cdata()));
      if (reader.refusal() != 0) co_return Reading::refused;
      if (reader.is_complete()) co_return Reading::complete;
    }
    const auto room = std::min(kReadPiece, buffer_.max_size() - buffer_.size());
    if (room == 0) co_return Reading::ended;  // a line of a chunked body that never ends
    const auto [error, size] = co_await read_some(buffer_.prepare(room));
    if (error) co_return Reading::ended;
    buffer_.commit(size);
  }
}

base::Task<bool> HttpConnection::exchange(HttpRequestReader& reader) {
  allow_any_time();
  waiting_since_.reset();
  const bool head_only = reader.is_head();
  const AnswerFrame frame{.framing = Framing::length,
                          .keep_alive = reader.keeps_alive(),
                          .is_http_1_1 = reader.is_http_1_1()};
  auto request = reader.release();
  request.peer = peer_;
  request.encrypted = tls_ != nullptr;
  auto response = co_await answer(std::move(request));
  if (shared_.stopped) co_return false;
  if (response.status == base::HttpResponse::kNoAnswer) {
    reset();
    co_return false;
  }
  if (response.stream) {
    co_return co_await send_stream(std::move(response), head_only, frame.is_http_1_1);
  }
  co_return co_await send(std::move(response), frame, head_only) && frame.keep_alive;
}

base::Task<base::HttpResponse> HttpConnection::answer(base::HttpServerRequest request) {
  try {
    co_return co_await shared_.handler(std::move(request));
  } catch (const std::exception& error) {
    shared_.log.error("platform", std::string("a request could not be answered: ") + error.what());
  }
  co_return base::HttpResponse{.status = 500};
}

base::Task<bool> HttpConnection::send(base::HttpResponse response, AnswerFrame frame,
                                      bool head_only) {
  allow(shared_.limits.request);
  auto& text = shared_.scratch;
  text.clear();
  append_head(text, response, frame, shared_.date.at(std::chrono::system_clock::now()));
  const std::string_view body =
      head_only || !may_have_body(response.status) ? std::string_view() : response.body;
  const auto begin = body.substr(0, kTogether);
  const auto end = body.substr(begin.size());
  text += begin;
  const auto written = write_now(bytes_of(text));
  if (!written) co_return false;
  if (*written == text.size() && end.empty()) co_return true;
  const auto rest = text.substr(*written);
  Buffers buffers;
  if (!rest.empty()) buffers.push_back(bytes_of(rest));
  if (!end.empty()) buffers.push_back(bytes_of(end));
  co_return co_await write(std::move(buffers));
}

base::Task<void> HttpConnection::refuse(int status) {
  refused_ = true;
  base::HttpResponse response{.status = status};
  const AnswerFrame frame{.framing = Framing::length, .keep_alive = false, .is_http_1_1 = true};
  co_await send(std::move(response), frame, false);
}

// The connection is read meanwhile, because only a read tells that the client has gone while there
// is nothing to write. So the writing is a task of its own, which ends with this one.
base::Task<bool> HttpConnection::send_stream(base::HttpResponse response, bool head_only,
                                             bool is_http_1_1) {
  const auto framing = is_http_1_1 ? Framing::chunked : Framing::until_end;
  const AnswerFrame frame{.framing = framing, .keep_alive = false, .is_http_1_1 = is_http_1_1};
  auto stream = std::move(response.stream);
  response.body.clear();
  if (!co_await send(std::move(response), frame, true) || head_only) co_return false;
  allow_any_time();
  base::TaskGroup writing(shared_.executor, shared_.log);
  writing.spawn("http stream", write_stream(std::move(stream), framing == Framing::chunked));
  const auto sent_ahead = buffer_.size();
  buffer_.clear();
  buffer_.shrink_to_fit();
  co_await wait_for_departure(sent_ahead);
  client_left_ = !stream_ended_;
  writing.cancel();
  co_await writing.join();
  co_return false;
}

base::Task<void> HttpConnection::write_stream(std::shared_ptr<base::HttpBodyStream> stream,
                                              bool chunked) {
  try {
    const bool whole = co_await write_pieces(*stream, chunked);
    if (whole && chunked) {
      Buffers last(1, bytes_of(kLastChunk));
      allow(shared_.limits.request);
      co_await write(std::move(last));
    }
  } catch (const std::exception& error) {
    shared_.log.error("platform", std::string("a stream broke: ") + error.what());
  }
  stream_ended_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);  // wait_for_departure() ends
}

// True when the stream came to its end.
base::Task<bool> HttpConnection::write_pieces(base::HttpBodyStream& stream, bool chunked) {
  for (;;) {
    const auto pieces = co_await stream.next();
    if (client_left_ || shared_.stopped) co_return false;
    if (pieces.empty()) co_return true;
    Buffers buffers;
    buffers.reserve(pieces.size() + 2);
    std::size_t size = 0;
    for (const auto& piece : pieces) size += piece->size();
    if (size == 0) continue;  // an empty chunk would be the last one
    const auto head = chunked ? chunk_head(size) : std::string();
    if (chunked) buffers.push_back(bytes_of(head));
    for (const auto& piece : pieces) buffers.push_back(bytes_of(*piece));
    if (chunked) buffers.push_back(bytes_of(kChunkEnd));
    allow(shared_.limits.request);
    if (!co_await write(std::move(buffers))) co_return false;
    allow_any_time();
    // A stream that always has something, to a client that always takes it, would keep the loop.
    co_await asio::post(shared_.executor, kResume);
  }
}

// Returns when the client has gone or the stream has ended. What it sends is thrown away, up to the
// size of a request.
base::Task<void> HttpConnection::wait_for_departure(std::size_t sent) {
  std::array<char, 512> waste{};
  while (!stream_ended_ && sent <= shared_.limits.header_bytes) {
    const auto [error, size] = co_await read_some(asio::buffer(waste));
    if (error) co_return;
    sent += size;
  }
}

// A connection that is closed while something unread waits is reset, and the reason for a refusal
// may never be seen. So what else comes is read, but not for long.
base::Task<void> HttpConnection::say_goodbye() {
  if (shared_.stopped || !socket_.is_open()) co_return;
  allow(std::min<std::chrono::milliseconds>(kGoodbye, shared_.limits.request));
  boost::system::error_code ignored;
  if (tls_) {
    co_await tls_->async_shutdown(kAnswer);
    co_return;
  }
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  if (!refused_) co_return;
  for (std::size_t read = 0; read < kRefusedRest;) {
    buffer_.clear();
    const auto [error, size] = co_await read_some(buffer_.prepare(kReadPiece));
    if (error) co_return;
    read += size;
  }
}

base::Task<HttpConnection::Moved> HttpConnection::read_some(asio::mutable_buffer room) {
  return tls_ ? tls_->async_read_some(room, kAnswer) : socket_.async_read_some(room, kAnswer);
}

base::Task<HttpConnection::Moved> HttpConnection::write_all(Buffers buffers) {
  if (tls_) co_return co_await asio::async_write(*tls_, buffers, kAnswer);
  co_return co_await asio::async_write(socket_, buffers, kAnswer);
}

// Writes what the system takes without waiting, which is nearly always everything; a wait costs
// more than the write. nullopt: the connection has ended.
template <class Bytes>
std::optional<std::size_t> HttpConnection::write_now(const Bytes& bytes) {
  if (tls_) return 0;
  boost::system::error_code error;
  const auto size = socket_.write_some(bytes, error);
  if (error && error != asio::error::would_block) return std::nullopt;
  return size;
}

base::Task<bool> HttpConnection::write(Buffers buffers) {
  for (;;) {
    const auto written = write_now(buffers);
    if (!written) co_return false;
    buffers = rest_of(buffers, *written);
    if (buffers.empty()) co_return true;
    if (*written == 0) break;
  }
  const auto [error, size] = co_await write_all(std::move(buffers));
  co_return !error;
}

}  // namespace toyota2mqtt::platform
