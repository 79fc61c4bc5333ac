#include "toyota2mqtt/platform/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

namespace toyota2mqtt::platform {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr mode_t kOwnerOnly = 0600;

int open_retrying(const std::string& path, int flags, mode_t mode = 0) {
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (number < 0 && errno == EINTR);
  return number;
}

int write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int flock_retrying(int file, int operation) {
  int result = 0;
  do {
    result = ::flock(file, operation);
  } while (result != 0 && errno == EINTR);
  return result;
}

bool is_still_at(int file, const std::string& path) {
  struct stat opened{};
  struct stat named{};
  return ::fstat(file, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

Result<void> check_plain(int file, const std::string& path) {
  struct stat found{};
  if (::fstat(file, &found) == 0 && S_ISREG(found.st_mode)) return {};
  return fail(ErrorCode::storage_failed,
              path + " is not a plain file (but a folder, a pipe, a socket or a device)",
              "Remove it; the program makes a new one.");
}

Result<std::optional<std::string>> read_open_file(int file, const std::string& path,
                                                  std::size_t limit) {
  std::string content;
  std::array<char, 16384> piece{};
  while (true) {
    const auto got = ::read(file, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(file_error("read", path, errno));
    if (got == 0) return std::optional(std::move(content));
    content.append(piece.data(), static_cast<std::size_t>(got));
    if (content.size() > limit) {
      return fail(ErrorCode::storage_failed,
                  path + " is larger than " + std::to_string(limit) + " bytes");
    }
  }
}

// A writer that waited for the lock may hold a file that the other one has renamed away meanwhile.
Result<FileDescriptor> open_temporary(const std::string& path) {
  while (true) {
    FileDescriptor file(
        open_retrying(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, kOwnerOnly));
    if (!file.is_open()) return fail(file_error("create", path, errno));
    if (auto plain = check_plain(file.get(), path); !plain) return fail(plain.error());
    if (flock_retrying(file.get(), LOCK_EX) != 0) return fail(file_error("lock", path, errno));
    if (is_still_at(file.get(), path)) return file;
  }
}

int fill(int file, std::string_view content, mode_t mode) {
  if (::ftruncate(file, 0) != 0 || ::fchmod(file, mode) != 0) return errno;
  if (const int failed = write_all(file, content)) return failed;
  return ::fsync(file) == 0 ? 0 : errno;
}

Result<void> sync_directory_of(const std::string& path) {
  const auto parent = fs::path(path).parent_path();
  const auto directory = parent.empty() ? std::string(".") : parent.string();
  const FileDescriptor opened(open_retrying(directory, O_RDONLY | O_DIRECTORY));
  if (!opened.is_open() || ::fsync(opened.get()) != 0) {
    return fail(file_error("sync", directory, errno));
  }
  return {};
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (number_ >= 0) ::close(number_);
}

base::Error file_error(std::string_view action, const std::string& path, int error_number) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  return {.code = ErrorCode::storage_failed,
          .message = "cannot " + std::string(action) + " " + path + ": " +
                     std::generic_category().message(error_number),
          .remedy = full ? kFreeSpace
                         : "Check that the storage directory exists and belongs to the user that "
                           "runs this program."};
}

bool is_disk_full(const std::string& directory) {
  constexpr std::uintmax_t kFewPages = std::uintmax_t{64} << 10U;
  std::error_code error;
  const auto space = fs::space(directory, error);
  return !error && space.available < kFewPages;
}

Result<void> make_private_directory(const std::string& directory) {
  std::error_code error;
  if (fs::is_directory(directory, error)) return {};
  fs::path made;
  for (const auto& step : fs::path(directory)) {
    made /= step;
    const int failed = ::mkdir(made.c_str(), 0700) == 0 ? 0 : errno;
    if (failed != 0 && !fs::is_directory(made, error)) {
      return fail(file_error("create", made.string(), failed));
    }
  }
  return {};
}

Result<std::optional<std::string>> read_file(const std::string& path, std::size_t limit) {
  const FileDescriptor file(open_retrying(path, O_RDONLY));
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return fail(file_error("read", path, errno));
  }
  return read_open_file(file.get(), path, limit);
}

Result<std::optional<std::string>> read_plain_file(const std::string& path, std::size_t limit) {
  // Without waiting: a pipe would, for a writer who never comes.
  const FileDescriptor file(open_retrying(path, O_RDONLY | O_NONBLOCK));
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return fail(file_error("read", path, errno));
  }
  if (auto plain = check_plain(file.get(), path); !plain) return fail(plain.error());
  return read_open_file(file.get(), path, limit);
}

Result<void> write_atomically(const std::string& path, std::string_view content, unsigned mode) {
  const auto temporary = path + ".new";
  const auto file = open_temporary(temporary);
  if (!file) return fail(file.error());
  int failed = fill(file->get(), content, static_cast<mode_t>(mode));
  if (failed == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) failed = errno;
  if (failed != 0) {
    ::unlink(temporary.c_str());
    return fail(file_error("write", path, failed));
  }
  return sync_directory_of(path);
}

Result<bool> copy_atomically(const std::string& from, const std::string& to, unsigned mode) {
  const FileDescriptor source(open_retrying(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (!source.is_open()) {
    if (errno == ENOENT) return false;
    return fail(file_error("read", from, errno));
  }
  if (auto plain = check_plain(source.get(), from); !plain) return fail(plain.error());
  const auto temporary = to + ".new";
  const auto target = open_temporary(temporary);
  if (!target) return fail(target.error());
  int failed = fill(target->get(), {}, static_cast<mode_t>(mode));
  std::array<char, 65536> piece{};
  while (failed == 0) {
    const auto got = ::read(source.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) failed = errno;
    if (got <= 0) break;
    failed = write_all(target->get(), {piece.data(), static_cast<std::size_t>(got)});
  }
  if (failed != 0) {
    ::unlink(temporary.c_str());
    return fail(file_error("copy", from, failed));
  }
  if (auto finished = finish_file(temporary, to); !finished) return fail(finished.error());
  return true;
}

Result<void> finish_file(const std::string& temporary, const std::string& path) {
  int failed = 0;
  {
    const FileDescriptor file(open_retrying(temporary, O_RDONLY | O_NOFOLLOW));
    if (!file.is_open() || ::fsync(file.get()) != 0) failed = errno;
  }
  if (failed == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) failed = errno;
  if (failed != 0) {
    ::unlink(temporary.c_str());
    return fail(file_error("write", path, failed));
  }
  return sync_directory_of(path);
}

Result<FileDescriptor> lock_file(const std::string& path, bool wait) {
  FileDescriptor file(open_retrying(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, kOwnerOnly));
  if (!file.is_open()) return fail(file_error("open", path, errno));
  if (auto plain = check_plain(file.get(), path); !plain) return fail(plain.error());
  if (flock_retrying(file.get(), wait ? LOCK_EX : LOCK_EX | LOCK_NB) == 0) return file;
  if (!wait && errno == EWOULDBLOCK) return FileDescriptor();
  return fail(file_error("lock", path, errno));
}

std::string time_stamp(base::Time time) {
  auto text = base::format_iso8601(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

Result<void> set_aside(const std::string& path, const std::string& kind, const std::string& stamp) {
  constexpr std::size_t kKept = 3;
  const auto prefix = path + "." + kind + "-";
  if (::rename(path.c_str(), (prefix + stamp).c_str()) != 0 && errno != ENOENT) {
    return fail(file_error("set aside", path, errno));
  }
  std::error_code error;
  std::vector<std::string> older;
  for (fs::directory_iterator entry(fs::path(path).parent_path(), error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->path().string().starts_with(prefix)) older.push_back(entry->path().string());
  }
  std::ranges::sort(older);
  while (older.size() > kKept) {
    fs::remove(older.front(), error);
    older.erase(older.begin());
  }
  return {};
}

}  // namespace toyota2mqtt::platform
