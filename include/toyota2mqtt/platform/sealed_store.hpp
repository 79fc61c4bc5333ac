#pragma once

#include <memory>
#include <string>

#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/platform/worker.hpp"

namespace toyota2mqtt::platform {

/// base::Store whose values are encrypted before another store gets them: for what names a car or
/// the place of one. AES-256-GCM with the `key` of FileTokenStore, in base64url; space and key are
/// authenticated with the value, and are not secret. A value that cannot be opened (the key was
/// lost) counts as not stored. Loop thread only; the key is read on the worker. Values of up to
/// 700 KiB. Errors: storage_failed, cancelled.
class SealedStore final : public base::Store {
 public:
  /// `directory` holds the key. Everything outlives the store.
  SealedStore(base::Store& inner, Worker& worker, base::Clock& clock, base::Random& random,
              base::Log& log, std::string directory);
  ~SealedStore() override;
  SealedStore(const SealedStore&) = delete;
  SealedStore& operator=(const SealedStore&) = delete;

  base::Task<base::Result<std::optional<std::string>>> get(std::string space,
                                                           std::string key) override;
  base::Task<base::Result<void>> put(std::string space, std::string key,
                                     std::string value) override;
  base::Task<base::Result<void>> erase(std::string space, std::string key) override;
  base::Task<base::Result<std::vector<std::pair<std::string, std::string>>>> list(
      std::string space) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
