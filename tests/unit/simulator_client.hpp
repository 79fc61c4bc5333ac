#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "simulator/cloud.hpp"
#include "support/catch.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/platform/crypto.hpp"

namespace toyota2mqtt::test {

using simulator::Json;

/// A small Toyota client of its own, in the same process as the cloud.
class SimClient {
 public:
  explicit SimClient(simulator::Options options = {},
                     const std::string& start = "2026-11-18T12:00:00Z")
      : cloud(std::move(options),
              simulator::SimClock(base::parse_iso8601(start).value(), 1, [this] { return steady; }),
              crypto) {}

  simulator::Reply call(std::string method, const std::string& target,
                        std::vector<base::HttpHeader> headers = {}, std::string body = {}) {
    simulator::Request request;
    request.method = std::move(method);
    request.target = target;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = base::parse_form(target.substr(mark + 1));
    request.headers = std::move(headers);
    request.body = std::move(body);
    return cloud.handle(request);
  }

  simulator::Reply post_callbacks(const Json& body) {
    std::string cookies;
    for (const auto& [name, value] : jar) cookies += name + "=" + value + "; ";
    auto reply = call("POST",
                      "/json/realms/root/realms/" + realm +
                          "/authenticate?authIndexType=service&authIndexValue=oneapp",
                      {{"Content-Type", "application/json"}, {"Cookie", cookies}}, body.dump());
    for (const auto& header : reply.headers) {
      if (header.name != "Set-Cookie") continue;
      const auto equals = header.value.find('=');
      jar[header.value.substr(0, equals)] =
          header.value.substr(equals + 1, header.value.find(';') - equals - 1);
    }
    return reply;
  }

  /// Answers callbacks by prompt until the cloud has none that want an answer.
  simulator::Reply converse(const std::string& user, const std::string& password) {
    auto reply = post_callbacks(Json::object());
    for (int round = 0; round < 10 && reply.status == 200; ++round) {
      auto body = Json::parse(reply.body);
      if (!body.contains("callbacks")) return reply;
      bool asked = false;
      for (auto& callback : body["callbacks"]) {
        if (!callback.contains("input")) continue;
        asked = true;
        const auto prompt = callback["output"][0]["value"];
        if (prompt == "User Name") callback["input"][0]["value"] = user;
        if (prompt == "Password") callback["input"][0]["value"] = password;
      }
      if (!asked) return reply;
      reply = post_callbacks(body);
    }
    return reply;
  }

  std::string authorize(const std::string& session, const std::string& challenge,
                        const std::string& method) {
    const auto reply =
        call("GET",
             "/oauth2/realms/root/realms/tme/authorize?client_id=oneapp&scope=openid+profile+write"
             "&response_type=code&redirect_uri=com.toyota.oneapp:/oauth2Callback&code_challenge=" +
                 challenge + "&code_challenge_method=" + method,
             {{"Cookie", "iPlanetDirectoryPro=" + session}});
    for (const auto& header : reply.headers) {
      if (header.name != "Location") continue;
      const auto begin = header.value.find("code=");
      if (begin == std::string::npos) return {};
      return header.value.substr(begin + 5, header.value.find('&', begin) - begin - 5);
    }
    return {};
  }

  simulator::Reply post_token(const std::string& form,
                              const std::string& basic = "basic b25lYXBwOm9uZWFwcA==") {
    return call("POST", "/oauth2/realms/root/realms/tme/access_token",
                {{"Content-Type", "application/x-www-form-urlencoded"}, {"Authorization", basic}},
                form);
  }

  simulator::Reply redeem(const std::string& code, const std::string& verifier) {
    return post_token(
        "client_id=oneapp&grant_type=authorization_code&code=" + code +
        "&redirect_uri=com.toyota.oneapp%3A%2Foauth2Callback&code_verifier=" + verifier);
  }

  void sign_in(const std::string& user = "driver@example.com") {
    const auto reply = converse(user, "secret-password");
    REQUIRE(reply.status == 200);
    const auto session = Json::parse(reply.body)["tokenId"].get<std::string>();
    const std::string verifier = "a-verifier-of-enough-letters-to-be-a-real-one";
    const auto code = authorize(session, base::base64url(crypto.sha256(verifier)), "S256");
    take_tokens(redeem(code, verifier));
  }

  void take_tokens(const simulator::Reply& reply) {
    REQUIRE(reply.status == 200);
    const auto tokens = Json::parse(reply.body);
    access = tokens["access_token"];
    refresh = tokens["refresh_token"];
    const auto identity = tokens["id_token"].get<std::string>();
    const auto first = identity.find('.');
    const auto claims = identity.substr(first + 1, identity.find('.', first + 1) - first - 1);
    guid = Json::parse(base::base64_decode(claims).value())["uuid"];
  }

  std::vector<base::HttpHeader> headers(const std::string& vin = {}) const {
    std::vector<base::HttpHeader> list = {
        {"authorization", "Bearer " + access},
        {"x-api-key", "tTZipv6liF74PwMfk9Ed68AQ0bISswwf3iHQdqcF"},
        {"x-guid", guid},
        {"x-client-ref", base::hex(crypto.hmac_sha256("2.23.0", guid))},
        {"x-appversion", "2.23.0"},
        {"x-channel", "ONEAPP"},
        {"x-user-region", "DE"}};
    if (!vin.empty()) list.push_back({"vin", vin});
    return list;
  }

  simulator::Reply get(const std::string& target, const std::string& vin = {}) {
    return call("GET", target, headers(vin));
  }
  simulator::Reply post(const std::string& target, const std::string& vin, const Json& body = {}) {
    return call("POST", target, headers(vin), body.is_null() ? "" : body.dump());
  }
  Json payload(const std::string& target, const std::string& vin = {}) {
    const auto reply = get(target, vin);
    INFO(target << " answered " << reply.status);
    REQUIRE(reply.status == 200);
    return Json::parse(reply.body)["payload"];
  }
  void advance(std::chrono::seconds by) { steady += by; }

  platform::OpenSslCrypto crypto;
  base::SteadyTime steady{std::chrono::hours(1)};
  std::string realm = "tme";
  std::map<std::string, std::string> jar;
  std::string access;
  std::string refresh;
  std::string guid;
  simulator::Cloud cloud;
};

constexpr const char* kBz4x = "JTMSIMBZ4X0000001";
constexpr const char* kRav4 = "JTMSIMRAV40000001";
constexpr const char* kCorolla = "SB1SIMCORO0000001";
constexpr const char* kAygo = "JTDSIMAYGO0000001";
constexpr const char* kLexus = "JTJSIMRZ450000001";
constexpr const char* kSolterra = "JF1SIMSOLT0000001";

}  // namespace toyota2mqtt::test
