#include "toyota2mqtt/platform/http_server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <set>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::platform {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

constexpr auto kAnswer = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kFirstRead = 4096;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;
using Parser = http::request_parser<http::string_body>;

beast::tcp_stream& tcp_of(beast::tcp_stream& stream) { return stream; }
beast::tcp_stream& tcp_of(TlsStream& stream) { return stream.next_layer(); }

bool same_name(std::string_view a, std::string_view b) {
  return beast::iequals(beast::string_view(a.data(), a.size()),
                        beast::string_view(b.data(), b.size()));
}

std::string decoded(std::string_view text) {
  std::string spaced(text);
  for (auto& c : spaced) {
    if (c == '+') c = ' ';
  }
  return base::percent_decode(spaced).value_or(spaced);
}

HttpServerRequest to_request(http::request<http::string_body> message, std::string peer) {
  HttpServerRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  const std::string_view target(request.target);
  const auto mark = target.find('?');
  const auto path = target.substr(0, mark);
  request.path = base::percent_decode(path).value_or(std::string(path));
  if (mark != std::string_view::npos) request.query = parse_form(target.substr(mark + 1));
  for (const auto& field : message) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  request.body = std::move(message.body());
  request.peer = std::move(peer);
  return request;
}

http::response<http::string_body> to_message(HttpServerResponse response, bool keep_alive,
                                             bool head) {
  http::response<http::string_body> message;
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  for (const auto& header : response.headers) message.insert(header.name, header.value);
  message.body() = std::move(response.body);
  message.prepare_payload();
  message.keep_alive(keep_alive);
  if (head) message.body().clear();
  return message;
}

int status_of(const beast::error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  return 400;
}

bool is_protocol_error(const beast::error_code& error) {
  return error.category() == http::make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

}  // namespace

std::optional<std::string> HttpServerRequest::header(std::string_view name) const {
  for (const auto& entry : headers) {
    if (same_name(entry.name, name)) return entry.value;
  }
  return std::nullopt;
}

