#pragma once

#include <memory>
#include <optional>
#include <string>

#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/platform/worker.hpp"
#include "toyota2mqtt/rest/sign_in.hpp"

namespace toyota2mqtt::platform {

/// rest::KeyStore as one encrypted file, `web_keys`, in `directory` (made 0700 when missing), 0600:
/// header `toyota2mqtt-web-keys 1\n`, then as FileTokenStore's `tokens`, with the same `key`. Not
/// in the database, of which people send copies to those who help them: whoever has these keys is
/// an administrator.
///
/// It is replaced atomically. A file that cannot be used is renamed to web_keys.broken-<time> with
/// a warning. Loop thread only; files are touched on the worker. Errors: storage_failed, cancelled.
class FileKeyStore final : public rest::KeyStore {
 public:
  /// Everything outlives the store.
  FileKeyStore(Worker& worker, base::Clock& clock, base::Random& random, base::Log& log,
               std::string directory);
  ~FileKeyStore() override;
  FileKeyStore(const FileKeyStore&) = delete;
  FileKeyStore& operator=(const FileKeyStore&) = delete;

  base::Task<base::Result<std::optional<base::Secret>>> load() override;
  base::Task<base::Result<void>> save(base::Secret text) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
