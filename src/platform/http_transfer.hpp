#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/platform/curl_http_client.hpp"

namespace toyota2mqtt::platform {

/// Cookies of one session, in memory: a libcurl share, so that several requests of one session may
/// be under way.
class CookieJar {
 public:
  CookieJar();
  ~CookieJar();
  CookieJar(const CookieJar&) = delete;
  CookieJar& operator=(const CookieJar&) = delete;
  [[nodiscard]] CURLSH* handle() const { return share_; }

 private:
  CURLSH* share_;
};

/// Where a request goes.
struct HttpTarget {
  std::string host;       ///< lower case, without brackets and port
  std::string host_port;  ///< for people: with the port when the URL names one
  bool loopback = false;
  bool encrypted = false;
};

/// Reads and judges the request's URL, method and headers; `config_invalid` when it must not be
/// sent.
base::Result<HttpTarget> judge_request(const base::HttpRequest& request,
                                       const HttpOptions& options);

/// One exchange: what libcurl needs while it runs, and what came of it.
class Transfer {
 public:
  Transfer(base::HttpRequest request, HttpTarget target, std::shared_ptr<CookieJar> jar);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Puts the request on `easy`, which is fresh or reset. `ca_bundle` is PEM text or empty.
  void prepare(CURL* easy, const HttpOptions& options, const std::string& ca_bundle,
               std::chrono::milliseconds time_left);
  /// Takes status and sizes from `easy` when the exchange has ended.
  void finish(CURL* easy, CURLcode code);
  /// Ends it without libcurl.
  void finish(base::Error error);
  /// The answer or what went wrong; call it once, after done().
  base::Result<base::HttpResponse> take();

  [[nodiscard]] const base::HttpRequest& request() const { return request_; }
  [[nodiscard]] const HttpTarget& target() const { return target_; }
  [[nodiscard]] bool keeps_cookies() const { return jar_ != nullptr; }
  [[nodiscard]] curl_off_t received() const { return received_; }
  /// Notified when the exchange has ended.
  base::Event& done() { return done_; }

 private:
  void set_method_and_body(CURL* easy) const;
  void set_headers(CURL* easy);
  void set_security(CURL* easy, const std::string& ca_bundle) const;
  [[nodiscard]] base::Error error_of(CURLcode code) const;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  [[nodiscard]] bool accept_header(std::string_view line);

  base::HttpRequest request_;
  HttpTarget target_;
  std::shared_ptr<CookieJar> jar_;
  curl_slist* header_list_ = nullptr;
  base::Result<base::HttpResponse> outcome_ = base::HttpResponse{};
  std::size_t header_bytes_ = 0;
  bool headers_too_large_ = false;
  bool body_too_large_ = false;
  curl_off_t received_ = 0;
  base::Event done_;
};

}  // namespace toyota2mqtt::platform
