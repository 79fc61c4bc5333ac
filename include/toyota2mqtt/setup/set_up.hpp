#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::setup {

/// What the owner said about one car on the page.
struct SavedCar {
  std::optional<bool> used = {};  ///< unset = nothing was said
  base::Secret abrp_token = {};   ///< empty = none
  friend bool operator==(const SavedCar&, const SavedCar&) = default;
};

/// Everything that was entered on the page instead of in the configuration.
struct SetUp {
  std::vector<toyota::Credentials> accounts = {};
  std::map<base::Vin, SavedCar> cars = {};
  base::Secret abrp_api_key = {};
  friend bool operator==(const SetUp&, const SetUp&) = default;
};

/// Where the set-up rests between runs. Loop thread only. Errors: storage_failed, cancelled.
class SetUpStore {
 public:
  virtual ~SetUpStore() = default;
  /// An empty one when nothing was saved (also when the file was unreadable: it is then set aside
  /// with a warning in the log).
  virtual base::Task<base::Result<SetUp>> load() = 0;
  /// Durable when it returns. A failure leaves what was saved before.
  virtual base::Task<base::Result<void>> save(SetUp set_up) = 0;
};

/// Returns the set-up as JSON, the text of the sealed document. Pure.
std::string encode_set_up(const SetUp& set_up);
/// Returns nullopt when the text is no set-up at all. An entry that makes no sense is left out.
/// Pure.
std::optional<SetUp> decode_set_up(std::string_view text);

/// SetUpStore in one sealed document.
class SealedSetUpStore final : public SetUpStore {
 public:
  /// `document` outlives it.
  explicit SealedSetUpStore(base::SealedDocument& document) : document_(document) {}
  base::Task<base::Result<SetUp>> load() override;
  base::Task<base::Result<void>> save(SetUp set_up) override;

 private:
  base::SealedDocument& document_;
};

}  // namespace toyota2mqtt::setup
