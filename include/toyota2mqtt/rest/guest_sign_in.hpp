#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "toyota2mqtt/fleet/account_set.hpp"
#include "toyota2mqtt/fleet/guest_accounts.hpp"
#include "toyota2mqtt/rest/sign_in.hpp"

namespace toyota2mqtt::rest {

/// Guests over the accounts that run: an account of the owner's is only verified, and its cars are
/// shown from the owner's readings; every other one becomes a guest's. At most
/// kMostAtOnce sign-ins are under way or wait, because they share the lock of the tokens with
/// everybody's renewals. Loop thread only.
class GuestSignIn final : public Guests {
 public:
  static constexpr std::size_t kMostAtOnce = 4;
  struct Services {
    fleet::Services outside;
    fleet::AccountSet& accounts;
    fleet::GuestAccounts& guests;
  };
  explicit GuestSignIn(Services services);

  /// Errors in addition: config_invalid (nothing typed, or nonsense), rate_limited (too many at
  /// once).
  base::Task<base::Result<Guest>> sign_in(std::string username, base::Secret password,
                                          vehicle::Brand brand) override;
  base::Task<base::Result<void>> resume(std::string account_key) override;
  base::Task<void> leave(std::string account_key) override;
  [[nodiscard]] std::vector<GuestView> list() const override;

 private:
  base::Task<base::Result<Guest>> verify(toyota::Credentials credentials);
  base::Task<base::Result<Guest>> sign_in_guest(toyota::Credentials credentials);
  [[nodiscard]] const fleet::AccountSession* own(const toyota::Credentials& credentials) const;

  Services services_;
  std::size_t at_once_ = 0;
};

}  // namespace toyota2mqtt::rest
