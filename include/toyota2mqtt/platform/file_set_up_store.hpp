#pragma once

#include <memory>
#include <string>

#include "toyota2mqtt/platform/worker.hpp"
#include "toyota2mqtt/setup/set_up.hpp"

namespace toyota2mqtt::platform {

/// setup::SetUpStore as one encrypted file, `set_up`, in `directory` (made 0700 when missing),
/// 0600: header `toyota2mqtt-set-up 1\n`, then as FileTokenStore's `tokens`, with the same `key`.
/// The encryption protects a copy of `set_up` alone; it protects nothing from who can read `key`.
///
/// It is replaced atomically and every load() reads it again. A file that cannot be used is renamed
/// to set_up.broken-<time> with a warning. Of one that can, an entry that makes no sense is left
/// out. Loop thread only; files are touched on the worker. Errors: storage_failed, cancelled.
class FileSetUpStore final : public setup::SetUpStore {
 public:
  /// Everything outlives the store.
  FileSetUpStore(Worker& worker, base::Clock& clock, base::Random& random, base::Log& log,
                 std::string directory);
  ~FileSetUpStore() override;
  FileSetUpStore(const FileSetUpStore&) = delete;
  FileSetUpStore& operator=(const FileSetUpStore&) = delete;

  base::Task<base::Result<setup::SetUp>> load() override;
  base::Task<base::Result<void>> save(setup::SetUp set_up) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
