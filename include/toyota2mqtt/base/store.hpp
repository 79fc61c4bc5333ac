#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/secret.hpp"

namespace toyota2mqtt::base {

/// Small things that must survive a restart: which route answered for which car, which topics were
/// published, which sign-in was rejected. A table of (space, key) -> text; values are usually JSON
/// written and read by the part that owns the space. Shared safely between processes.
///
/// Loop thread only; work happens on the storage worker. Errors: storage_failed, cancelled.
class Store {
 public:
  virtual ~Store() = default;
  virtual Task<Result<std::optional<std::string>>> get(std::string space, std::string key) = 0;
  /// Durable when it returns.
  virtual Task<Result<void>> put(std::string space, std::string key, std::string value) = 0;
  virtual Task<Result<void>> erase(std::string space, std::string key) = 0;
  /// Every (key, value) of a space, ordered by key.
  virtual Task<Result<std::vector<std::pair<std::string, std::string>>>> list(
      std::string space) = 0;
};

/// One text that must survive a restart, encrypted at rest. Loop thread only. Errors:
/// storage_failed, cancelled.
class SealedDocument {
 public:
  virtual ~SealedDocument() = default;
  /// Returns what save() got last; nullopt: nothing is stored, or it could not be used (it is then
  /// set aside with a warning in the log).
  virtual Task<Result<std::optional<Secret>>> load() = 0;
  /// Durable when it returns. A failure leaves what was saved before.
  virtual Task<Result<void>> save(Secret text) = 0;
};

}  // namespace toyota2mqtt::base
