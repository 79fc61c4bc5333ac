#include "simulator/api.hpp"

namespace toyota2mqtt::simulator {

Reply account(const Call& call) {
  const auto& user = call.user;
  Json terms = {{"timeStamp", 1717408743310}, {"version", "TME_CP_DE_V8"}};
  Json email = {{"emailAddress", user.name},
                {"emailType", "forgerock"},
                {"emailVerified", true},
                {"verificationDate", 1717408743310}};
  Json customer = {{"accountStatus", "active"},
                   {"additionalAttributes",
                    {{"isTermsAccepted", true}, {"termsActivity", Json::array({terms})}}},
                   {"createDate", 1717408743310},
                   {"createSource", "TME_FR"},
                   {"customerType", "PERSON"},
                   {"emails", Json::array({email})},
                   {"firstName", "Sam"},
                   {"lastName", "Sample"},
                   {"forgerockId", user.guid},
                   {"guid", user.guid},
                   {"isCpMigrated", false},
                   {"lastUpdateDate", 1717408743310},
                   {"lastUpdateSource", "CT_FR"},
                   {"phoneNumbers", Json::array()},
                   {"preferredLanguage", "en-GB"},
                   {"uiLanguage", "en-GB"},
                   {"signupType", "regular"}};
  return envelope_a({{"customer", std::move(customer)}}, "OCPR-0000", "Customer Found");
}

}  // namespace toyota2mqtt::simulator
