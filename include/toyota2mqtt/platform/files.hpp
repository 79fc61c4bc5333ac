#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/time.hpp"

/// Small helpers around files. All of them block, so inside the running bridge they belong on the
/// worker; none keeps state, so any thread may call them. Errors are storage_failed; messages name
/// the path and the system's reason, never content.
namespace toyota2mqtt::platform {

/// An open file descriptor, closed by its destructor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor();
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// Makes `directory` (and its parents) when it is missing; what is made is 0700. A directory that
/// exists stays as it is.
base::Result<void> make_private_directory(const std::string& directory);

/// The content of a file, or nullopt when there is none. Over `limit` bytes is an error.
base::Result<std::optional<std::string>> read_file(const std::string& path, std::size_t limit);

/// The same for a file of the program's own: anything that is no plain file (a pipe, a device, a
/// folder) is an error, and never waited for.
base::Result<std::optional<std::string>> read_plain_file(const std::string& path,
                                                         std::size_t limit);

/// Replaces `path` so that after any crash it holds either the old or the new content, in full:
/// temporary file `<path>.new` beside it, fsync, rename, fsync of the directory. Durable when it
/// returns. Writers in other processes are kept apart by a lock on the temporary file.
base::Result<void> write_atomically(const std::string& path, std::string_view content,
                                    unsigned mode);

/// Copies the regular file `from` to `to` as write_atomically() would, whatever its size. False
/// when there is no `from`; a symbolic link or anything else that is no plain file is an error.
base::Result<bool> copy_atomically(const std::string& from, const std::string& to, unsigned mode);

/// Gives a finished temporary file its name: fsync, rename, fsync of the directory. Durable when it
/// returns; after an error the temporary file is gone.
base::Result<void> finish_file(const std::string& temporary, const std::string& path);

/// Takes the advisory lock (flock) of `path`, making the file 0600 when it is missing. With
/// `wait` it blocks until the lock is free; without, a closed descriptor means that another process
/// holds it. The lock lasts as long as the descriptor.
base::Result<FileDescriptor> lock_file(const std::string& path, bool wait);

/// Returns `20261120T120000Z`: a time as part of a file name. Sorts by time.
std::string time_stamp(base::Time time);

/// Renames a broken file to `<path>.<kind>-<stamp>` for the owner to look at, so that a fresh one
/// can take its place. Stamps sort by time; the newest three are kept. A missing file is no error.
base::Result<void> set_aside(const std::string& path, const std::string& kind,
                             const std::string& stamp);

/// What helps when a disk is full.
inline constexpr const char* kFreeSpace =
    "Free some space on the disk that holds the storage directory.";
/// Whether the disk that holds `directory` has no room for a few more pages of a file.
bool is_disk_full(const std::string& directory);

/// storage_failed with the reason that errno names.
base::Error file_error(std::string_view action, const std::string& path, int error_number);

}  // namespace toyota2mqtt::platform
