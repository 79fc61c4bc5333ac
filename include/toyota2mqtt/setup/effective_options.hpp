#pragma once

#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/fleet/options.hpp"
#include "toyota2mqtt/setup/owner_actions.hpp"
#include "toyota2mqtt/setup/set_up.hpp"

/// The configuration and the saved set-up of the page made one (decision 11). Pure. The
/// configuration wins wherever both say something:
///  - an account of the configuration hides a saved one with the same name and brand;
///  - what it says about one car wins field by field, and it has said `used` when `ignore` is
///    there, be it true or false;
///  - its abrp.api_key hides the saved key, and its abrp.token every saved token: it names the car
///    that ABRP is for.
namespace toyota2mqtt::setup {

fleet::Options effective_options(const fleet::Options& configured, const SetUp& saved);

Origin account_origin(const fleet::Options& configured, const SetUp& saved,
                      const toyota::Credentials& account);
/// Who decided whether the car is used; none = the default.
Origin used_origin(const fleet::Options& configured, const SetUp& saved, const base::Vin& vin);
/// Who gave the token with which this car would be sent to ABRP.
Origin abrp_token_origin(const fleet::Options& configured, const SetUp& saved,
                         const base::Vin& vin);
Origin abrp_key_origin(const fleet::Options& configured, const SetUp& saved);

}  // namespace toyota2mqtt::setup
