#include "support/rest_rig.hpp"

#include <algorithm>
#include <utility>

#include "toyota2mqtt/platform/http_server.hpp"

namespace toyota2mqtt::test {

namespace {

base::Task<base::Result<std::vector<rest::StoredFile>>> no_files() {
  co_return std::vector<rest::StoredFile>();
}

}  // namespace

rest::HostInfo quiet_host() {
  return {.parts = [] { return std::vector<rest::PartState>(); },
          .configuration = [] { return std::string("{}"); },
          .log_level = [] { return base::LogLevel::debug; },
          .set_log_level = [](base::LogLevel) {},
          .recent_log = [] { return std::vector<std::string>(); },
          .storage = &no_files,
          .unknown_values = [] { return std::map<std::string, std::uint64_t>(); }};
}

rest::Options rest_options() {
  return {.users = {{.name = "anna", .password_hash = "fake:anna's password"},
                    {.name = "ben", .password_hash = "fake:ben's password"}},
          .toyota_login = true,
          .version = "1.2.3",
          .requests_per_minute = 0};
}

RestRig::RestRig(rest::Options with) : options(std::move(with)) { restart(); }

RestRig::~RestRig() {
  loop.tasks.cancel();
  loop.settle();
}

rest::Services RestRig::services(base::PasswordHasher* other_hasher, base::Store* other_store) {
  return {.clock = loop.clock,
          .random = loop.random,
          .crypto = crypto,
          .log = loop.log,
          .store = other_store == nullptr ? store : *other_store,
          .fleet = fleet,
          .listeners = fleet.listeners,
          .owner_actions = actions,
          .archive = archive,
          .passwords = other_hasher == nullptr ? hasher : *other_hasher,
          .keys = keys,
          .guests = guests,
          .metrics_text = [this](const auto& families) { return writer.write(families); },
          .metrics_sources = metrics_sources,
          .host = host};
}

void RestRig::restart() {
  if (api) api->stop();
  api = std::make_unique<rest::Api>(services(), options);
  REQUIRE(loop.run(api->load()));
}

rest::Request RestRig::request(std::string method, const std::string& target,
                               const std::string& token) {
  const auto mark = target.find('?');
  rest::Request request{.method = std::move(method),
                        .path = "/api/v1" + target.substr(0, mark),
                        .headers = {{.name = "Host", .value = "127.0.0.1:8099"}},
                        .peer = "127.0.0.1"};
  if (mark != std::string::npos) request.query = base::parse_form(target.substr(mark + 1));
  if (!token.empty()) {
    request.headers.push_back({.name = "Authorization", .value = "Bearer " + token});
  }
  return request;
}

rest::Response RestRig::get(const std::string& target, const std::string& token) {
  return ask(request("GET", target, token));
}

rest::Response RestRig::send(std::string method, const std::string& target,
                             const std::string& token, const nlohmann::json& body) {
  auto asked = request(std::move(method), target, token);
  if (!body.is_null()) {
    asked.headers.push_back({.name = "Content-Type", .value = "application/json"});
    asked.body = body.dump();
  }
  return ask(std::move(asked));
}

rest::Response RestRig::login(const std::string& name, const std::string& password) {
  return send("POST", "/auth/login", {}, {{"username", name}, {"password", password}});
}

std::string RestRig::administrator(const std::string& name) {
  const auto answer = login(name, name + "'s password");
  REQUIRE(answer.status == 200);
  return json_of(answer).at("access_token");
}

std::string RestRig::guest(const std::string& name) {
  guests.passwords[name + "@example.com"] = "toyota";
  const auto answer = login(name + "@example.com", "toyota");
  REQUIRE(answer.status == 200);
  return json_of(answer).at("access_token");
}

nlohmann::json json_of(const rest::Response& response) {
  auto body = nlohmann::json::parse(response.body, nullptr, false);
  INFO(response.body);
  REQUIRE_FALSE(body.is_discarded());
  return body;
}

std::string problem_of(const rest::Response& response) {
  if (header_of(response, "Content-Type") != "application/problem+json") return {};
  const auto type = json_of(response).value("type", "");
  return type.substr(type.rfind('/') + 1);
}

}  // namespace toyota2mqtt::test
