#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace toyota2mqtt::app {

/// What a file looks like from outside. Equal = nobody has written, replaced, moved or re-permitted
/// it in between. All zero = there is none.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
using FileStamps = std::map<std::string, FileStamp>;

/// Looks at the files without opening them. Blocks; any thread.
FileStamps look_at(const std::vector<std::string>& files);

/// Decides when changed files are worth reading: when they differ from what was read, and stood
/// still from one look to the next, so that a file in the middle of being written is left alone.
/// Pure.
class FileWatch {
 public:
  /// These were read.
  void record_read(FileStamps stamps) { read_ = last_ = std::move(stamps); }
  [[nodiscard]] std::vector<std::string> files() const;
  bool is_due(const FileStamps& now);

 private:
  FileStamps read_;
  FileStamps last_;
};

}  // namespace toyota2mqtt::app
