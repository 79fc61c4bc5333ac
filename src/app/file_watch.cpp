#include "app/file_watch.hpp"

#include <sys/stat.h>

#include <utility>

namespace toyota2mqtt::app {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kNanosecondsPerSecond + time.tv_nsec;
}

FileStamp stamp_of(const std::string& file) {
  struct stat now{};
  if (::stat(file.c_str(), &now) != 0) return {};
  return {.device = now.st_dev,
          .inode = now.st_ino,
          .size = now.st_size,
          .modified_ns = nanoseconds(now.st_mtim),
          .changed_ns = nanoseconds(now.st_ctim)};
}

}  // namespace

FileStamps look_at(const std::vector<std::string>& files) {
  FileStamps stamps;
  for (const auto& file : files) stamps[file] = stamp_of(file);
  return stamps;
}

std::vector<std::string> FileWatch::files() const {
  std::vector<std::string> names;
  names.reserve(read_.size());
  for (const auto& [name, stamp] : read_) names.push_back(name);
  return names;
}

bool FileWatch::is_due(const FileStamps& now) {
  const bool stands_still = now == std::exchange(last_, now);
  return stands_still && now != read_;
}

}  // namespace toyota2mqtt::app
