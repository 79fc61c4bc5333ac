#include "support/tls_server.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace toyota2mqtt::test {

namespace asio = boost::asio;
using asio::ip::tcp;

struct TlsServer::Inside {
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_server_method()),
                                                            &SSL_CTX_free};
  std::thread thread;

  void serve() {
    while (true) {
      boost::system::error_code error;
      tcp::socket socket(io);
      acceptor.accept(socket, error);
      if (error) return;
      constexpr timeval kLimit{.tv_sec = 5, .tv_usec = 0};
      setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &kLimit, sizeof kLimit);
      answer(socket.native_handle());
    }
  }

  void answer(int descriptor) {
    constexpr std::string_view kAnswer =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), &SSL_free);
    SSL_set_fd(tls.get(), descriptor);
    std::array<char, 4096> request{};
    if (SSL_accept(tls.get()) != 1) return;
    if (SSL_read(tls.get(), request.data(), static_cast<int>(request.size())) <= 0) return;
    SSL_write(tls.get(), kAnswer.data(), static_cast<int>(kAnswer.size()));
    SSL_shutdown(tls.get());
  }
};

TlsServer::TlsServer(const CertificateFiles& files) : inside_(std::make_unique<Inside>()) {
  auto* context = inside_->context.get();
  if (SSL_CTX_use_certificate_file(context, files.certificate.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("the certificate cannot be used");
  }
  inside_->thread = std::thread([inside = inside_.get()] { inside->serve(); });
}

TlsServer::~TlsServer() {
  // Wakes the thread out of accept().
  shutdown(inside_->acceptor.native_handle(), SHUT_RDWR);
  inside_->thread.join();
}

std::uint16_t TlsServer::port() const { return inside_->acceptor.local_endpoint().port(); }

}  // namespace toyota2mqtt::test
