#pragma once

#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/bridge/set_up.hpp"
#include "toyota2mqtt/fleet/options.hpp"
#include "toyota2mqtt/web/household.hpp"

/// The configuration and the saved set-up of the page made one (decision 11). Pure. The
/// configuration wins wherever both say something:
///  - an account of the configuration hides a saved one with the same name and brand;
///  - what it says about one car wins field by field, and it has said `used` when `ignore` stands
///    there, be it true or false;
///  - its abrp.api_key hides the saved key, and its abrp.token every saved token: it names the car
///    that ABRP is for.
namespace toyota2mqtt::household {

fleet::Options merge(fleet::Options configured, const bridge::SetUp& saved);

web::Origin account_origin(const fleet::Options& configured, const bridge::SetUp& saved,
                           const toyota::Credentials& account);
/// Who decided whether the car is used; none = the default.
web::Origin used_origin(const fleet::Options& configured, const bridge::SetUp& saved,
                        const base::Vin& vin);
/// Who gave the token with which this car would be sent to ABRP.
web::Origin abrp_token_origin(const fleet::Options& configured, const bridge::SetUp& saved,
                              const base::Vin& vin);
web::Origin abrp_key_origin(const fleet::Options& configured, const bridge::SetUp& saved);

}  // namespace toyota2mqtt::household
