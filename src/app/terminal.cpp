#include "app/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "toyota2mqtt/base/redaction.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr int kUsualColumns = 80;
constexpr int kFewestColumns = 20;
constexpr int kSilentSeconds = 2;  // what is done by then needs no count
constexpr std::string_view kEraseLine = "\r\x1b[K";

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return value == nullptr ? std::string_view() : std::string_view(value);
}

int columns_of(int file) {
  if (!is_terminal(file)) return 0;
  winsize size{};
  const bool known = ::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? std::max<int>(size.ws_col, kFewestColumns) : kUsualColumns;
}

/// At most so many characters of UTF-8 text.
std::string shortened(std::string_view text, std::size_t characters) {
  std::string kept;
  for (const char byte : text) {
    const bool continues = base::continues_character(byte);
    if (!continues && characters-- == 0) break;
    kept += byte;
  }
  return kept;
}

}  // namespace

bool is_terminal(int file) {
  const auto kind = variable("TERM");
  return ::isatty(file) == 1 && !kind.empty() && kind != "dumb";
}

bool takes_colours(int file) { return is_terminal(file) && variable("NO_COLOR").empty(); }

StatusLine::StatusLine(std::ostream& out, int columns)
    : out_(out), around_(this), columns_(static_cast<std::size_t>(std::max(columns, 0))) {}

StatusLine::StatusLine() : StatusLine(std::cerr, columns_of(STDERR_FILENO)) {}

StatusLine::~StatusLine() { hide(); }

void StatusLine::show(std::string_view what) {
  // Some of it came from the cloud.
  what_ = base::escape_controls(what);
  seconds_ = 0;
  draw();
}

void StatusLine::tick() {
  ++seconds_;
  draw();
}

void StatusLine::hide() {
  if (!drawn_) return;
  out_ << kEraseLine << std::flush;
  drawn_ = false;
}

void StatusLine::draw() {
  if (columns_ == 0) return;
  hide();
  if (what_.empty()) return;
  const auto time = seconds_ < kSilentSeconds ? std::string() : fmt::format(" {} s", seconds_);
  // The last column stays free: some terminals begin a new line after it.
  out_ << shortened(what_ + " …" + time, columns_ - 1) << std::flush;
  drawn_ = true;
}

int StatusLine::overflow(int character) {
  hide();
  return out_.put(static_cast<char>(character)) ? character : traits_type::eof();
}

std::streamsize StatusLine::xsputn(const char* text, std::streamsize size) {
  hide();
  return out_.write(text, size) ? size : 0;
}

int StatusLine::sync() {
  out_.flush();
  if (!drawn_) draw();
  return out_ ? 0 : -1;
}

base::Task<void> keep_ticking(StatusLine& line, base::Clock& clock) {
  while (co_await base::sleep_for(clock, std::chrono::seconds(1))) line.tick();
}

}  // namespace toyota2mqtt::app
