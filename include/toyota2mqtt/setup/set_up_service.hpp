#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "toyota2mqtt/base/async_mutex.hpp"
#include "toyota2mqtt/fleet/account_set.hpp"
#include "toyota2mqtt/home_assistant/publisher.hpp"
#include "toyota2mqtt/setup/owner_actions.hpp"
#include "toyota2mqtt/setup/set_up.hpp"

namespace toyota2mqtt::setup {

/// What SetUpService needs from outside; everything outlives it.
struct Services {
  fleet::Services outside;
  fleet::AccountSet& accounts;
  const home_assistant::Publisher& publisher;
  SetUpStore& set_up;
  /// Keeps a text out of the log from now on: names, passwords, keys and tokens, before they are
  /// used for the first time.
  std::function<void(const base::Secret&)> hide;
};

/// OwnerActions over the accounts that run: what the owner does on the page is tried, saved in the
/// set-up and taken into use by AccountSet::reconfigure(). Loop thread only. Changes wait for each
/// other. Once something is saved it is taken into use, also when the caller is cancelled.
class SetUpService final : public OwnerActions {
 public:
  /// `configured`: what file and options say, without the set-up.
  SetUpService(Services services, fleet::Options configured);
  ~SetUpService() override;
  SetUpService(const SetUpService&) = delete;
  SetUpService& operator=(const SetUpService&) = delete;

  /// Reads the saved set-up and hands the bridge configuration and set-up together; before
  /// AccountSet::start(). Without it, or after it failed, the first change reads it.
  base::Task<base::Result<void>> load();
  /// Another configuration is used from now on, together with the set-up. Returns when the bridge
  /// has taken it into use.
  base::Task<void> reconfigure(fleet::Options configured);

  [[nodiscard]] Overview overview() const override;
  [[nodiscard]] std::string find_account(std::string_view username,
                                         vehicle::Brand brand) const override;
  base::Task<base::Result<void>> add_account(NewAccount account, bool again) override;
  base::Task<base::Result<void>> try_again(std::string account_key) override;
  base::Task<base::Result<void>> remove_account(std::string account_key) override;
  void forget_rejections(const base::CarId& car) override;
  base::Task<base::Result<void>> use_cars(std::set<base::CarId> used) override;
  base::Task<base::Result<std::string>> check_abrp(AbrpEntry entry) override;
  base::Task<base::Result<void>> save_abrp(AbrpEntry entry) override;

 private:
  base::Task<base::Result<base::AsyncMutex::Lock>> begin_change();
  base::Task<base::Result<void>> change(SetUp next);
  base::Task<base::Result<void>> save_and_use(SetUp next);
  base::Task<base::Result<void>> sign_in(toyota::Credentials credentials, bool again);
  [[nodiscard]] base::Result<toyota::Credentials> credentials_of(NewAccount typed) const;
  [[nodiscard]] std::optional<vehicle::Identity> find_car(const base::CarId& id) const;
  /// Cars that only this account has.
  [[nodiscard]] std::set<base::Vin> cars_of(const std::string& account_key) const;
  [[nodiscard]] base::Result<void> token_is_free(const base::Secret& token,
                                                 const vehicle::Identity& car) const;
  [[nodiscard]] base::Result<abrp::Options> abrp_options(const AbrpEntry& entry,
                                                         const vehicle::Identity& car) const;
  [[nodiscard]] std::string key_of(const toyota::Credentials& credentials) const;
  [[nodiscard]] AccountCard account_card(const fleet::AccountSession& account) const;
  [[nodiscard]] CarCard car_card(const fleet::AccountSession& account,
                                 const vehicle::Identity& identity) const;

  Services services_;
  fleet::Options configured_;
  SetUp set_up_;
  bool loaded_ = false;
  base::AsyncMutex changing_;
  base::AsyncMutex checking_abrp_;
  std::optional<base::SteadyTime> abrp_checked_at_;
};

}  // namespace toyota2mqtt::setup
