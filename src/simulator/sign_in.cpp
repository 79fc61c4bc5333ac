#include "simulator/sign_in.hpp"

#include <fmt/format.h>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::simulator {

namespace {

constexpr auto kConversationLife = std::chrono::seconds(1800);

Json callback(const char* type, const char* prompt, int number, int id) {
  return {{"type", type},
          {"output", Json::array({{{"name", "prompt"}, {"value", prompt}}})},
          {"input", Json::array({{{"name", fmt::format("IDToken{}", number)}, {"value", ""}}})},
          {"_id", id}};
}

Json choice(const Json& choices, int number, int id) {
  return {{"type", "ChoiceCallback"},
          {"output",
           {{{"name", "prompt"}, {"value", "Prompt"}},
            {{"name", "choices"}, {"value", choices}},
            {{"name", "defaultChoice"}, {"value", 0}}}},
          {"input", Json::array({{{"name", fmt::format("IDToken{}", number)}, {"value", 0}}})},
          {"_id", id}};
}

Json text_output(const char* message) {
  return {{"type", "TextOutputCallback"},
          {"output",
           {{{"name", "message"}, {"value", message}}, {{"name", "messageType"}, {"value", "2"}}}}};
}

Reply refusal(const char* failure_url) {
  auto reply = json_reply(401, {{"code", 401},
                                {"reason", "Unauthorized"},
                                {"message", "Login failure"},
                                {"detail", {{"failureUrl", failure_url}}}});
  reply.headers.push_back({"Connection", "close"});
  return reply;
}

Reply too_old() {
  return json_reply(401, {{"code", 401},
                          {"reason", "Unauthorized"},
                          {"message", "Session has timed out"},
                          {"detail", {{"errorCode", "110"}}}});
}

// The answer to the callback of that type and prompt; nullopt when it did not come back.
std::optional<Json> answer_to(const Json& sent, std::string_view type, std::string_view prompt) {
  const auto callbacks = sent.find("callbacks");
  if (callbacks == sent.end() || !callbacks->is_array()) return std::nullopt;
  for (const auto& one : *callbacks) {
    if (!one.is_object() || text_of(one, "type") != type) continue;
    const auto output = one.find("output");
    const auto input = one.find("input");
    if (output == one.end() || !output->is_array() || output->empty()) continue;
    if (input == one.end() || !input->is_array() || input->empty()) continue;
    if (text_of(output->front(), "value") != prompt || !input->front().is_object()) continue;
    const auto value = input->front().find("value");
    if (value != input->front().end()) return *value;
  }
  return std::nullopt;
}

// 0 as a number or as text, as clients write it.
bool first_choice(const std::optional<Json>& answer) {
  if (!answer) return false;
  if (answer->is_number()) return answer->get<double>() == 0;
  return answer->is_string() && (*answer == "0" || *answer == "");
}

bool begins_with_name(const std::string& user, std::string_view name) {
  return user.starts_with(std::string(name) + "@");
}

}  // namespace

std::optional<std::string> cookie(const Request& request, std::string_view name) {
  for (const auto& header : request.headers) {
    if (!same_text(header.name, "cookie")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      auto pair = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
        return std::string(pair.substr(equals + 1));
      }
    }
  }
  return std::nullopt;
}

std::optional<Reply> SignIn::handle(const Request& request) {
  for (const std::string realm : {"tme", "alliance-subaru"}) {
    if (request.path == "/json/realms/root/realms/" + realm + "/authenticate") {
      return with_cookies(request, authenticate(request, realm));
    }
    if (request.path == "/oauth2/realms/root/realms/" + realm + "/authorize") {
      return with_cookies(request, authorize(request, realm));
    }
    if (request.path == "/oauth2/realms/root/realms/" + realm + "/access_token") {
      return with_cookies(request, token(request, realm));
    }
  }
  if (request.path.starts_with("/json/realms/") || request.path.starts_with("/oauth2/realms/")) {
    return json_reply(404,
                      {{"code", 404}, {"reason", "Not Found"}, {"message", "Realm not found"}});
  }
  return std::nullopt;
}

