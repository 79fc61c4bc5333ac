// The measure for the load run: the least that a server of Boost.Beast with coroutines can be. It
// answers every request with the same answer, which it reads from a file as it once came over the
// wire.
//   load_bare_server ANSWER_FILE
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

constexpr auto kAnswer = asio::as_tuple(asio::use_awaitable);
using Answer = http::response<http::string_body>;

asio::awaitable<void> serve(beast::tcp_stream stream, const Answer& answer) {
  beast::flat_buffer buffer;
  for (;;) {
    http::request<http::string_body> request;
    const auto [unread, read] = co_await http::async_read(stream, buffer, request, kAnswer);
    if (unread) co_return;
    const auto [unsent, sent] = co_await http::async_write(stream, answer, kAnswer);
    if (unsent) co_return;
  }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, const Answer& answer) {
  for (;;) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), serve(beast::tcp_stream(std::move(socket)), answer),
                   asio::detached);
  }
}

Answer read_answer(const char* name) {
  std::ifstream file(name, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  beast::error_code error;
  parser.put(asio::const_buffer(asio::buffer(text)), error);
  if (!parser.is_done()) throw std::runtime_error(std::string(name) + " holds no whole answer");
  return parser.release();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: load_bare_server ANSWER_FILE\n";
    return 2;
  }
  const auto answer = read_answer(arguments[1]);
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  std::cout << "listening on " << acceptor.local_endpoint().port() << std::endl;
  asio::co_spawn(loop, accept(acceptor, answer), asio::detached);
  loop.run();
}
