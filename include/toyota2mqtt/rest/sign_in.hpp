#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

/// The ports behind signing in to the REST interface; adapters in `platform` and `household`.
namespace toyota2mqtt::rest {

/// Slow hashes of passwords (scrypt, RFC 7914), run on the worker. Loop thread only.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;
  /// `scrypt$<log2 N>$<r>$<p>$<salt, base64>$<hash, base64>`.
  virtual base::Task<base::Result<std::string>> hash(base::Secret password) = 0;
  /// Whether `password` is the one of `hash`. A malformed hash is never matched, and takes as long.
  virtual base::Task<base::Result<bool>> matches(base::Secret password, std::string hash) = 0;
};

/// What a token says (RFC 7519). Nothing personal stands in it.
struct Claims {
  std::string subject = {};  ///< session id
  std::string type = {};     ///< `typ`: "access" or "refresh"
  std::string id = {};       ///< `jti`
  base::Time issued{};
  std::optional<base::Time> not_before = {};  ///< `nbf`, which tokens of ours do not name
  base::Time expires{};
};

/// JSON Web Tokens signed with HS256 and nothing else. Pure but for the key; any thread.
class TokenCodec {
 public:
  struct Key {
    std::string id;  ///< `kid`
    base::Secret secret;
  };
  virtual ~TokenCodec() = default;
  /// Signs with the first key of `keys`.
  [[nodiscard]] virtual std::string sign(const Claims& claims,
                                         const std::vector<Key>& keys) const = 0;
  /// The claims, when one of `keys` with the token's `kid` signed it with HS256. Says nothing about
  /// times, type or revocation.
  [[nodiscard]] virtual std::optional<Claims> verify(std::string_view token,
                                                     const std::vector<Key>& keys) const = 0;
};

/// Where the keys of the tokens rest between runs, encrypted. Loop thread only. Errors:
/// storage_failed, cancelled.
class KeyStore {
 public:
  virtual ~KeyStore() = default;
  /// What save() got last; nullopt: nothing is stored (also when it could not be read: it is then
  /// set aside with a warning, and everybody has to sign in again).
  virtual base::Task<base::Result<std::optional<base::Secret>>> load() = 0;
  /// Durable when it returns.
  virtual base::Task<base::Result<void>> save(base::Secret text) = 0;
};

/// A Toyota account holder who is not of the household.
struct Guest {
  std::string account_key = {};  ///< a keyed hash of the name
  std::string masked = {};       ///< `d…@e….com`
};

/// How a guest's account is, for administrators: nothing about the cars but how many there are.
struct GuestView {
  std::string account_key = {};
  std::string masked = {};
  vehicle::Brand brand = vehicle::Brand::toyota;
  bool reading = false;     ///< its cars are read; false: known from an earlier run only
  std::string status = {};  ///< the states of the bridge's `status` entity
  std::optional<base::Time> since = {};
  std::size_t cars = 0;
};

/// Signs in people with their Toyota accounts (web.toyota_login). Loop thread only.
class Guests {
 public:
  virtual ~Guests() = default;
  /// One post of the password at most, by the rules for rejected ones. A member of the household
  /// who signs in with the account that the household uses sees its cars. The password is not
  /// kept. Errors as toyota::Account::sign_in().
  virtual base::Task<base::Result<Guest>> sign_in(std::string username, base::Secret password,
                                                  vehicle::Brand brand) = 0;
  /// Reads the guest's cars from now on, from stored tokens; also after a restart. Errors:
  /// action_required (no tokens: sign in again).
  virtual base::Task<base::Result<void>> resume(std::string account_key) = 0;
  /// Stops reading and forgets the tokens. Of one account it must not overlap with sign_in(): who
  /// signs in while somebody leaves stays.
  virtual base::Task<void> leave(std::string account_key) = 0;
  /// Every guest, ordered by key; members of the household are none.
  [[nodiscard]] virtual std::vector<GuestView> list() const { return {}; }
};

}  // namespace toyota2mqtt::rest
