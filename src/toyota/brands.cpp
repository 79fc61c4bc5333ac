#include "toyota/brands.hpp"

namespace toyota2mqtt::toyota {

namespace {

constexpr BrandConstants kToyota = {.realm = "tme",
                                    .client_id = "oneapp",
                                    .redirect_uri = "com.toyota.oneapp:/oauth2Callback",
                                    .basic_credential = "b25lYXBwOm9uZWFwcA==",
                                    .code = "T",
                                    .app_name = "MyToyota"};
constexpr BrandConstants kLexus = {.realm = "tme",
                                   .client_id = "oneapp",
                                   .redirect_uri = "com.toyota.oneapp:/oauth2Callback",
                                   .basic_credential = "b25lYXBwOm9uZWFwcA==",
                                   .code = "L",
                                   .app_name = "Lexus Link"};
constexpr BrandConstants kSubaru = {
    .realm = "alliance-subaru",
    .client_id = "8c4921b0b08901fef389ce1af49c4e10.subaru.com",
    .redirect_uri = "com.subaru.oneapp:/oauth2Callback",
    .basic_credential =
        "OGM0OTIxYjBiMDg5MDFmZWYzODljZTFhZjQ5YzRlMTAuc3ViYXJ1LmNvbTpJaGNkcjV4YmhI"
        "YlRSMk9aOGdRa3YyNTZicmhTYjc=",
    .code = "S",
    .app_name = "Subaru Solterra Connect"};

}  // namespace

const BrandConstants& constants_of(vehicle::Brand brand) {
  switch (brand) {
    case vehicle::Brand::toyota: return kToyota;
    case vehicle::Brand::lexus: return kLexus;
    case vehicle::Brand::subaru: return kSubaru;
  }
  return kToyota;
}

}  // namespace toyota2mqtt::toyota
