#pragma once

#include <string>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/platform/files.hpp"

namespace toyota2mqtt::platform {

/// Keeps a storage directory for one running bridge: two would send every command twice. The file
/// `lock.run` in it is locked for the life of the object and says who holds it; the kernel ends the
/// lock with the process, however that ends.
class InstanceLock {
 public:
  /// Takes the lock of `directory`, which is made when it is missing; `now` is written into it.
  /// Blocks for a moment, never for the lock. Errors: action_required with the holder's process,
  /// machine and start in the message; storage_failed.
  static base::Result<InstanceLock> take(const std::string& directory, base::Time now);

  InstanceLock() = default;

 private:
  explicit InstanceLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace toyota2mqtt::platform
