#include "platform/http_transfer.hpp"
#include "toyota2mqtt/base/text.hpp"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

namespace toyota2mqtt::platform {

namespace {

constexpr std::size_t kMostHeaders = 200;
constexpr std::size_t kMostHeaderBytes = std::size_t{64} << 10;

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  curl_easy_setopt(easy, option, value);
}

}  // namespace

CookieJar::CookieJar() : share_(curl_share_init()) {
  if (share_ == nullptr) throw std::bad_alloc();
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
}

CookieJar::~CookieJar() { curl_share_cleanup(share_); }

Transfer::Transfer(base::HttpRequest request, HttpTarget target, std::shared_ptr<CookieJar> jar)
    : request_(std::move(request)), target_(std::move(target)), jar_(std::move(jar)) {}

Transfer::~Transfer() { curl_slist_free_all(header_list_); }

void Transfer::prepare(CURL* easy, const HttpOptions& options, const std::string& ca_bundle,
                       std::chrono::milliseconds time_left) {
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_URL, request_.url.c_str());
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(time_left.count()));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  // Without it a stalled name resolution blocks removal and time-outs for seconds.
  set(easy, CURLOPT_QUICK_EXIT, 1L);
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy, CURLOPT_HEADERDATA, this);
  if (!options.user_agent.empty()) set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (jar_) {
    set(easy, CURLOPT_SHARE, jar_->handle());
    set(easy, CURLOPT_COOKIEFILE, "");  // switches the cookie engine on, reads nothing
  }
  set_security(easy, ca_bundle);
  set_method_and_body(easy);
  set_headers(easy);
}

void Transfer::set_security(CURL* easy, const std::string& ca_bundle) const {
  set(easy, CURLOPT_PROTOCOLS_STR, target_.encrypted ? "https" : "http");
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!ca_bundle.empty()) {
    curl_blob blob{.data = const_cast<char*>(ca_bundle.data()),  // libcurl copies and only reads
                   .len = ca_bundle.size(),
                   .flags = CURL_BLOB_COPY};
    set(easy, CURLOPT_CAINFO_BLOB, &blob);
  }
  // Plain text goes to its host directly and loopback is never another machine's.
  if (target_.loopback || !target_.encrypted) set(easy, CURLOPT_PROXY, "");
}

void Transfer::set_method_and_body(CURL* easy) const {
  const auto& method = request_.method;
  const bool sends_body = !request_.body.empty() || method == "POST" || method == "PUT";
  if (method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (sends_body) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request_.body.data());
    set(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  } else {
    set(easy, CURLOPT_HTTPGET, 1L);
    set(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

void Transfer::set_headers(CURL* easy) {
  const auto add = [this](const std::string& line) {
    auto* longer = curl_slist_append(header_list_, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    header_list_ = longer;
  };
  bool names_content_type = false;
  for (const auto& header : request_.headers) {
    names_content_type |= base::equal_ignoring_case(header.name, "Content-Type");
    // libcurl's notations: "Name;" is an empty value, "Name:" would remove the header.
    add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  add("Expect:");
  if (!names_content_type) add("Content-Type:");
  set(easy, CURLOPT_HTTPHEADER, header_list_);
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto length = size * count;
  auto& body = transfer.outcome_->body;
  // MAXFILESIZE stops neither chunked nor compressed bodies, so they are counted here.
  if (length > transfer.request_.max_response_bytes - body.size()) {
    transfer.body_too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  try {
    body.append(data, length);
  } catch (...) {
    return CURL_WRITEFUNC_ERROR;  // nothing may be thrown through libcurl's C frames
  }
  return length;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto length = size * count;
  try {
    if (transfer.accept_header(std::string_view(data, length))) return length;
    transfer.headers_too_large_ = true;
  } catch (...) {
    return CURL_WRITEFUNC_ERROR;  // as above
  }
  return CURL_WRITEFUNC_ERROR;
}

bool Transfer::accept_header(std::string_view line) {
  auto& headers = outcome_->headers;
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes || headers.size() >= kMostHeaders) return false;
  if (line.starts_with("HTTP/")) {
    headers.clear();  // an interim answer (100) came before the real one
    return true;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  headers.push_back({.name = std::string(base::trimmed(line.substr(0, colon))),
                     .value = std::string(base::trimmed(line.substr(colon + 1)))});
  return true;
}

void Transfer::finish(CURL* easy, CURLcode code) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &received_);
  if (code == CURLE_OK) {
    outcome_->status = static_cast<int>(status);
  } else {
    outcome_ = base::fail(error_of(code));
  }
  done_.notify();
}

void Transfer::finish(base::Error error) {
  outcome_ = base::fail(std::move(error));
  done_.notify();
}

base::Result<base::HttpResponse> Transfer::take() { return std::move(outcome_); }

base::Error Transfer::error_of(CURLcode code) const {
  using base::ErrorCode;
  const auto where = target_.host_port + " " + request_.log_path + ": ";
  if (body_too_large_) {
    return {.code = ErrorCode::unexpected_response,
            .message = where + "the answer is larger than " +
                       std::to_string(request_.max_response_bytes) + " bytes"};
  }
  if (headers_too_large_) {
    return {.code = ErrorCode::unexpected_response,
            .message = where + "the answer's headers are too many or too large"};
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {.code = ErrorCode::timeout, .message = where + "no complete answer in time"};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {.code = ErrorCode::unreachable,
              .message = where + "the server's certificate is not accepted",
              .remedy = "Check the clock of this machine, and that nothing intercepts TLS."};
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer that does not begin like HTTP
    case CURLE_WRITE_ERROR:           // a body that does not decompress
    case CURLE_OUT_OF_MEMORY:
      return {.code = ErrorCode::unexpected_response,
              .message = where + "the answer is not valid HTTP (" + curl_easy_strerror(code) + ")"};
    default: return {.code = ErrorCode::unreachable, .message = where + curl_easy_strerror(code)};
  }
}

}  // namespace toyota2mqtt::platform
