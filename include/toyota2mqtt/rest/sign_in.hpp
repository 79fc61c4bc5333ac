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

namespace toyota2mqtt::rest {

/// A holder of a Toyota account that is not one of the owner's.
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
  /// One post of the password at most, by the rules for rejected ones. A user
  /// who signs in with one of the owner's accounts sees its cars. The password is not
  /// kept. Errors as toyota::Account::sign_in().
  virtual base::Task<base::Result<Guest>> sign_in(std::string username, base::Secret password,
                                                  vehicle::Brand brand) = 0;
  /// Reads the guest's cars from now on, from stored tokens; also after a restart. Errors:
  /// action_required (no tokens: sign in again).
  virtual base::Task<base::Result<void>> resume(std::string account_key) = 0;
  /// Stops reading and forgets the tokens. Of one account it must not overlap with sign_in(): a
  /// guest who signs in while leave() runs stays.
  virtual base::Task<void> leave(std::string account_key) = 0;
  /// Every guest, ordered by key; users of the owner's accounts are none.
  [[nodiscard]] virtual std::vector<GuestView> list() const { return {}; }
};

}  // namespace toyota2mqtt::rest
