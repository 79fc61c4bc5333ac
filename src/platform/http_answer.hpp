#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "toyota2mqtt/platform/http_server.hpp"

namespace toyota2mqtt::platform {

/// `Date: …` with its line break, written anew once per second.
class DateLine {
 public:
  const std::string& at(std::chrono::system_clock::time_point now);

 private:
  std::chrono::sys_seconds second_{};
  std::string line_;
};

/// How the head of an answer ends.
enum class Framing : std::uint8_t {
  length,    ///< a body of known length
  chunked,   ///< pieces in HTTP/1.1
  until_end  ///< pieces in HTTP/1.0
};

struct AnswerFrame {
  Framing framing = Framing::length;
  bool keep_alive = true;
  bool is_http_1_1 = true;  ///< of the request
};

/// Whether an answer of this status has a body at all (RFC 9110, 6.4.1).
bool may_have_body(int status);

/// Appends status line and headers of the answer.
void append_head(std::string& text, const base::HttpResponse& response, const AnswerFrame& frame,
                 std::string_view date_line);

/// `1a\r\n`, the beginning of a chunk.
std::string chunk_head(std::size_t size);

}  // namespace toyota2mqtt::platform