const User* SignIn::find_user(const std::string& name) const {
  if (anybody_) return &stranger_;
  for (const auto& user : world_.users) {
    if (same_text(user.name, name)) return &user;
  }
  return nullptr;
}

Reply SignIn::with_cookies(const Request& request, Reply reply) {
  // Over plain HTTP a Secure cookie would never come back, so the attribute goes with TLS.
  const std::string secure = world_.options.secure_cookies ? "; Secure" : "";
  const std::string same_site = world_.options.secure_cookies ? "; SameSite=none" : "";
  reply.headers.push_back(
      {"Set-Cookie", "route=" + cookie(request, "route").value_or(world_.random_hex(16)) +
                         "; max-age=172800; path=/"});
  if (reply.status == 200) {
    reply.headers.push_back(
        {"Set-Cookie", "amlbcookie=01; Path=/" + secure + "; HttpOnly" + same_site});
  }
  reply.headers.push_back({"content-api-version", "resource=2.1"});
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

std::string SignIn::jwt(const Json& claims, const char* algorithm) {
  const auto part = [](const Json& json) {
    const auto text = json.dump();
    return base::base64url({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  const auto unsigned_part = part({{"typ", "JWT"}, {"alg", algorithm}}) + "." + part(claims);
  const auto signature =
      world_.crypto.hmac_sha256(fmt::format("simulator {}", world_.options.seed), unsigned_part);
  return unsigned_part + "." + base::base64url(signature);
}

std::string SignIn::new_auth_id(const Conversation& conversation) {
  const auto now = std::chrono::floor<std::chrono::seconds>(world_.clock.now()).time_since_epoch();
  return jwt({{"authIndexValue", "oneapp"},
              {"otk", world_.random_hex(12)},
              {"authIndexType", "service"},
              {"realm", "/" + conversation.realm},
              {"sessionId", world_.random_hex(24)},
              {"exp", now.count() + kConversationLife.count()},
              {"iat", now.count()}},
             "HS256");
}

Reply SignIn::authenticate(const Request& request, const std::string& realm) {
  if (request.method != "POST")
    return json_reply(405, {{"code", 405}, {"reason", "Method Not Allowed"}});
  if (request.query.contains("authIndexType") == false ||
      request.query.at("authIndexType") != "service" || !request.query.contains("authIndexValue") ||
      request.query.at("authIndexValue") != "oneapp") {
    return json_reply(
        400,
        {{"code", 400}, {"reason", "Bad Request"}, {"message", "Unknown authentication service"}});
  }
  const auto sent = request.body.empty() ? std::optional(Json::object()) : parse_body(request.body);
  if (!sent || !sent->is_object()) {
    return json_reply(400, {{"code", 400}, {"reason", "Bad Request"}, {"message", "Invalid JSON"}});
  }
  const auto id = text_of(*sent, "authId");
  if (!id) {
    world_.journal.sign_ins += 1;
    return ask({.realm = realm, .user = {}, .begun = world_.clock.real()});
  }
  if (!cookie(request, "route") || !cookie(request, "amlbcookie")) {
    world_.journal.posts_without_cookies += 1;
    if (world_.options.require_cookies) return too_old();
  }
  const auto found = conversations_.find(*id);
  if (found == conversations_.end() || found->second.realm != realm ||
      world_.clock.real() - found->second.begun > kConversationLife) {
    return too_old();
  }
  return go_on(*sent, *id, found->second);
}

Reply SignIn::go_on(const Json& sent, const std::string& id, Conversation conversation) {
  const auto incomplete = [] {
    return json_reply(400, {{"code", 400},
                            {"reason", "Bad Request"},
                            {"message", "The callbacks are not the ones that were asked"}});
  };
  conversations_.erase(id);  // each step is answered once
  switch (conversation.stage) {
    case Stage::locale:
      for (const auto* prompt : {"Market Locale", "Internationalization", "UI Locales"}) {
        if (!answer_to(sent, "NameCallback", prompt)) return incomplete();
      }
      conversation.stage = Stage::user;
      return ask(std::move(conversation));
    case Stage::user: {
      const auto name = answer_to(sent, "NameCallback", "User Name");
      if (!name || !name->is_string()) return incomplete();
      if (!first_choice(answer_to(sent, "ChoiceCallback", "Prompt"))) {
        return refusal("error://socialloginerror");
      }
      return after_user(std::move(conversation), name->get<std::string>());
    }
    case Stage::password: {
      const auto password = answer_to(sent, "PasswordCallback", "Password");
      if (!password || !password->is_string()) return incomplete();
      world_.journal.password_posts += 1;
      if (!first_choice(answer_to(sent, "ChoiceCallback", "Prompt"))) {
        return refusal("error://resetpassword");
      }
      return after_password(std::move(conversation), password->get<std::string>());
    }
    case Stage::one_time_code: {
      const auto code = answer_to(sent, "PasswordCallback", "One Time Password");
      const auto* user = find_user(conversation.user);
      if (code && user != nullptr && *code == user->password) {
        world_.journal.violation(world_.clock.now(), "password_in_one_time_code",
                                 "the password was sent to the question for a one-time code");
      }
      return refusal("error://otperror");
    }
  }
  return incomplete();
}

Reply SignIn::after_user(Conversation conversation, const std::string& name) {
  if (find_user(name) == nullptr) {
    auto id = new_auth_id(conversation);
    return json_reply(
        200, {{"authId", id}, {"callbacks", Json::array({text_output("User Not Found")})}});
  }
  if (begins_with_name(name, "social")) return refusal("error://socialloginerror");
  conversation.user = name;
  conversation.stage = Stage::password;
  return ask(std::move(conversation));
}

Reply SignIn::after_password(Conversation conversation, const std::string& password) {
  const auto* user = find_user(conversation.user);
  if (user == nullptr || (!anybody_ && user->password != password)) {
    return refusal("error://passworderror");
  }
  if (begins_with_name(user->name, "otp")) return refusal("error://otperror");
  if (begins_with_name(user->name, "locked")) return refusal("error://accountlocked");
  if (begins_with_name(user->name, "timeout")) return too_old();
  if (begins_with_name(user->name, "terms")) {
    return json_reply(
        200, {{"authId", new_auth_id(conversation)},
              {"callbacks", Json::array({text_output("Please accept the new terms of use")})}});
  }
  if (begins_with_name(user->name, "mfa")) {
    conversation.stage = Stage::one_time_code;
    return ask(std::move(conversation));
  }
  return signed_in(conversation, *user);
}

Reply SignIn::ask(Conversation conversation) {
  Json callbacks = Json::array();
  switch (conversation.stage) {
    case Stage::locale:
      callbacks = {callback("NameCallback", "Market Locale", 1, 0),
                   callback("NameCallback", "Internationalization", 2, 1),
                   callback("NameCallback", "UI Locales", 3, 2)};
      break;
    case Stage::user:
      callbacks = {callback("NameCallback", "User Name", 1, 3),
                   choice({"Local", "Google", "Facebook", "Apple"}, 2, 4)};
      break;
    case Stage::password:
      callbacks = {callback("PasswordCallback", "Password", 1, 5),
                   choice({"continue", "resetpass"}, 2, 6)};
      break;
    case Stage::one_time_code:
      callbacks.push_back(callback("PasswordCallback", "One Time Password", 1, 7));
      break;
  }
  constexpr std::size_t kMostConversations = 1000;
  if (conversations_.size() > kMostConversations) conversations_.clear();
  const auto id = new_auth_id(conversation);
  conversations_[id] = std::move(conversation);
  return json_reply(200, {{"authId", id}, {"callbacks", callbacks}});
}

Reply SignIn::signed_in(const Conversation& conversation, const User& user) {
  const auto token = world_.random_hex(32);
  sessions_[token] = user.guid;
  auto reply = json_reply(
      200, {{"tokenId", token}, {"successUrl", "/console"}, {"realm", "/" + conversation.realm}});
  const std::string secure = world_.options.secure_cookies ? "; Secure; SameSite=none" : "";
  reply.headers.push_back(
      {"Set-Cookie", "iPlanetDirectoryPro=" + token + "; Path=/; HttpOnly" + secure});
  return reply;
}

}  // namespace toyota2mqtt::simulator
