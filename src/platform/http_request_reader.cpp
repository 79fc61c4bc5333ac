#include "platform/http_request_reader.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <utility>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::platform {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t kUsualHeaders = 12;
constexpr int kNotImplemented = 501;
constexpr std::uint64_t kReservedBody = std::uint64_t{64} << 10;

int status_of(const boost::beast::error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  return 400;
}

}  // namespace

HttpRequestReader::HttpRequestReader(const HttpServerLimits& limits)
    : most_headers_(limits.headers) {
  header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  body_limit(limits.body_bytes);
  eager(true);
}

std::size_t HttpRequestReader::take(boost::asio::const_buffer bytes) {
  Error error;
  const auto used = put(bytes, error);
  if (error && error != http::error::need_more && refusal_ == 0) refusal_ = status_of(error);
  return used;
}

void HttpRequestReader::on_request_impl(http::verb method, Text method_text, Text target,
                                        int version, Error& /*error*/) {
  is_head_ = method == http::verb::head;
  is_http_1_1_ = version >= 11;
  request_.method = method_text;
  request_.target = target;
  request_.headers.reserve(std::min(kUsualHeaders, most_headers_));
  const std::string_view whole(request_.target);
  const auto mark = whole.find('?');
  const auto path = whole.substr(0, mark);
  if (path.contains('%')) {
    request_.path = base::percent_decode(path).value_or(std::string(path));
  } else {
    request_.path = path;
  }
  if (mark != std::string_view::npos) request_.query = base::parse_form(whole.substr(mark + 1));
}

void HttpRequestReader::on_field_impl(http::field field, Text name, Text value, Error& error) {
  // Fields after a chunked body are nobody's wish: one could contradict those that were checked.
  if (!in_header_) return;
  // Of a coding that is not understood nobody knows where the body ends and the next request
  // begins.
  if (field == http::field::transfer_encoding) {
    if (std::exchange(coded_, true) || !base::equal_ignoring_case(value, "chunked")) {
      refusal_ = kNotImplemented;
      error = http::error::bad_transfer_encoding;
      return;
    }
  }
  if (request_.headers.size() >= most_headers_) {
    error = http::error::header_limit;
    return;
  }
  request_.headers.push_back({.name = std::string(name), .value = std::string(value)});
}

void HttpRequestReader::on_body_init_impl(const boost::optional<std::uint64_t>& length,
                                          Error& /*error*/) {
  // Memory for what was announced only as far as it does no harm when it never comes.
  if (length) request_.body.reserve(static_cast<std::size_t>(std::min(*length, kReservedBody)));
}

std::size_t HttpRequestReader::on_body_impl(Text body, Error& /*error*/) {
  request_.body.append(body.data(), body.size());
  return body.size();
}

std::size_t HttpRequestReader::on_chunk_body_impl(std::uint64_t /*remain*/, Text body,
                                                  Error& error) {
  return on_body_impl(body, error);
}

}  // namespace toyota2mqtt::platform
