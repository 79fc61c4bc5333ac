#include "platform/mqtt_guard.hpp"

#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "platform/mqtt_frames.hpp"
#include "platform/thread_queue.hpp"

namespace toyota2mqtt::platform {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kRelayBuffer = std::size_t{16} << 10U;
/// A broker that sends large messages and never reads would make the guard collect
/// acknowledgements.
constexpr std::size_t kMostUnsentAnswers = std::size_t{64} << 10U;
constexpr auto kGuardFarewell = std::chrono::milliseconds(200);
constexpr auto kGuardThreadEnd = std::chrono::milliseconds(100);
constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/// `0100007F:C350`: the port of an address as /proc/net/tcp prints it.
std::optional<std::uint16_t> port_of(const std::string& address) {
  const auto colon = address.find(':');
  if (colon == std::string::npos) return std::nullopt;
  std::uint16_t port = 0;
  constexpr int kHexadecimal = 16;
  const auto* end = address.data() + address.size();
  const auto [rest, error] = std::from_chars(address.data() + colon + 1, end, port, kHexadecimal);
  if (error != std::errc() || rest != end) return std::nullopt;
  return port;
}

/// Whether the other end of a connection on this machine belongs to this process' user. Any other
/// user of the machine could otherwise borrow the guard's connection, client certificate included.
bool is_same_user(const tcp::endpoint& own, const tcp::endpoint& peer) {
  std::ifstream table("/proc/self/net/tcp");
  std::string line;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string slot;
    std::string local;
    std::string remote;
    std::string skipped;
    fields >> slot >> local >> remote;
    if (port_of(local) != peer.port() || port_of(remote) != own.port()) continue;
    uid_t user = 0;
    fields >> skipped >> skipped >> skipped >> skipped >> user;
    return !fields.fail() && user == geteuid();
  }
  return false;
}

std::unique_ptr<ssl::context> client_context(const base::MqttConnection& broker) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
  error_code error;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1);
  const std::string authorities = broker.ca_file.empty() ? kSystemAuthorities : broker.ca_file;
  if (context->load_verify_file(authorities, error)) return nullptr;
  if (broker.cert_file.empty()) return context;
  if (context->use_certificate_chain_file(broker.cert_file, error)) return nullptr;
  if (context->use_private_key_file(broker.key_file, ssl::context::pem, error)) return nullptr;
  return context;
}

}  // namespace

// Runs on the guard's thread but for the constructor, port() and close().
class MqttGuard::Relay : public std::enable_shared_from_this<Relay> {
 public:
  Relay(base::MqttConnection broker, std::function<void(std::size_t)> left_out)
      : connection_(std::move(broker)),
        left_out_(std::move(left_out)),
        acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
        port_(acceptor_.local_endpoint().port()),
        local_(io_),
        broker_(io_),
        filter_(kLargestMqttPacket) {}

  void run() {
    try {
      accept();
      io_.run();
    } catch (const std::exception&) {
      finish();
    }
    ended.set();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] bool is_relaying() const { return relaying_; }
  void close() {
    asio::post(io_, [self = shared_from_this()] { self->finish(); });
  }

  ThreadSignal ended;

 private:
  void accept() {
    acceptor_.async_accept(local_, [self = shared_from_this()](error_code error) {
      if (error || self->finished_) return;
      if (self->is_own_client()) {
        self->acceptor_.close(error);
        self->reach();
      } else {
        self->local_.close(error);
        self->accept();
      }
    });
  }

  bool is_own_client() {
    error_code error;
    const auto own = local_.local_endpoint(error);
    const auto peer = error ? tcp::endpoint() : local_.remote_endpoint(error);
    return !error && is_same_user(own, peer);
  }

  // Resolving blocks this thread and nothing else; IPv4 first, as Paho does.
  void reach() {
    error_code error;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(connection_.host, std::to_string(connection_.port), error);
    if (error || found.empty()) return finish();
    std::vector<tcp::endpoint> endpoints(found.begin(), found.end());
    std::ranges::partition(endpoints, [](const auto& one) { return one.address().is_v4(); });
    asio::async_connect(broker_, endpoints,
                        [self = shared_from_this()](error_code failed, const tcp::endpoint&) {
                          if (failed || self->finished_) return self->finish();
                          self->broker_.set_option(tcp::no_delay(true), failed);
                          self->local_.set_option(tcp::no_delay(true), failed);
                          if (self->connection_.tls) return self->begin_tls();
                          self->begin_relay();
                        });
  }

  void begin_tls() {
    tls_context_ = client_context(connection_);
    if (!tls_context_) return finish();
    tls_.emplace(broker_, *tls_context_);
    tls_->set_verify_mode(ssl::verify_peer);
    tls_->set_verify_callback(ssl::host_name_verification(connection_.host));
    error_code no_address;
    asio::ip::make_address(connection_.host, no_address);
    // RFC 6066: the server name is never an address.
    if (no_address) SSL_set_tlsext_host_name(tls_->native_handle(), connection_.host.c_str());
    tls_->async_handshake(ssl::stream_base::client, [self = shared_from_this()](error_code error) {
      if (error || self->finished_) return self->finish();
      self->begin_relay();
    });
  }

