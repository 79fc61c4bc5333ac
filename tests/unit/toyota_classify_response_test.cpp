#include "toyota/api_host.hpp"
#include "unit/toyota_cloud_rig.hpp"

namespace toyota2mqtt {

// What answers of the API host mean.

using toyota::Disposition;

TEST_CASE("each answer of the table of errors has its meaning") {
  const auto [status, body, code, then] = GENERATE(table<int, std::string, ErrorCode, Disposition>(
      {{401, "", ErrorCode::token_expired, Disposition::refresh_token},
       {403, std::string(kMapping), ErrorCode::forbidden, Disposition::drop_vehicle},
       {403, std::string(kUnauthorized), ErrorCode::forbidden, Disposition::retry},
       {403, "<html>", ErrorCode::forbidden, Disposition::retry},
       {403, std::string(kFenced), ErrorCode::not_supported, Disposition::give_up_route},
       {403, R"({"message":"Missing Authentication Token"})", ErrorCode::not_supported,
        Disposition::give_up_route},
       {404, "", ErrorCode::not_supported, Disposition::give_up_route},
       {410, "", ErrorCode::not_supported, Disposition::give_up_route},
       {429, std::string(kUnauthorized), ErrorCode::rate_limited, Disposition::retry},
       {400, complaint("CTP-GENERIC-40017"), ErrorCode::unexpected_response, Disposition::retry},
       {400, complaint("CTP-REMOTE-40006"), ErrorCode::not_supported, Disposition::give_up_route},
       {400, complaint("CTP-REMOTE-40041"), ErrorCode::not_supported, Disposition::give_up_route},
       {400, R"({"messages":[{"responseCode":"CTP-REMOTE-40041"}]})", ErrorCode::not_supported,
        Disposition::give_up_route},
       {400, R"({"status":{"messages":[]},"messages":[{"responseCode":"ONE-GLOBAL-RC-10004"}]})",
        ErrorCode::not_supported, Disposition::give_up_route},
       {403, R"({"messages":[{"description":"invalid guid and vin mapping"}]})",
        ErrorCode::forbidden, Disposition::drop_vehicle},
       {403, complaint("ONE-GLOBAL-RS-10068"), ErrorCode::forbidden, Disposition::retry},
       {500, complaint("ONE-GLOBAL-RS-10068"), ErrorCode::forbidden, Disposition::retry},
       {400, complaint("ONE-GLOBAL-RC-10004"), ErrorCode::not_supported,
        Disposition::give_up_route},
       {400, complaint("ONE-GLOBAL-RS-10003"), ErrorCode::unexpected_response, Disposition::retry},
       {500, complaint("ONE-GLOBAL-RS-40000"), ErrorCode::unreachable, Disposition::retry},
       {500, R"({"message":"Internal server error"})", ErrorCode::unreachable, Disposition::retry},
       {504, "<html>", ErrorCode::unreachable, Disposition::retry},
       {400, R"({"status":{"messages":[]}})", ErrorCode::unexpected_response, Disposition::retry},
       {400, R"({"status":{"messages":[null]}})", ErrorCode::unexpected_response,
        Disposition::retry},
       {302, "", ErrorCode::unexpected_response, Disposition::retry}}));
  CAPTURE(status, body);
  const auto error = toyota::classify(status, body);
  CHECK(error.code == code);
  CHECK(error.http_status == status);
  CHECK(toyota::disposition(error) == then);
  CHECK_FALSE(error.message.empty());
}

TEST_CASE("C5 a code at the top of an error is shown, whatever it means") {
  CHECK(toyota::classify(400, R"({"messages":[{"responseCode":"OWS-050"}]})").message ==
        "The cloud does not accept the request (status 400, OWS-050)");
  CHECK(toyota::classify(400, R"({"messages":[null,{},{"responseCode":"OWS-051"}]})")
            .message.contains("OWS-051"));
  CHECK(toyota::classify(400, R"({"code":"OWS-052","messages":[]})").message.contains("OWS-052"));
}

TEST_CASE(
    "C5 what has to be activated in the app is said so, and neither repeated nor remembered") {
  for (const int status : {400, 403, 409, 500, 503}) {
    const auto error = toyota::classify(status, complaint("ONE-GLOBAL-RS-10068"));
    INFO(status);
    CHECK(toyota::needs_activation(error));
    CHECK_FALSE(toyota::may_repeat(error));
    CHECK_FALSE(toyota::car_lacks_it(error));
    CHECK_FALSE(toyota::route_refused(error));
    CHECK(error.remedy.contains("the maker's app"));
  }
}

TEST_CASE("errors that concern the account stop it, and shutting down stops everything") {
  const auto of = [](ErrorCode code) { return toyota::disposition({.code = code, .message = ""}); };
  CHECK(of(ErrorCode::credentials_rejected) == Disposition::stop_account);
  CHECK(of(ErrorCode::action_required) == Disposition::stop_account);
  CHECK(of(ErrorCode::config_invalid) == Disposition::stop_account);
  CHECK(of(ErrorCode::cancelled) == Disposition::stop);
  CHECK(of(ErrorCode::timeout) == Disposition::retry);
  CHECK(of(ErrorCode::storage_failed) == Disposition::retry);
}

TEST_CASE("only the code of the cloud's complaint is shown, cut short") {
  const auto error = toyota::classify(400, complaint(std::string(500, 'X') + " a@b.c"));
  CHECK(error.message.size() < 120);
  CHECK(error.message.find('@') == std::string::npos);
}

}  // namespace toyota2mqtt
