#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/loop.hpp"
#include "support/temporary_directory.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/platform/worker.hpp"

namespace toyota2mqtt::test {

/// A loop with a real worker thread. Timers are the fake clock's: it jumps when the loop has been
/// quiet for 5 ms. A task that takes 20 s of real time fails the test.
class WorkerLoop {
 public:
  WorkerLoop() : tasks(io.get_executor(), log), worker(io.get_executor()) {}
  ~WorkerLoop();

  template <class T>
  T run(base::Task<T> task) {
    const auto result = std::make_shared<std::optional<T>>();
    const auto ended = std::make_shared<bool>(false);
    tasks.spawn("test", note_end(keep_result(std::move(task), result), ended));
    drive([ended] { return *ended; });
    REQUIRE(result->has_value());
    return std::move(**result);
  }
  /// Handles what is due until `done`.
  void drive(const std::function<bool()>& done);

  boost::asio::io_context io;
  FakeClock clock;
  RecordingLog log;
  platform::OpenSslRandom random;
  base::TaskGroup tasks;
  platform::Worker worker;
};

/// The text of a file; the test fails when there is none.
std::string content_of(const std::string& path);
void write_file(const std::string& path, const std::string& content);
/// The permission bits, for example 0600.
unsigned mode_of(const std::string& path);
/// The names in a directory, sorted.
std::vector<std::string> names_in(const std::string& directory);

/// While it lives, no file of this process grows beyond `bytes`: writing fails as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(std::size_t bytes);
  ~FullDisk();
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  std::size_t before_ = 0;
};

}  // namespace toyota2mqtt::test
