#include "platform/http_answer.hpp"
#include "toyota2mqtt/base/text.hpp"

#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>
#include <charconv>

namespace toyota2mqtt::platform {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {" Jan ", " Feb ", " Mar ", " Apr ",
                                                      " May ", " Jun ", " Jul ", " Aug ",
                                                      " Sep ", " Oct ", " Nov ", " Dec "};

void append_number(std::string& text, std::size_t number, int base) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number, base).ptr;
  text.append(digits.begin(), end);
}

void append_two_digits(std::string& text, std::size_t number) {
  if (number < 10) text += '0';
  append_number(text, number, 10);
}

/// Those that the listener writes itself.
bool is_framing(std::string_view name) {
  return base::equal_ignoring_case(name, "Content-Length") ||
         base::equal_ignoring_case(name, "Transfer-Encoding") ||
         base::equal_ignoring_case(name, "Connection");
}

bool breaks_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void append_status_line(std::string& text, int status) {
  if (status == 200) {
    text += "HTTP/1.1 200 OK\r\n";
    return;
  }
  text += "HTTP/1.1 ";
  append_number(text, static_cast<std::size_t>(status), 10);
  text += ' ';
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  text.append(reason.data(), reason.size());
  text += kLineEnd;
}

}  // namespace

const std::string& DateLine::at(std::chrono::system_clock::time_point now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second == second_) return line_;
  second_ = second;
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(second - day);
  line_ = "Date: ";
  line_ += kWeekdays.at(std::chrono::weekday(day).c_encoding());
  line_ += ", ";
  append_two_digits(line_, unsigned{date.day()});
  line_ += kMonths.at(unsigned{date.month()} - 1);
  append_number(line_, static_cast<std::size_t>(int{date.year()}), 10);
  line_ += ' ';
  append_two_digits(line_, static_cast<std::size_t>(time.hours().count()));
  line_ += ':';
  append_two_digits(line_, static_cast<std::size_t>(time.minutes().count()));
  line_ += ':';
  append_two_digits(line_, static_cast<std::size_t>(time.seconds().count()));
  line_ += " GMT\r\n";
  return line_;
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

void append_head(std::string& text, const base::HttpResponse& response, const AnswerFrame& frame,
                 std::string_view date_line) {
  append_status_line(text, response.status);
  bool dated = false;
  for (const auto& header : response.headers) {
    if (is_framing(header.name) || breaks_line(header.name) || breaks_line(header.value)) continue;
    dated = dated || base::equal_ignoring_case(header.name, "Date");
    text += header.name;
    text += ": ";
    text += header.value;
    text += kLineEnd;
  }
  if (!dated) text += date_line;
  if (frame.framing == Framing::chunked) {
    text += "Transfer-Encoding: chunked\r\n";
  } else if (frame.framing == Framing::length && may_have_body(response.status)) {
    text += "Content-Length: ";
    append_number(text, response.body.size(), 10);
    text += kLineEnd;
  }
  if (!frame.keep_alive) {
    text += "Connection: close\r\n";
  } else if (!frame.is_http_1_1) {
    text += "Connection: keep-alive\r\n";
  }
  text += kLineEnd;
}

std::string chunk_head(std::size_t size) {
  std::string text;
  append_number(text, size, 16);
  text += kLineEnd;
  return text;
}

}  // namespace toyota2mqtt::platform
