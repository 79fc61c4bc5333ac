#include "simulator/delivery.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace toyota2mqtt::simulator {

namespace asio = boost::asio;

namespace {

constexpr auto kForever = std::chrono::hours(24);

/// Ends early when the task is cancelled.
base::Task<void> wait(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

class EmptyForever final : public base::HttpBodyStream {
 public:
  base::Task<std::vector<Piece>> next() override {
    co_await wait(kForever);
    co_return std::vector<Piece>();
  }
};

}  // namespace

base::Task<base::HttpResponse> deliver(Reply reply) {
  if (reply.delay.count() > 0) co_await wait(reply.delay);
  base::HttpResponse response{
      .status = reply.status, .headers = std::move(reply.headers), .body = std::move(reply.body)};
  switch (reply.mischief) {
    case Mischief::none: break;
    case Mischief::stall: co_await wait(kForever); break;
    case Mischief::stall_after_headers: response.stream = std::make_shared<EmptyForever>(); break;
    case Mischief::reset: response.status = base::HttpResponse::kNoAnswer; break;
  }
  co_return response;
}

}  // namespace toyota2mqtt::simulator
