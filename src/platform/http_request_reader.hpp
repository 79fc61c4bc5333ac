#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstddef>
#include <string>

#include "toyota2mqtt/platform/http_server.hpp"

namespace toyota2mqtt::platform {

/// Reads one request out of the bytes of a connection, straight into the form in which a handler
/// gets it: Beast's own message would be a second copy of everything.
class HttpRequestReader final : private boost::beast::http::basic_parser<true> {
 public:
  explicit HttpRequestReader(const HttpServerLimits& limits);

  /// Takes bytes and answers how many it used. 0 used and no refusal: more are needed.
  std::size_t take(boost::asio::const_buffer bytes);
  /// The whole request was read.
  [[nodiscard]] bool is_complete() const { return is_done(); }
  /// The status that refuses what was read, or 0.
  [[nodiscard]] int refusal() const { return refusal_; }
  [[nodiscard]] bool keeps_alive() const { return keep_alive(); }
  [[nodiscard]] bool is_head() const { return is_head_; }
  [[nodiscard]] bool is_http_1_1() const { return is_http_1_1_; }
  /// Of a complete request, once.
  base::HttpServerRequest release() { return std::move(request_); }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, Text method_text, Text target, int version,
                       Error& error) override;
  void on_response_impl(int /*status*/, Text /*reason*/, int /*version*/,
                        Error& /*error*/) override {}
  void on_field_impl(boost::beast::http::field field, Text name, Text value, Error& error) override;
  void on_header_impl(Error& /*error*/) override { in_header_ = false; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error& error) override;
  std::size_t on_body_impl(Text body, Error& error) override;
  void on_chunk_header_impl(std::uint64_t /*size*/, Text /*extensions*/,
                            Error& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, Text body, Error& error) override;
  void on_finish_impl(Error& /*error*/) override {}

  base::HttpServerRequest request_;
  std::size_t most_headers_;
  int refusal_ = 0;
  bool in_header_ = true;
  bool coded_ = false;  ///< there was a Transfer-Encoding
  bool is_head_ = false;
  bool is_http_1_1_ = true;
};

}  // namespace toyota2mqtt::platform
