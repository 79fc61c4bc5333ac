#pragma once

#include <iosfwd>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/ports.hpp"

/// What a person at a terminal gets more than a pipe.
namespace toyota2mqtt::app {

/// Whether this file is a terminal that takes more than plain lines (TERM is neither unset nor
/// `dumb`).
bool is_terminal(int file);
/// The same, and nobody asked for no colours (NO_COLOR is unset or empty).
bool takes_colours(int file);

/// One line at the end of a terminal's output that says what is being tried, and for how long. It
/// goes when something else is written and comes back below. Nothing is shown where there is no
/// terminal. Loop thread only.
class StatusLine final : private std::streambuf {
 public:
  /// Shows the line at the end of `out`, at most `columns` wide; 0 columns: never.
  StatusLine(std::ostream& out, int columns);
  /// Of standard error, as wide as the terminal behind it.
  StatusLine();
  ~StatusLine() override;
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  /// From now on this is being done; empty: nothing.
  void show(std::string_view what);
  /// It has taken a second more.
  void tick();
  /// Takes the line away until something else is written here or show() or tick() is called: for
  /// results that go to another stream of the same terminal.
  void hide();
  /// Where else to write to the same place, such as the log: the line makes room.
  std::ostream& stream() { return around_; }

 private:
  void draw();
  int overflow(int character) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;

  std::ostream& out_;
  std::ostream around_;
  std::size_t columns_;
  std::string what_;
  int seconds_ = 0;
  bool drawn_ = false;
};

/// Ticks every second until cancelled. The line outlives the task.
base::Task<void> keep_ticking(StatusLine& line, base::Clock& clock);

}  // namespace toyota2mqtt::app
