#include "toyota2mqtt/platform/http_server.hpp"

#include <malloc.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <unordered_map>
#include <utility>

#include "platform/http_connection.hpp"
#include "platform/tls_files.hpp"
#include "toyota2mqtt/base/address.hpp"

namespace toyota2mqtt::platform {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
/// So many leave memory behind that is worth the walk through the heap.
constexpr std::size_t kManyConnections = 64;
constexpr auto kShortestSweep = std::chrono::milliseconds(5);
constexpr auto kLongestSweep = std::chrono::milliseconds(1000);

std::chrono::milliseconds time_between_sweeps(const HttpServerLimits& limits) {
  const auto shortest = std::min({limits.idle, limits.request, limits.handshake});
  return std::clamp<std::chrono::milliseconds>(shortest / 4, kShortestSweep, kLongestSweep);
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(const asio::any_io_executor& on, base::Log& log, HttpServerLimits limits)
      : shared{.executor = on, .log = log, .limits = limits}, tasks(on, log), acceptor(on) {}

  /// The place of one connection among those that are allowed; given back at its end at the latest.
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
    ~Seat() { give_back(); }
    void give_back() {
      const auto server = std::exchange(server_, nullptr);
      if (!server) return;
      --server->taken;
      const auto counted = server->by_peer.find(peer_);
      if (--counted->second == 0) server->by_peer.erase(counted);
    }
    [[nodiscard]] bool is_held() const { return server_ != nullptr; }
    [[nodiscard]] const std::string& peer() const { return peer_; }

   private:
    std::shared_ptr<Impl> server_;
    std::string peer_;
  };

  struct Open {
    HttpConnection* connection;
    Seat* seat;
  };

  /// Makes a connection reachable for stop(), the sweep and newcomers while it lives.
  struct Listed {
    Listed(std::list<Open>& in, HttpConnection& connection, Seat& seat)
        : list(in), place(in.insert(in.end(), Open{.connection = &connection, .seat = &seat})) {}
    ~Listed() { list.erase(place); }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    std::list<Open>& list;
    std::list<Open>::iterator place;
  };

  [[nodiscard]] bool is_full(const std::string& address, const std::string& peer) const {
    const auto& limits = shared.limits;
    const auto most =
        trusted_peers.contains(address) ? limits.connections_of_many : limits.connections_per_peer;
    const auto counted = by_peer.find(peer);
    return most != 0 && counted != by_peer.end() && counted->second >= most;
  }

  /// Of the peer that has most; so a crowd from one address costs nobody else a place.
  [[nodiscard]] std::string greediest_peer() const {
    const auto found =
        std::ranges::max_element(by_peer, {}, [](const auto& entry) { return entry.second; });
    return found == by_peer.end() ? std::string() : found->first;
  }

  /// Closes the connection of `peer` that has waited longest for a request; false: none waits.
  bool make_room(const std::string& peer) {
    const Open* longest = nullptr;
    for (const auto& one : open) {
      if (!one.seat->is_held() || one.seat->peer() != peer) continue;
      const auto since = one.connection->waiting_since();
      if (since && (longest == nullptr || *since < *longest->connection->waiting_since())) {
        longest = &one;
      }
    }
    if (longest == nullptr) return false;
    longest->seat->give_back();
    longest->connection->close();
    return true;
  }

  static base::Task<void> serve(std::shared_ptr<Impl> self, tcp::socket socket, std::string peer,
                                Seat seat) {
    auto tls = self->tls ? self->tls->context() : nullptr;
    HttpConnection connection(self->shared, std::move(socket), std::move(peer), std::move(tls));
    const Listed listed(self->open, connection, seat);
    if (!self->shared.stopped) co_await connection.serve();
  }

  static base::Task<void> pause(std::shared_ptr<Impl> self, std::chrono::milliseconds time) {
    asio::steady_timer timer(self->shared.executor, time);
    co_await timer.async_wait(kAsTuple);
  }

  /// Closes connections that are late, as long as there are any.
  static base::Task<void> sweep(std::shared_ptr<Impl> self) {
    const auto time = time_between_sweeps(self->shared.limits);
    while (!self->shared.stopped && self->taken > 0) {
      co_await pause(self, time);
      const auto now = std::chrono::steady_clock::now();
      for (const auto& one : self->open) one.connection->cut_if_late(now);
      self->give_memory_back();
    }
    self->sweeping = false;
  }

  /// The C library keeps what many connections needed for the next ones, for good.
  void give_memory_back() {
    if (most_taken < kManyConnections || taken > most_taken / 4) return;
    most_taken = taken;
    ::malloc_trim(0);
  }

  static base::Task<void> accept(std::shared_ptr<Impl> self) {
    while (!self->shared.stopped) {
      auto [error, socket] = co_await self->acceptor.async_accept(kAsTuple);
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
    const auto plain = base::plain_address(peer).value_or(peer);
    auto counted = base::counted_address(plain);
    if (is_full(plain, counted) && !make_room(counted)) return;
    if (taken >= shared.limits.connections && !make_room(greediest_peer())) return;
    Seat seat(shared_from_this(), std::move(counted));
    most_taken = std::max(most_taken, taken);
    tasks.spawn("connection",
                serve(shared_from_this(), std::move(socket), std::move(peer), std::move(seat)));
    if (!std::exchange(sweeping, true)) tasks.spawn("sweep", sweep(shared_from_this()));
  }

  HttpServing shared;
  base::TaskGroup tasks;
  tcp::acceptor acceptor;
  std::unique_ptr<TlsFiles> tls;
  std::list<Open> open;
  std::unordered_map<std::string, std::size_t> by_peer;
  std::set<std::string> trusted_peers;
  std::size_t taken = 0;
  std::size_t most_taken = 0;  ///< since memory was given back
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
  for (const auto& one : impl_->open) one.connection->close();
}

std::size_t HttpServer::connections() const { return impl_->taken; }

}  // namespace toyota2mqtt::platform
