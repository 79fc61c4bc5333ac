#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace toyota2mqtt::test {

/// A fresh directory, removed with all its content.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  /// Writes a file in it and returns its full name.
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const;

 private:
  std::filesystem::path path_;
};

}  // namespace toyota2mqtt::test
