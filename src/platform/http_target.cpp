#include <arpa/inet.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "platform/http_transfer.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::platform {

namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::optional<std::string> part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return std::nullopt;
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [kMarks](char c) {
    return base::is_alphanumeric(c) || kMarks.contains(c);
  });
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return base::is_control(c) && c != '\t'; });
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

base::Result<HttpTarget> read_url(const std::string& text, const std::string& log_path) {
  const auto refuse = [&log_path](const std::string& why) {
    return base::fail(base::ErrorCode::config_invalid, log_path + ": " + why);
  };
  const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  if (!url || has_control_character(text) ||
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return refuse("the URL is not valid");
  }
  const auto scheme = part_of(url.get(), CURLUPART_SCHEME);
  const auto host = part_of(url.get(), CURLUPART_HOST);
  if (!scheme || !host || host->empty()) return refuse("the URL is not valid");
  if (*scheme != "https" && *scheme != "http") return refuse("the URL is neither https nor http");
  if (part_of(url.get(), CURLUPART_USER) || part_of(url.get(), CURLUPART_PASSWORD)) {
    return refuse("a user name or password does not belong into the URL");
  }
  HttpTarget target{
      .host = base::lower_case(*host), .host_port = {}, .encrypted = *scheme == "https"};
  const auto port = part_of(url.get(), CURLUPART_PORT);
  target.host_port = port ? target.host + ":" + *port : target.host;
  if (target.host.starts_with('[')) target.host = target.host.substr(1, target.host.size() - 2);
  target.loopback = is_loopback(target.host);
  return target;
}

}  // namespace

base::Result<HttpTarget> judge_request(const base::HttpRequest& request,
                                       const HttpOptions& options) {
  auto target = read_url(request.url, request.log_path);
  if (!target) return target;
  const auto refuse = [&](const std::string& why, std::string remedy = {}) {
    return base::fail(base::ErrorCode::config_invalid,
                      target->host_port + " " + request.log_path + ": " + why, std::move(remedy));
  };
  const auto& plain_allowed = options.plain_http_hosts;
  if (!target->encrypted && !target->loopback &&
      std::ranges::find(plain_allowed, target->host) == plain_allowed.end()) {
    return refuse("plain http:// is refused, it would show secrets to the network",
                  "Use https://.");
  }
  if (!is_token(request.method)) return refuse("the method is not valid");
  for (const auto& header : request.headers) {
    if (!is_token(header.name) || has_control_character(header.value)) {
      return refuse("a header holds characters that must not be sent");
    }
  }
  return target;
}

}  // namespace toyota2mqtt::platform
