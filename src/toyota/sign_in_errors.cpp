#include "toyota/sign_in.hpp"

#include <fmt/format.h>

#include "toyota/json_read.hpp"

namespace toyota2mqtt::toyota {

using base::Error;
using base::ErrorCode;

namespace {

constexpr std::size_t kMostCloudText = 200;
constexpr int kUnauthorized = 401;

}  // namespace

Error wrong_password(const BrandConstants& brand) {
  return {.code = ErrorCode::credentials_rejected,
          .message = "The password was rejected",
          .remedy = fmt::format(
              "Sign out of the {0} app and in again with this e-mail address; the password that "
              "works there is the one to enter here, on this program's page or in its "
              "configuration. An account made with Google, Facebook or Apple has no password: set "
              "one in the {0} app with \"Forgot password\".",
              brand.app_name),
          .http_status = kUnauthorized};
}

std::string find_out_the_password(const BrandConstants& brand) {
  return fmt::format(
      "Until then sign out of the {} app and in again: so you know which e-mail address and "
      "password work. If they are the ones given here, nothing needs to be done.",
      brand.app_name);
}

Error unknown_user(const BrandConstants& brand) {
  return {.code = ErrorCode::credentials_rejected,
          .message = "No account has this e-mail address",
          .remedy = fmt::format(
              "Compare the e-mail address with the one under Account in the {0} app, and the "
              "brand chosen here with the app that you use. Only European accounts work.",
              brand.app_name)};
}

Error one_time_code_wanted(const BrandConstants& brand) {
  return {.code = ErrorCode::action_required,
          .message = "The cloud asks for a one-time code sent by mail",
          .remedy = fmt::format(
              "Sign in once with the current {0} app, enter the code from the mail there, and "
              "then choose \"Try again\". Accounts new to the current app get this question.",
              brand.app_name)};
}

Error account_locked(const BrandConstants& brand) {
  return {.code = ErrorCode::action_required,
          .message = "The account is locked",
          .remedy = fmt::format("Unlock it with \"Forgot password\" in the {} app (or wait as it "
                                "says there), sign in there, and then choose \"Try again\".",
                                brand.app_name)};
}

Error terms_open(const BrandConstants& brand) {
  return {.code = ErrorCode::action_required,
          .message = "The cloud wants terms or a consent to be accepted first",
          .remedy = fmt::format("Open the {} app, accept the terms and consents that it shows, and "
                                "then choose \"Try again\".",
                                brand.app_name)};
}

Error social_account(const BrandConstants& brand) {
  return {.code = ErrorCode::action_required,
          .message = "The account was made with Google, Facebook or Apple and has no password",
          .remedy = fmt::format("Set a password in the {} app with \"Forgot password\", enter "
                                "it on this program's page or in its configuration, and then "
                                "choose \"Try again\".",
                                brand.app_name)};
}

Error unknown_question(const BrandConstants& brand, std::string_view text) {
  const auto shown = presentable(text, kMostCloudText);
  return {.code = ErrorCode::action_required,
          .message = shown.empty()
                         ? "The cloud asks something at sign-in that only the app can answer"
                         : fmt::format("The cloud refused the sign-in and says: {}", shown),
          .remedy = fmt::format("Sign in with the {} app, answer what it asks (terms, consent, a "
                                "check that you are a person), and then choose \"Try again\".",
                                brand.app_name)};
}

Error session_expired() {
  return {.code = ErrorCode::timeout,
          .message = "The sign-in took too long for the cloud",
          .remedy = "Nothing is wrong with the account: choose \"Try again\".",
          .http_status = kUnauthorized};
}

bool is_session_expired(const Error& error) {
  return error.code == ErrorCode::timeout && error.http_status == kUnauthorized;
}

bool is_standing(const Error& error) {
  return error.code == ErrorCode::credentials_rejected || error.code == ErrorCode::action_required;
}

std::string cloud_is_ill() {
  return "The cloud is overloaded or being worked on; nothing is wrong with the account. Another "
         "try helps in some minutes.";
}

bool is_passing(const Error& error) {
  return !is_standing(error) && error.code != ErrorCode::storage_failed &&
         error.code != ErrorCode::cancelled;
}

}  // namespace toyota2mqtt::toyota
