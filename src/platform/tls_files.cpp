#include "platform/tls_files.hpp"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <utility>

namespace toyota2mqtt::platform {

namespace ssl = boost::asio::ssl;

namespace {

constexpr auto kBetweenLooks = std::chrono::seconds(2);
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

}  // namespace

TlsFiles::TlsFiles(std::string certificate, std::string key, base::Log& log)
    : certificate_(std::move(certificate)), key_(std::move(key)), log_(log), seen_(look()) {}

base::Result<std::unique_ptr<TlsFiles>> TlsFiles::open(std::string certificate, std::string key,
                                                       base::Log& log) {
  std::unique_ptr<TlsFiles> files(new TlsFiles(std::move(certificate), std::move(key), log));
  auto context = files->load();
  if (!context) return base::fail(std::move(context).error());
  files->context_ = std::move(*context);
  return files;
}

TlsFiles::Context TlsFiles::context() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_) return context_;
  next_look_ = now + kBetweenLooks;
  const auto stamps = look();
  if (stamps == seen_) return context_;
  seen_ = stamps;
  // Between the new certificate and its key this fails, and the next change is looked at again.
  if (auto fresh = load()) {
    context_ = std::move(*fresh);
    log_.info("platform", "the listener's certificate has changed and is in use");
  } else {
    log_.warning("platform", fresh.error().message + "; the one read before stays in use");
  }
  return context_;
}

TlsFiles::Stamp TlsFiles::stamp_of(const std::string& file) {
  struct stat now{};
  if (::stat(file.c_str(), &now) != 0) return {};
  return {
      .changed_ns = std::int64_t{now.st_ctim.tv_sec} * kNanosecondsPerSecond + now.st_ctim.tv_nsec,
      .size = now.st_size,
      .inode = now.st_ino};
}

TlsFiles::Stamps TlsFiles::look() const {
  return {.certificate = stamp_of(certificate_), .key = stamp_of(key_)};
}

base::Result<TlsFiles::Context> TlsFiles::load() const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle stream of events needs no buffers of its own.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code error;
  if (context->use_certificate_chain_file(certificate_, error)) {
    return base::fail(base::ErrorCode::config_invalid,
                      "the certificate file cannot be used: " + error.message());
  }
  if (context->use_private_key_file(key_, ssl::context::pem, error)) {
    return base::fail(base::ErrorCode::config_invalid,
                      "the key file cannot be used: " + error.message());
  }
  return context;
}

}  // namespace toyota2mqtt::platform
