#include "toyota/sign_in.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "json/json_io.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

using base::Error;
using base::ErrorCode;
using json_io::Json;

namespace {

constexpr std::array<std::string_view, 2> kKnownChoices = {"Local", "continue"};

const Json* output_of(const Json& callback, std::string_view name) {
  const auto* outputs = json_io::member(callback, "output");
  if (outputs == nullptr || !outputs->is_array()) return nullptr;
  for (const auto& output : *outputs) {
    if (json_io::text_member(output, "name") == name) return json_io::member(output, "value");
  }
  return nullptr;
}

std::string text_output(const Json& callback, std::string_view name) {
  const auto* value = output_of(callback, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

bool is(const Json& callback, std::string_view type, std::string_view prompt) {
  return json_io::text_member(callback, "type") == type &&
         text_output(callback, "prompt") == prompt;
}

// The place of the choice that this program takes: an account of the cloud's own ("Local"), and
// "continue" instead of a password reset.
std::optional<std::size_t> known_choice(const Json& callback) {
  const auto* choices = output_of(callback, "choices");
  if (choices == nullptr || !choices->is_array()) return std::nullopt;
  for (std::size_t place = 0; place < choices->size(); ++place) {
    for (const auto known : kKnownChoices) {
      if (choices->at(place) == known) return place;
    }
  }
  return std::nullopt;
}

void answer(Json& callback, const Json& value) {
  if (!callback.is_object()) return;
  const auto inputs = callback.find("input");
  if (inputs == callback.end() || !inputs->is_array() || inputs->empty()) return;
  if (inputs->front().is_object()) inputs->front()["value"] = value;
}

base::Result<void> validate_question(const Json& callback, const BrandConstants& brand) {
  const auto type = json_io::text_member(callback, "type").value_or("");
  if (type == "NameCallback") return {};
  if (type == "PasswordCallback") {
    if (text_output(callback, "prompt") == "Password") return {};
    return base::fail(one_time_code_wanted(brand));
  }
  if (type == "ChoiceCallback" && text_output(callback, "prompt") == "Prompt" &&
      known_choice(callback)) {
    return {};
  }
  if (type == "TextOutputCallback") {
    const auto message = text_output(callback, "message");
    if (message == "User Not Found") return base::fail(unknown_user(brand));
    if (base::contains_ignoring_case(message, "otp"))
      return base::fail(one_time_code_wanted(brand));
    return base::fail(unknown_question(brand, message));
  }
  return base::fail(unknown_question(brand, text_output(callback, "prompt")));
}

Error unauthorized(std::string_view body, const BrandConstants& brand) {
  const auto reply = json_io::parse_repaired(body);
  const auto* detail = reply ? json_io::member(*reply, "detail") : nullptr;
  const auto failure =
      detail ? json_io::text_member(*detail, "failureUrl").value_or("") : std::string();
  const auto message = reply ? json_io::text_member(*reply, "message").value_or("") : std::string();
  if (base::contains_ignoring_case(failure, "passworderror")) return wrong_password(brand);
  if (base::contains_ignoring_case(failure, "otperror")) return one_time_code_wanted(brand);
  if (base::contains_ignoring_case(failure, "lock")) return account_locked(brand);
  if (base::contains_ignoring_case(failure, "terms") ||
      base::contains_ignoring_case(failure, "consent")) {
    return terms_open(brand);
  }
  if (base::contains_ignoring_case(failure, "social")) return social_account(brand);
  if (base::contains_ignoring_case(message, "timed out")) return session_expired();
  return unknown_question(brand, message + " " + failure);
}

}  // namespace

base::Result<void> validate_questions(const Json& reply, const BrandConstants& brand) {
  if (json_io::text_member(reply, "tokenId")) return {};
  const auto* callbacks = json_io::member(reply, "callbacks");
  if (callbacks == nullptr || !callbacks->is_array() || callbacks->empty() ||
      !json_io::text_member(reply, "authId")) {
    return base::fail(ErrorCode::unexpected_response,
                      "The sign-in answered without a question and without a session");
  }
  // What asks for a one-time code brings other unknown questions along; the code is the better
  // explanation, whatever comes first.
  std::optional<Error> first;
  for (const auto& callback : *callbacks) {
    if (auto validated = validate_question(callback, brand); !validated) {
      if (validated.error().message == one_time_code_wanted(brand).message) {
        return base::fail(validated.error());
      }
      if (!first) first = validated.error();
    }
  }
  if (first) return base::fail(*first);
  return {};
}

bool asks_for_password(const Json& reply) {
  const auto* callbacks = json_io::member(reply, "callbacks");
  if (callbacks == nullptr || !callbacks->is_array()) return false;
  return std::any_of(callbacks->begin(), callbacks->end(), [](const Json& callback) {
    return is(callback, "PasswordCallback", "Password");
  });
}

Json answered(Json reply, const Credentials& credentials) {
  const auto callbacks = reply.find("callbacks");
  if (callbacks == reply.end() || !callbacks->is_array()) return reply;
  for (auto& callback : *callbacks) {
    if (is(callback, "NameCallback", "User Name")) answer(callback, credentials.username);
    if (is(callback, "PasswordCallback", "Password")) {
      answer(callback, credentials.password.reveal());
    }
    if (is(callback, "ChoiceCallback", "Prompt")) {
      if (const auto choice = known_choice(callback)) answer(callback, *choice);
    }
  }
  return reply;
}

Error refusal_of(int status, std::string_view body, bool credentials_sent,
                 const BrandConstants& brand) {
  if (status == 401 && json_io::parse_repaired(body)) {
    auto refusal = unauthorized(body, brand);
    // Before any name was sent, nothing about the account can have been refused.
    if (credentials_sent || is_session_expired(refusal)) return refusal;
  }
  const auto code = status == 429   ? ErrorCode::rate_limited
                    : status >= 500 ? ErrorCode::unreachable
                                    : ErrorCode::unexpected_response;
  return {.code = code,
          .message = fmt::format("The sign-in answered with status {}", status),
          .remedy = cloud_is_ill(),
          .http_status = status};
}

}  // namespace toyota2mqtt::toyota
