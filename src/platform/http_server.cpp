#include "toyota2mqtt/platform/http_server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <unordered_map>

#include "platform/http_connection.hpp"
#include "platform/tls_files.hpp"

namespace toyota2mqtt::platform {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAnswer = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kNetworkBytes = 8;
constexpr auto kShortestSweep = std::chrono::milliseconds(5);
constexpr auto kLongestSweep = std::chrono::milliseconds(1000);

/// Whose connections are counted together. Whoever has one IPv6 address has 2^64 of them.
std::string counted_as(const asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + kNetworkBytes, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes).to_string();
}

std::chrono::milliseconds time_between_sweeps(const HttpServerLimits& limits) {
  const auto shortest = std::min({limits.idle, limits.request, limits.handshake});
  return std::clamp<std::chrono::milliseconds>(shortest / 4, kShortestSweep, kLongestSweep);
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(const asio::any_io_executor& on, base::Log& log, HttpServerLimits limits)
      : shared{.executor = on, .log = log, .limits = limits}, tasks(on, log), acceptor(on) {}

  /// The place of one connection among those that are allowed; given back at its end.
  class Seat {
   public:
    Seat(std::shared_ptr<Impl> server, std::string peer)
        : server_(std::move(server)), peer_(std::move(peer)) {
      ++server_->taken;
      ++server_->by_peer[peer_];
    }
    Seat(Seat&&) = default;
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (!server_) return;
      --server_->taken;
      const auto counted = server_->by_peer.find(peer_);
      if (--counted->second == 0) server_->by_peer.erase(counted);
    }

   private:
    std::shared_ptr<Impl> server_;
    std::string peer_;
  };

  /// Makes a connection reachable for stop() and the sweep while it lives.
  struct Listed {
    Listed(std::list<HttpConnection*>& in, HttpConnection& connection)
        : list(in), place(in.insert(in.end(), &connection)) {}
    ~Listed() { list.erase(place); }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    std::list<HttpConnection*>& list;
    std::list<HttpConnection*>::iterator place;
  };

  [[nodiscard]] bool has_room_for(const std::string& address, const std::string& peer) const {
    if (taken >= shared.limits.connections) return false;
    if (shared.limits.connections_per_peer == 0) return true;
    if (trusted_peers.contains(address)) return true;
    const auto counted = by_peer.find(peer);
    return counted == by_peer.end() || counted->second < shared.limits.connections_per_peer;
  }

  static base::Task<void> serve(std::shared_ptr<Impl> self, tcp::socket socket, std::string peer,
                                Seat /*seat*/) {
    auto tls = self->tls ? self->tls->context() : nullptr;
    HttpConnection connection(self->shared, std::move(socket), std::move(peer), std::move(tls));
    const Listed listed(self->open, connection);
    if (!self->shared.stopped) co_await connection.serve();
  }

  static base::Task<void> pause(std::shared_ptr<Impl> self, std::chrono::milliseconds time) {
    asio::steady_timer timer(self->shared.executor, time);
    co_await timer.async_wait(kAnswer);
  }

  /// Cuts off who is late, as long as there is somebody.
  static base::Task<void> sweep(std::shared_ptr<Impl> self) {
    const auto time = time_between_sweeps(self->shared.limits);
    while (!self->shared.stopped && self->taken > 0) {
      co_await pause(self, time);
      const auto now = std::chrono::steady_clock::now();
      for (auto* connection : self->open) connection->cut_if_late(now);
    }
    self->sweeping = false;
  }

  static base::Task<void> accept(std::shared_ptr<Impl> self) {
    while (!self->shared.stopped) {
      auto [error, socket] = co_await self->acceptor.async_accept(kAnswer);
      if (self->shared.stopped || error == asio::error::operation_aborted) co_return;
      if (error) {  // for example no file descriptor left: others need a moment to close theirs
        co_await pause(self, std::chrono::milliseconds(100));
        continue;
      }
      const auto address = socket.remote_endpoint(error).address();
      if (error) continue;  // it has gone already
      self->seat(std::move(socket), address);
    }
  }

  void seat(tcp::socket socket, const asio::ip::address& address) {
    auto peer = address.to_string();
    auto counted = counted_as(address);
    if (!has_room_for(peer, counted)) return;
    Seat seat(shared_from_this(), std::move(counted));
    tasks.spawn("connection",
                serve(shared_from_this(), std::move(socket), std::move(peer), std::move(seat)));
    if (!std::exchange(sweeping, true)) tasks.spawn("sweep", sweep(shared_from_this()));
  }

  HttpServing shared;
  base::TaskGroup tasks;
  tcp::acceptor acceptor;
  std::unique_ptr<TlsFiles> tls;
  std::list<HttpConnection*> open;
  std::unordered_map<std::string, std::size_t> by_peer;
  std::set<std::string> trusted_peers;
  std::size_t taken = 0;
  bool sweeping = false;
};

HttpServer::HttpServer(asio::any_io_executor executor, base::Log& log, HttpServerLimits limits)
    : impl_(std::make_shared<Impl>(std::move(executor), log, limits)) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::handle_with(Handler handler) { impl_->shared.handler = std::move(handler); }

void HttpServer::trust_with_many(std::set<std::string> peers) {
  impl_->trusted_peers = std::move(peers);
}

base::Result<void> HttpServer::use_tls(const std::string& cert_file, const std::string& key_file) {
  auto files = TlsFiles::open(cert_file, key_file, impl_->shared.log);
  if (!files) return base::fail(std::move(files).error());
  impl_->tls = std::move(*files);
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
  if (std::exchange(impl_->shared.stopped, true)) return;
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->tasks.cancel();
  for (auto* connection : impl_->open) connection->close();
}

std::size_t HttpServer::connections() const { return impl_->taken; }

}  // namespace toyota2mqtt::platform