  void begin_relay() {
    relaying_ = true;
    read_local();
    read_broker();
  }

  void read_local() {
    reading_local_ = true;
    local_.async_read_some(asio::buffer(up_buffer_),
                           [self = shared_from_this()](error_code error, std::size_t size) {
                             self->reading_local_ = false;
                             if (self->finished_) return;
                             if (error) {
                               self->client_gone_ = true;
                             } else {
                               self->outgoing_.append(self->up_buffer_.data(), size);
                               self->follow_client(std::string_view(self->up_buffer_.data(), size));
                             }
                             self->send_up();
                           });
  }

  void follow_client(std::string_view bytes) {
    while (!bytes.empty() && !client_frames_.is_broken()) {
      bytes.remove_prefix(client_frames_.take(bytes));
    }
  }

  // The next bytes of the client are read when these are sent, so nothing piles up.
  void send_up() {
    if (sending_up_) return;
    if (client_frames_.at_boundary()) outgoing_ += std::exchange(answers_, {});
    if (outgoing_.empty()) {
      if (client_gone_) say_no_more();
      return;
    }
    sending_up_ = true;
    sent_ = std::exchange(outgoing_, {});
    write_broker([self = shared_from_this()](error_code error, std::size_t) {
      self->sending_up_ = false;
      if (error || self->finished_) return self->finish();
      if (!self->reading_local_ && !self->client_gone_) self->read_local();
      self->send_up();
    });
  }

  template <class Handler>
  void write_broker(Handler handler) {
    if (tls_) {
      asio::async_write(*tls_, asio::buffer(sent_), std::move(handler));
    } else {
      asio::async_write(broker_, asio::buffer(sent_), std::move(handler));
    }
  }

  void read_broker() {
    auto handler = [self = shared_from_this()](error_code error, std::size_t size) {
      if (error || self->finished_) return self->finish();
      self->pass_down(std::string_view(self->down_buffer_.data(), size));
    };
    if (tls_) {
      tls_->async_read_some(asio::buffer(down_buffer_), std::move(handler));
    } else {
      broker_.async_read_some(asio::buffer(down_buffer_), std::move(handler));
    }
  }

  void pass_down(std::string_view bytes) {
    incoming_.clear();
    if (!filter_.take(bytes, incoming_, answers_) || answers_.size() > kMostUnsentAnswers) {
      return finish();
    }
    if (filter_.largest_left_out() > 0 && left_out_) {
      std::exchange(left_out_, nullptr)(filter_.largest_left_out());
    }
    if (!answers_.empty()) send_up();
    if (incoming_.empty() || client_gone_) return read_broker();
    asio::async_write(local_, asio::buffer(incoming_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (self->finished_) return;
                        if (error) self->client_gone_ = true;
                        self->read_broker();
                      });
  }

  // The broker has everything that the client sent. It closes its side after DISCONNECT; closing
  // ours first could lose that packet.
  void say_no_more() {
    error_code ignored;
    broker_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void finish() {
    finished_ = true;
    relaying_ = false;
    error_code ignored;
    acceptor_.close(ignored);
    local_.close(ignored);
    broker_.close(ignored);
  }

  const base::MqttConnection connection_;
  std::function<void(std::size_t)> left_out_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  tcp::socket local_;
  tcp::socket broker_;
  std::unique_ptr<ssl::context> tls_context_;
  std::optional<ssl::stream<tcp::socket&>> tls_;
  MqttFilter filter_;
  MqttFrames client_frames_;
  std::array<char, kRelayBuffer> up_buffer_{};
  std::array<char, kRelayBuffer> down_buffer_{};
  std::string outgoing_;  ///< for the broker, not handed over yet
  std::string answers_;   ///< acknowledgements of our own, sent between two packets of the client
  std::string sent_;
  std::string incoming_;
  bool sending_up_ = false;
  bool reading_local_ = false;
  bool client_gone_ = false;
  bool finished_ = false;
  std::atomic<bool> relaying_ = false;
};

MqttGuard::MqttGuard(const base::MqttConnection& broker, std::function<void(std::size_t)> left_out)
    : relay_(std::make_shared<Relay>(broker, std::move(left_out))),
      thread_([relay = relay_] { relay->run(); }) {}

MqttGuard::~MqttGuard() {
  const bool delivering = relay_->is_relaying() && !relay_->ended.wait_for(kGuardFarewell);
  if (delivering || !relay_->ended.wait_for({})) relay_->close();
  if (relay_->ended.wait_for(kGuardThreadEnd)) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

std::uint16_t MqttGuard::port() const { return relay_->port(); }

}  // namespace toyota2mqtt::platform
