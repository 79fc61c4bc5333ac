#include "toyota2mqtt/platform/control_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace toyota2mqtt::platform {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

namespace {

constexpr std::size_t kLongestAnswer = std::size_t{64} * 1024;
constexpr int kPatienceSeconds = 3;

base::Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return base::fail(base::ErrorCode::storage_failed,
                      "the storage directory's path is too long for a socket in it");
  }
  std::memcpy(&address.sun_path[0], path.data(), path.size());
  return address;
}

/// Closes a descriptor at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

struct ControlSocket::Impl : std::enable_shared_from_this<ControlSocket::Impl> {
  Impl(const asio::any_io_executor& executor, std::string socket_path, Answer give)
      : acceptor(executor),
        pause(executor),
        path(std::move(socket_path)),
        answer(std::move(give)) {}

  Protocol::acceptor acceptor;
  asio::steady_timer pause;
  std::string path;
  Answer answer;

  void accept() {
    acceptor.async_accept(
        [self = shared_from_this()](const boost::system::error_code& error, Protocol::socket peer) {
          if (error == asio::error::operation_aborted || !self->acceptor.is_open()) return;
          if (error) return self->accept_later();
          self->reply(std::make_shared<Protocol::socket>(std::move(peer)));
          self->accept();
        });
  }

  /// Without file descriptors left, accepting fails at once and would keep the loop busy.
  void accept_later() {
    pause.expires_after(std::chrono::milliseconds(200));
    pause.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && self->acceptor.is_open()) self->accept();
    });
  }

  void reply(const std::shared_ptr<Protocol::socket>& peer) const {
    const auto text = std::make_shared<std::string>(answer());
    asio::async_write(*peer, asio::buffer(*text),
                      [peer, text](const boost::system::error_code&, std::size_t) {});
  }
};

ControlSocket::ControlSocket(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

ControlSocket::~ControlSocket() {
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->pause.cancel();
  ::unlink(impl_->path.c_str());
}

base::Result<std::unique_ptr<ControlSocket>> ControlSocket::listen(asio::any_io_executor executor,
                                                                   const std::string& path,
                                                                   Answer answer) {
  if (auto address = address_of(path); !address) return base::fail(address.error());
  ::unlink(path.c_str());
  auto impl = std::make_shared<Impl>(std::move(executor), path, std::move(answer));
  boost::system::error_code error;
  impl->acceptor.open(Protocol(), error);
  if (!error) impl->acceptor.bind(Protocol::endpoint(path), error);
  if (!error) impl->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error && ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
    error.assign(errno, boost::system::system_category());
  }
  if (error) {
    return base::fail(base::ErrorCode::storage_failed,
                      "cannot open the socket for health checks: " + error.message());
  }
  impl->accept();
  return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(impl)));
}

base::Result<std::string> ControlSocket::ask(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return base::fail(address.error());
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) !=
      0) {
    return base::fail(base::ErrorCode::unreachable, "no bridge runs with this storage directory");
  }
  std::string text;
  std::array<char, 4096> piece{};
  while (text.size() < kLongestAnswer) {
    const auto size = ::recv(socket.number(), piece.data(), piece.size(), 0);
    if (size == 0) return text;
    if (size < 0) return base::fail(base::ErrorCode::timeout, "the bridge does not answer");
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  return base::fail(base::ErrorCode::unexpected_response, "the bridge's answer is too long");
}

}  // namespace toyota2mqtt::platform
