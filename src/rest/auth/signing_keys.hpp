#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rest/auth/jwt.hpp"
#include "toyota2mqtt/base/async_mutex.hpp"
#include "toyota2mqtt/rest/api.hpp"

namespace toyota2mqtt::rest {

/// The keys that sign tokens: the newest signs, and the one before it is still believed, so that
/// nobody has to sign in again because of a change. Made at random at the first start, changed by
/// age and by administrators, kept encrypted. A secret of the configuration takes the place of the
/// newest. Loop thread only.
class SigningKeys {
 public:
  SigningKeys(Services& services, const Options& options)
      : services_(services), options_(options) {}

  /// Before anything else. Errors: storage_failed, cancelled.
  base::Task<base::Result<void>> load();
  /// A new key signs from now on; durable when it returns. Errors: config_invalid (the key stands
  /// in the configuration), storage_failed, cancelled.
  base::Task<base::Result<void>> rotate();
  /// A key as administrators see it.
  struct View {
    std::string id;  ///< `kid`
    base::Time made{};
  };
  /// The newest first: it signs.
  [[nodiscard]] std::vector<View> list() const;
  /// Whether the newest one has signed for Options::key_life.
  [[nodiscard]] bool is_old(base::Time now) const;

  /// The newest first; never empty after load().
  [[nodiscard]] const std::vector<TokenKey>& usable() const { return usable_; }
  /// Grows whenever usable() changes.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  /// A pseudonym of a user's name (any case), the same in every run.
  [[nodiscard]] std::string pseudonym(std::string_view name) const;

 private:
  struct Key {
    std::string id;
    base::Secret secret;
    base::Time made{};
    bool given = false;  ///< by the configuration
  };
  struct Ring {
    std::string names;  ///< the key of pseudonym()
    std::vector<Key> keys = {};
  };

  static std::optional<Ring> parse(const std::string& text);
  static std::string written(const Ring& ring);
  std::string random_bytes(std::size_t size);
  Key new_key();
  [[nodiscard]] Key given_key() const;
  base::Task<base::Result<void>> use(Ring ring);

  Services& services_;
  const Options& options_;
  base::AsyncMutex mutex_;
  Ring ring_;
  std::vector<TokenKey> usable_ = {};
  std::uint64_t version_ = 0;
};

}  // namespace toyota2mqtt::rest