std::map<std::string, std::string> parse_form(std::string_view text) {
  std::map<std::string, std::string> pairs;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    pairs[decoded(pair.substr(0, equals))] = decoded(value);
  }
  return pairs;
}

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(asio::any_io_executor on, base::Log& to, HttpServerLimits with)
      : executor(std::move(on)), log(to), limits(with), tasks(executor, log), acceptor(executor) {}

  /// Serves one connection from its first byte to its end.
  template <class Stream>
  static base::Task<void> converse(std::shared_ptr<Impl> self, Stream& stream, std::string peer) {
    beast::flat_buffer buffer(self->limits.header_bytes + self->limits.body_bytes);
    while (!self->stopped) {
      Parser parser;
      parser.header_limit(static_cast<std::uint32_t>(self->limits.header_bytes));
      parser.body_limit(self->limits.body_bytes);
      if (!co_await first_bytes(self, stream, buffer)) co_return;
      tcp_of(stream).expires_after(self->limits.request);
      const auto [error, size] = co_await http::async_read(stream, buffer, parser, kAnswer);
      if (error) {
        if (is_protocol_error(error)) {
          auto refusal = to_message({.status = status_of(error)}, false, false);
          co_await http::async_write(stream, refusal, kAnswer);
        }
        co_return;
      }
      const bool keep_alive = parser.get().keep_alive();
      const bool head = parser.get().method() == http::verb::head;
      auto response = co_await answer(self, to_request(parser.release(), peer));
      if (!co_await send(self, stream, std::move(response), keep_alive, head)) co_return;
    }
  }

  /// Waits for a request to begin, unless the last one brought its beginning along. Apart from
  /// reading it, so that a request that comes late in the idle time is not cut off by its end.
  template <class Stream>
  static base::Task<bool> first_bytes(std::shared_ptr<Impl> self, Stream& stream,
                                      beast::flat_buffer& buffer) {
    if (buffer.size() > 0) co_return true;
    tcp_of(stream).expires_after(self->limits.idle);
    const auto room = buffer.prepare(std::min(kFirstRead, buffer.max_size()));
    const auto [error, size] = co_await stream.async_read_some(room, kAnswer);
    buffer.commit(size);
    co_return !error;
  }

  static base::Task<HttpServerResponse> answer(std::shared_ptr<Impl> self,
                                               HttpServerRequest request) {
    try {
      co_return co_await self->handler(std::move(request));
    } catch (const std::exception& error) {
      self->log.error("platform", std::string("a request could not be answered: ") + error.what());
    }
    co_return HttpServerResponse{.status = 500};
  }

  static base::Task<void> pause(std::shared_ptr<Impl> self, std::chrono::milliseconds time) {
    asio::steady_timer timer(self->executor, time);
    co_await timer.async_wait(kAnswer);
  }

  /// True when the connection may be used for another request.
  template <class Stream>
  static base::Task<bool> send(std::shared_ptr<Impl> self, Stream& stream,
                               HttpServerResponse response, bool keep_alive, bool head) {
    auto& tcp = tcp_of(stream);
    tcp.expires_never();
    if (response.delay.count() > 0) co_await pause(self, response.delay);
    if (self->stopped) co_return false;
    const auto mischief = response.mischief;
    if (mischief == HttpMischief::reset) {
      boost::system::error_code ignored;
      tcp.socket().set_option(asio::socket_base::linger(true, 0), ignored);
      tcp.socket().close(ignored);
      co_return false;
    }
    if (mischief == HttpMischief::stall) {
      co_await pause(self, std::chrono::hours(24));
      co_return false;
    }
    tcp.expires_after(self->limits.request);
    if (mischief == HttpMischief::raw) {
      co_await asio::async_write(stream, asio::buffer(response.body), kAnswer);
      co_return false;
    }
    auto message = to_message(std::move(response), keep_alive, head);
    const bool reusable = message.keep_alive();
    http::response_serializer<http::string_body> serializer(message);
    if (mischief == HttpMischief::stall_after_headers) {
      serializer.split(true);
      co_await http::async_write_header(stream, serializer, kAnswer);
      tcp.expires_never();
      co_await pause(self, std::chrono::hours(24));
      co_return false;
    }
    const auto [error, size] = co_await http::async_write(stream, serializer, kAnswer);
    co_return !error && reusable;
  }

  static base::Task<void> serve_plain(std::shared_ptr<Impl> self, tcp::socket socket,
                                      std::string peer) {
    beast::tcp_stream stream(std::move(socket));
    self->open.insert(&stream);
    co_await converse(self, stream, std::move(peer));
    self->open.erase(&stream);
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  static base::Task<void> serve_tls(std::shared_ptr<Impl> self, tcp::socket socket,
                                    std::string peer) {
    TlsStream stream(beast::tcp_stream(std::move(socket)), *self->tls);
    self->open.insert(&stream.next_layer());
    stream.next_layer().expires_after(self->limits.request);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kAnswer);
    if (!error) {
      co_await converse(self, stream, std::move(peer));
      stream.next_layer().expires_after(std::chrono::seconds(2));
      co_await stream.async_shutdown(kAnswer);
    }
    self->open.erase(&stream.next_layer());
  }

  static base::Task<void> accept(std::shared_ptr<Impl> self) {
    while (!self->stopped) {
      auto [error, socket] = co_await self->acceptor.async_accept(kAnswer);
      if (self->stopped || error == asio::error::operation_aborted) co_return;
      if (error) {  // for example no file descriptor left: others need a moment to close theirs
        co_await pause(self, std::chrono::milliseconds(100));
        continue;
      }
      if (self->open.size() >= self->limits.connections) continue;
      boost::system::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      auto peer = socket.remote_endpoint(ignored).address().to_string();
      self->tasks.spawn("connection", self->tls
                                          ? serve_tls(self, std::move(socket), std::move(peer))
                                          : serve_plain(self, std::move(socket), std::move(peer)));
    }
  }

  asio::any_io_executor executor;
  base::Log& log;
  HttpServerLimits limits;
  Handler handler;
  base::TaskGroup tasks;
  tcp::acceptor acceptor;
  std::unique_ptr<asio::ssl::context> tls;
  std::set<beast::tcp_stream*> open;
  bool stopped = false;
};

HttpServer::HttpServer(asio::any_io_executor executor, base::Log& log, HttpServerLimits limits)
    : impl_(std::make_shared<Impl>(std::move(executor), log, limits)) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::handle_with(Handler handler) { impl_->handler = std::move(handler); }

base::Result<void> HttpServer::use_tls(const std::string& cert_file, const std::string& key_file) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1);
  boost::system::error_code error;
  if (context->use_certificate_chain_file(cert_file, error)) {
    return base::fail(base::ErrorCode::config_invalid,
                      "the certificate file cannot be used: " + error.message());
  }
  if (context->use_private_key_file(key_file, asio::ssl::context::pem, error)) {
    return base::fail(base::ErrorCode::config_invalid,
                      "the key file cannot be used: " + error.message());
  }
  impl_->tls = std::move(context);
  return {};
}

base::Result<std::uint16_t> HttpServer::listen(const std::string& address, std::uint16_t port) {
  boost::system::error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) {
    return base::fail(base::ErrorCode::config_invalid,
                      "'" + address + "' is not a numeric address to listen on");
  }
  const tcp::endpoint endpoint(parsed, port);
  auto& acceptor = impl_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return base::fail(
        base::ErrorCode::unreachable,
        "cannot listen on " + address + " port " + std::to_string(port) + ": " + error.message());
  }
  impl_->tasks.spawn("accept", Impl::accept(impl_));
  return acceptor.local_endpoint().port();
}

void HttpServer::stop() {
  if (impl_->stopped) return;
  impl_->stopped = true;
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->tasks.cancel();
  for (auto* stream : impl_->open) stream->close();
}

}  // namespace toyota2mqtt::platform
