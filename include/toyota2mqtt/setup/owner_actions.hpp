#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/vehicle/car.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"

namespace toyota2mqtt::setup {

/// Who said a thing, and so where it can be changed: the configuration (file or the app's options)
/// wins and is never changed by the page.
enum class Origin : std::uint8_t { none, configuration, page };
std::string_view to_string(Origin origin);

/// One account as the page shows it. Texts hold nothing personal but the masked name.
struct AccountCard {
  std::string key = {};     ///< toyota::Account::key()
  std::string masked = {};  ///< toyota::masked_account()
  vehicle::Brand brand = vehicle::Brand::toyota;
  Origin origin = Origin::configuration;
  std::string status = {};   ///< the states of the bridge's `status` entity: ok, set_up, …
  std::string message = {};  ///< what went wrong, one sentence; empty when ok
  std::string remedy = {};   ///< what the owner has to do; empty when ok
  std::optional<base::Time> since = {};
  std::optional<base::Time> next_try = {};  ///< when it is tried again by itself
};

/// One car of a signed-in account, ignored ones included.
struct CarCard {
  base::CarId id = {};
  std::string name = {};
  std::string model = {};
  std::string vin = {};  ///< masked
  std::string account_key = {};
  bool electric = true;             ///< has a battery that ABRP could plan with, or may have
  bool used = true;                 ///< false: ignored
  Origin used_from = Origin::none;  ///< who decided `used`; none = the default
  bool available = false;           ///< as its availability topic says
  bool current = true;              ///< its account can be read: what is shown is not left over
  /// The newest time of the car's own; unset = never.
  std::optional<base::Time> last_reported = {};
  std::optional<base::Time> last_read = {};  ///< when the cloud last answered for it
  std::size_t entities = 0;                  ///< announced to Home Assistant
  std::string abrp_status = "off";           ///< the states of the `abrp_status` entity
  std::string abrp_remedy = {};              ///< empty when all is well
  std::string abrp_vehicle = {};             ///< as ABRP calls it; empty until known
  std::optional<base::Time> abrp_last_accepted = {};
  Origin abrp_from = Origin::none;  ///< who gave the token
  /// What only a rejection by the cloud keeps from being offered (vehicle::rejected_rows()).
  std::vector<const vehicle::CommandRow*> rejected = {};
};

struct BrokerCard {
  bool connected = false;
  std::string where = {};  ///< "core-mosquitto:1883"; empty when no broker is known
  bool from_supervisor = false;
  std::string message = {};  ///< why not connected, or why it does not last; empty = all is well
  std::string remedy = {};
  std::optional<base::Time> since = {};  ///< of the present state
};

/// Everything the status page shows, at one moment.
struct Overview {
  std::string version = {};
  base::Time now{};
  std::vector<AccountCard> accounts = {};
  std::vector<CarCard> cars = {};
  BrokerCard broker = {};
  std::size_t entities = 0;             ///< of all cars and the bridge
  bool discovery = true;                ///< mqtt.discovery
  Origin abrp_key_from = Origin::none;  ///< who gave abrp.api_key
  /// Of a changed configuration that is not in use, with file, line and key; empty = none.
  std::vector<std::string> mistakes = {};
  std::optional<base::Time> mistaken_since = {};
};

/// A sign-in that the owner typed into the page.
struct NewAccount {
  std::string username = {};  ///< e-mail address
  base::Secret password = {};
  vehicle::Brand brand = vehicle::Brand::toyota;
};

/// ABRP of one car as typed into the page. An empty key = the one that is known already; so is an
/// empty token when it is only checked.
struct AbrpEntry {
  base::CarId car = {};
  base::Secret api_key = {};
  base::Secret token = {};
};

/// What the page needs from the rest of the program. `app` connects it with the bridge. Loop thread
/// only. Errors carry plain words and a remedy; they never hold what was typed. What is saved is
/// durable and in use when a call returns; no restart is needed.
class OwnerActions {
 public:
  virtual ~OwnerActions() = default;

  [[nodiscard]] virtual Overview overview() const = 0;
  /// Key of the account with this name (in any case) and brand; empty = there is none.
  [[nodiscard]] virtual std::string find_account(std::string_view username,
                                                 vehicle::Brand brand) const = 0;

  /// Signs in once. Success saves the account (encrypted) and starts it, so that its cars appear
  /// in overview() when this returns. A failure saves nothing. The same name and brand again
  /// replaces the password of an account of the page. Errors: credentials_rejected and
  /// action_required (both standing: the same entry is answered without any request until
  /// `again` is true, and at most 3 passwords go out in 24 h), config_invalid (nothing typed, or
  /// the account is in the configuration), unreachable, timeout, rate_limited, storage_failed.
  virtual base::Task<base::Result<void>> add_account(NewAccount account, bool again) = 0;
  /// Lets a rejected sign-in of a known account be tried once more.
  virtual base::Task<base::Result<void>> try_again(std::string account_key) = 0;
  /// Forgets an account of the page: password, tokens, cars and their topics on the broker.
  virtual base::Task<base::Result<void>> remove_account(std::string account_key) = 0;
  /// Has the cloud's rejections of commands for a car forgotten: the commands are offered again at
  /// once, and the storage follows. Nothing is sent. Does nothing when there is no such car.
  virtual void forget_rejections(const base::CarId& car) = 0;
  /// Exactly these cars are used, as far as the configuration does not say otherwise.
  virtual base::Task<base::Result<void>> use_cars(std::set<base::CarId> used) = 0;
  /// Read-only calls; answers the name of the ABRP vehicle that the token belongs to (empty when
  /// ABRP tells none). Saves nothing. Errors as abrp::Link::check().
  virtual base::Task<base::Result<std::string>> check_abrp(AbrpEntry entry) = 0;
  /// Saves key and token of one car; an empty token ends ABRP for it.
  virtual base::Task<base::Result<void>> save_abrp(AbrpEntry entry) = 0;
};

}  // namespace toyota2mqtt::setup
