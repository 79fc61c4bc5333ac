#include <filesystem>
#include <fstream>
#include <iterator>

#include "simulator/replay.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::simulator {

namespace {

// Over plain HTTP a Secure cookie would never come back.
std::string without_secure(std::string cookie_text) {
  for (const std::string_view attribute : {"; Secure", "; SameSite=none"}) {
    const auto at = cookie_text.find(attribute);
    if (at != std::string::npos) cookie_text.erase(at, attribute.size());
  }
  return cookie_text;
}

Reply reply_of(const Json& exchange) {
  Reply reply;
  if (!exchange.is_object() || !exchange.contains("response")) return reply;
  const auto& response = exchange["response"];
  reply.status = static_cast<int>(number_of(response, "status").value_or(500));
  reply.body = text_of(response, "content").value_or(text_of(response, "body").value_or(""));
  const auto headers = response.find("headers");
  if (headers == response.end() || !headers->is_array()) return reply;
  for (const auto& pair : *headers) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
      continue;
    }
    const auto name = pair[0].get<std::string>();
    const auto value = pair[1].get<std::string>();
    if (name == "set-cookie") reply.headers.push_back({name, without_secure(value)});
    if (name == "content-type" || name == "location" || name == "content-api-version") {
      reply.headers.push_back({name, value});
    }
  }
  return reply;
}

std::vector<Reply> conversation(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  const auto json = parse_body(std::string(std::istreambuf_iterator<char>(file), {}));
  std::vector<Reply> replies;
  if (!json || !json->is_array()) return replies;
  for (const auto& exchange : *json) replies.push_back(reply_of(exchange));
  return replies;
}

// The first answer given to a callback with that prompt.
std::optional<std::string> given(const Json& sent, std::string_view prompt) {
  if (!sent.is_object() || !sent.contains("callbacks") || !sent["callbacks"].is_array()) {
    return std::nullopt;
  }
  for (const auto& one : sent["callbacks"]) {
    if (!one.is_object() || !one.contains("output") || !one.contains("input")) continue;
    const auto& output = one["output"];
    const auto& input = one["input"];
    if (!output.is_array() || output.empty() || !input.is_array() || input.empty()) continue;
    if (text_of(output[0], "value") == prompt) return text_of(input[0], "value").value_or("");
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> RecordedLogin::load_directory(const std::string& directory) {
  const auto folder = std::filesystem::path(directory) / "login";
  auto working = conversation(folder / "authenticate_working.json");
  const auto rejected = conversation(folder / "authenticate_invalid_password.json");
  const auto unknown = conversation(folder / "authenticate_invalid_username.json");
  if (working.empty() && rejected.empty() && unknown.empty()) return std::nullopt;
  if (working.size() != 6 || rejected.size() != 4 || unknown.size() != 3) {
    return "the folder login/ does not hold three whole conversations";
  }
  const auto tokens = parse_body(working[5].body);
  const auto identity = tokens ? text_of(*tokens, "id_token").value_or("") : "";
  const auto first = identity.find('.');
  const auto second = identity.find('.', first + 1);
  if (!tokens || second == std::string::npos) return "the recorded token answer has no id_token";
  const auto claims =
      parse_body(base::base64_decode(identity.substr(first + 1, second - first - 1)).value_or(""));
  access_token_ = text_of(*tokens, "access_token").value_or("");
  guid_ = claims ? text_of(*claims, "uuid").value_or("") : "";
  working_ = std::move(working);
  wrong_password_ = rejected[3];
  unknown_user_ = unknown[2];
  return std::nullopt;
}

std::optional<RecordedLogin::Step> RecordedLogin::answer(const Request& request,
                                                         const World& world) const {
  if (request.path.ends_with("/authorize")) return Step{.reply = working_[4]};
  if (request.path.ends_with("/access_token")) {
    const auto form = base::parse_form(request.body);
    const auto grant = form.find("grant_type");
    return Step{.reply = working_[5],
                .refreshed = grant != form.end() && grant->second == "refresh_token"};
  }
  if (!request.path.ends_with("/authenticate")) return std::nullopt;
  const auto sent = request.body.empty() ? std::optional(Json::object()) : parse_body(request.body);
  if (!sent || !sent->contains("callbacks")) return Step{.reply = working_[0], .began = true};
  if (const auto name = given(*sent, "User Name")) {
    for (const auto& user : world.users) {
      if (same_text(user.name, *name)) return Step{.reply = working_[2]};
    }
    return Step{.reply = unknown_user_};
  }
  if (const auto password = given(*sent, "Password")) {
    for (const auto& user : world.users) {
      if (user.password == *password) return Step{.reply = working_[3], .password = true};
    }
    return Step{.reply = wrong_password_, .password = true};
  }
  return Step{.reply = working_[1]};
}

}  // namespace toyota2mqtt::simulator
