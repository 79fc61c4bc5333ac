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
#include <string_view>
#include <utility>

namespace toyota2mqtt::platform {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

namespace {

constexpr std::size_t kLongestAnswer = std::size_t{64} * 1024;
constexpr std::size_t kLongestRequest = 64;
constexpr auto kRequestPatience = std::chrono::seconds(1);

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

/// One asker: its request, then the answer.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(Protocol::socket peer, ControlSocket::Answer answer)
      : peer_(std::move(peer)), limit_(peer_.get_executor()), answer_(std::move(answer)) {}

  void begin() {
    limit_.expires_after(kRequestPatience);
    limit_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      boost::system::error_code ignored;
      if (!error) self->peer_.close(ignored);
    });
    read();
  }

 private:
  void read() {
    peer_.async_read_some(
        asio::buffer(piece_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
          self->request_.append(self->piece_.data(), size);
          const auto line = self->request_.find('\n');
          if (line != std::string::npos) self->request_.resize(line);
          if (self->request_.size() > kLongestRequest) {
            self->limit_.cancel();  // nobody holds the conversation any more: it closes
            return;
          }
          if (error == asio::error::eof || line != std::string::npos) return self->answer();
          if (!error) self->read();
        });
  }

  void answer() {
    limit_.cancel();
    answer_(request_, [self = shared_from_this()](std::string text) {
      self->text_ = std::move(text);
      asio::async_write(self->peer_, asio::buffer(self->text_),
                        [self](const boost::system::error_code&, std::size_t) {});
    });
  }

  Protocol::socket peer_;
  asio::steady_timer limit_;
  ControlSocket::Answer answer_;
  std::array<char, kLongestRequest> piece_{};
  std::string request_;
  std::string text_;
};

/// Everything of `text`, or false.
bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

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
          std::make_shared<Conversation>(std::move(peer), self->answer)->begin();
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

base::Result<std::string> ControlSocket::ask(const std::string& path, const std::string& request,
                                             std::chrono::seconds limit) {
  const auto address = address_of(path);
  if (!address) return base::fail(address.error());
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = limit.count(), .tv_usec = 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) !=
      0) {
    if (errno == EACCES || errno == EPERM) {
      return base::fail(base::ErrorCode::forbidden,
                        "this user may not ask the bridge that runs with this storage directory",
                        "Run the command as the user that runs the bridge.");
    }
    return base::fail(base::ErrorCode::unreachable, "no bridge runs with this storage directory");
  }
  // A bridge that has answered already need not listen any more.
  (void)send_all(socket.number(), request);
  ::shutdown(socket.number(), SHUT_WR);
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
