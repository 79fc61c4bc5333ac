#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <utility>

#include "support/certificates.hpp"
#include "support/http_rig.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;
namespace ssl = boost::asio::ssl;

namespace {

struct SecureRig {
  explicit SecureRig(platform::HttpServerLimits limits = {})
      : files(authority.issue("IP:127.0.0.1")),
        rig([this](base::HttpServerRequest request) { return answer(*this, std::move(request)); },
            limits) {
    REQUIRE(rig.server.use_tls(files.certificate, files.key).has_value());
    rig.listen();
  }

  static base::Task<base::HttpResponse> answer(SecureRig& self, base::HttpServerRequest request) {
    base::HttpResponse response;
    response.body = request.encrypted ? "encrypted" : "plain";
    if (request.path == "/large") response.body.assign(std::size_t{4} << 20, 'l');
    if (request.path == "/stream") response.stream = test::scripted_stream(self.script);
    co_return response;
  }

  test::CertificateAuthority authority;
  test::CertificateFiles files;
  test::StreamScript script;
  test::HttpRig rig;
};

class SecureClient {
 public:
  explicit SecureClient(SecureRig& secure)
      : context_(ssl::context::tls_client), stream_(secure.rig.io, context_), secure_(secure) {
    context_.load_verify_file(secure.authority.file());
    stream_.set_verify_mode(ssl::verify_peer);
  }

  // What waits refers to this client.
  ~SecureClient() {
    close();
    secure_.rig.until([this] { return waiting_ == 0; });
  }
  SecureClient(const SecureClient&) = delete;
  SecureClient& operator=(const SecureClient&) = delete;

  /// True when both sides agreed.
  bool shake_hands() {
    stream_.next_layer().connect(secure_.rig.where());
    bool finished = false;
    bool agreed = false;
    stream_.async_handshake(ssl::stream_base::client, [&](const boost::system::error_code& error) {
      finished = true;
      agreed = !error;
    });
    CHECK(secure_.rig.until([&] { return finished; }));
    return agreed;
  }
  void ask(const std::string& path) {
    request_ = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    ++waiting_;
    boost::asio::async_write(stream_, boost::asio::buffer(request_),
                             [this](const boost::system::error_code&, std::size_t) { --waiting_; });
    if (!std::exchange(reading_, true)) read();
  }
  void allow_at_most(int version) {
    SSL_set_security_level(stream_.native_handle(), 0);
    SSL_set_min_proto_version(stream_.native_handle(), TLS1_VERSION);
    SSL_set_max_proto_version(stream_.native_handle(), version);
  }
  /// The serial number of the certificate that it was shown.
  long serial() {
    auto* shown = SSL_get1_peer_certificate(stream_.native_handle());
    const auto number = ASN1_INTEGER_get(X509_get0_serialNumber(shown));
    X509_free(shown);
    return number;
  }
  void close() {
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
  }

  std::string received;
  bool ended = false;

 private:
  void read() {
    ++waiting_;
    stream_.async_read_some(boost::asio::buffer(piece_),
                            [this](const boost::system::error_code& error, std::size_t size) {
                              --waiting_;
                              received.append(piece_.data(), size);
                              ended = static_cast<bool>(error);
                              if (!ended) read();
                            });
  }

  ssl::context context_;
  ssl::stream<tcp::socket> stream_;
  SecureRig& secure_;
  std::array<char, 16384> piece_{};
  std::string request_;
  int waiting_ = 0;
  bool reading_ = false;
};

void replace(const std::string& file, const std::string& with) {
  std::filesystem::copy_file(with, file, std::filesystem::copy_options::overwrite_existing);
}

}  // namespace

TEST_CASE("a request over TLS is served and marked as encrypted, the next one on it too") {
  SecureRig secure;
  SecureClient client(secure);
  REQUIRE(client.shake_hands());
  client.ask("/");
  CHECK(secure.rig.until([&] { return client.received.ends_with("encrypted"); }));
  client.received.clear();
  client.ask("/large");
  CHECK(secure.rig.until([&] { return client.received.size() > std::size_t{4} << 20; }));
  CHECK_FALSE(client.ended);
}

TEST_CASE("a stream goes over TLS, and its client's departure is noticed there too") {
  SecureRig secure;
  SecureClient client(secure);
  REQUIRE(client.shake_hands());
  client.ask("/stream");
  REQUIRE(secure.rig.until([&] { return secure.script.asked == 1; }));
  secure.script.give("one");
  secure.script.news.notify();
  CHECK(secure.rig.until([&] { return client.received.ends_with("3\r\none\r\n"); }));
  client.close();
  CHECK(secure.rig.until([&] { return secure.script.destroyed; }));
  CHECK(secure.rig.until([&] { return secure.rig.server.connections() == 0; }));
}

TEST_CASE("a stream over TLS ends in order") {
  SecureRig secure;
  secure.script.give("all");
  secure.script.ended = true;
  SecureClient client(secure);
  REQUIRE(client.shake_hands());
  client.ask("/stream");
  CHECK(secure.rig.until([&] { return client.ended; }));
  CHECK(client.received.ends_with("3\r\nall\r\n0\r\n\r\n"));
}

TEST_CASE("TLS older than 1.2 is refused") {
  SecureRig secure;
  SecureClient old(secure);
  old.allow_at_most(TLS1_1_VERSION);
  CHECK_FALSE(old.shake_hands());
  SecureClient newer(secure);
  newer.allow_at_most(TLS1_2_VERSION);
  CHECK(newer.shake_hands());
}

TEST_CASE("who does not finish the handshake is cut off") {
  SecureRig secure({.idle = 60s, .request = 60s, .handshake = 100ms});
  test::RawClient silent(secure.rig);
  silent.connect();
  silent.read();
  test::RawClient slow(secure.rig);
  slow.connect();
  slow.send("\x16\x03\x01\x02");  // the beginning of a greeting
  slow.read();
  CHECK(secure.rig.until([&] { return silent.ended && slow.ended; }));
  CHECK(secure.rig.until([&] { return secure.rig.server.connections() == 0; }));
}

TEST_CASE("plain text on a TLS port is answered by the end of the connection") {
  SecureRig secure;
  test::RawClient plain(secure.rig);
  plain.connect();
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  plain.read();
  CHECK(secure.rig.until([&] { return plain.ended; }));
  CHECK_FALSE(plain.received.contains("HTTP/1.1"));
}

TEST_CASE("a renewed certificate is used for new connections, without a restart") {
  SecureRig secure;
  const auto renewed = secure.authority.issue("IP:127.0.0.1");
  replace(secure.files.certificate, renewed.certificate);
  replace(secure.files.key, renewed.key);
  SecureClient client(secure);
  REQUIRE(client.shake_hands());
  CHECK(client.serial() == 3);
}

TEST_CASE("a certificate whose key is not there yet leaves the old one in use, and a warning") {
  SecureRig secure;
  const auto renewed = secure.authority.issue("IP:127.0.0.1");
  replace(secure.files.certificate, renewed.certificate);
  SecureClient client(secure);
  REQUIRE(client.shake_hands());
  CHECK(client.serial() == 2);
  CHECK(secure.rig.log.text().contains("the one read before stays in use"));
}

TEST_CASE("a key of another certificate is refused when the listener is made") {
  test::CertificateAuthority authority;
  const auto one = authority.issue("IP:127.0.0.1");
  const auto other = authority.issue("IP:127.0.0.1");
  boost::asio::io_context io;
  test::RecordingLog log;
  platform::HttpServer server(io.get_executor(), log);
  const auto refused = server.use_tls(one.certificate, other.key);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == base::ErrorCode::config_invalid);
}
