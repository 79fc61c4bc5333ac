#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/setup/owner_actions.hpp"

namespace toyota2mqtt::test {

/// What a sign-in or another step of the fake meets. The words are those that the bridge
/// uses for it.
enum class Mischief : std::uint8_t {
  none,
  wrong_password,
  unknown_user,
  one_time_code,
  locked,
  terms,
  social,
  too_many_tries,
  unreachable,
  storage_full,
  slow,    ///< the answer waits for release()
  throws,  ///< a broken invariant
};
base::Error error_of(Mischief mischief);

/// A home in memory: signing in gives two cars, and everything that is called is written down.
class FakeOwnerActions final : public setup::OwnerActions {
 public:
  explicit FakeOwnerActions(base::Time now) { state.now = now; }

  [[nodiscard]] setup::Overview overview() const override {
    ++overviews;
    return state;
  }
  mutable int overviews = 0;  ///< how often overview() was asked for
  /// What was signed in here, and what `names` says.
  [[nodiscard]] std::string find_account(std::string_view username,
                                         vehicle::Brand brand) const override;
  base::Task<base::Result<void>> add_account(setup::NewAccount account, bool again) override;
  base::Task<base::Result<void>> try_again(std::string account_key) override;
  base::Task<base::Result<void>> remove_account(std::string account_key) override;
  void forget_rejections(const base::CarId& car) override { offered_again.push_back(car); }
  base::Task<base::Result<void>> use_cars(std::set<base::CarId> used) override;
  base::Task<base::Result<std::string>> check_abrp(setup::AbrpEntry entry) override;
  base::Task<base::Result<void>> save_abrp(setup::AbrpEntry entry) override;

  /// Lets everything that is slow go on.
  void release();

  setup::Overview state;
  std::map<std::string, std::string> names;  ///< e-mail address -> key of the account
  Mischief mischief = Mischief::none;
  std::string abrp_vehicle = "My bZ4X";  ///< what a check answers
  // What was called, with what.
  std::vector<setup::NewAccount> sign_ins;
  std::vector<bool> agains;
  std::vector<std::string> tried_again;
  std::vector<std::string> removed;
  std::vector<base::CarId> offered_again;
  std::vector<std::set<base::CarId>> used;
  std::vector<setup::AbrpEntry> checks;
  std::vector<setup::AbrpEntry> saves;

 private:
  base::Task<base::Result<void>> step();
  std::vector<std::shared_ptr<base::Event>> waiting_;
};

/// A home with two accounts, four cars, ABRP and a broker, in every state worth showing.
setup::Overview sample_overview(base::Time now);

}  // namespace toyota2mqtt::test
