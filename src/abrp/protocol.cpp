#include "abrp/protocol.hpp"

#include "json/json_io.hpp"

#include <algorithm>
#include <charconv>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::abrp {

namespace {

using base::HttpRequest;
using json_io::Json;

constexpr std::size_t kLongestReply = std::size_t{64} << 10U;
constexpr std::size_t kLongestText = 200;
constexpr std::size_t kLongestName = 100;
constexpr auto kTimeout = std::chrono::seconds(30);
constexpr auto kLongestRetryAfter = std::chrono::hours(6);

HttpRequest post(const Options& options, std::string_view path, const char* type,
                 std::string body) {
  std::string root = options.url;
  while (root.ends_with('/')) root.pop_back();
  const std::string log_path = "/1/" + std::string(path);
  return HttpRequest{.method = "POST",
                     .url = root + log_path,
                     .log_path = log_path,
                     .headers = {{"Authorization", "APIKEY " + options.api_key.reveal()},
                                 {"Content-Type", type},
                                 {"Accept", "application/json"}},
                     .body = std::move(body),
                     .timeout = kTimeout,
                     .max_response_bytes = kLongestReply};
}

// The server may repeat what it was sent: digits go (places, tokens), and so do texts with a
// secret.
std::string for_logs(std::string text, const Options& options) {
  for (const auto* secret : {&options.api_key, &options.token}) {
    if (secret->empty()) continue;
    for (const auto& form : {secret->reveal(), base::percent_encode(secret->reveal())}) {
      if (text.find(form) != std::string::npos) return "(hidden)";
    }
  }
  std::ranges::replace_if(text, [](char c) { return c >= '0' && c <= '9'; }, '#');
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, ' ');
  return std::string(base::cut(text, kLongestText));
}

std::string text_at(const Json& object, const char* key) {
  const auto* found = json_io::member(object, key);
  if (found == nullptr) return {};
  if (found->is_string()) return found->get<std::string>();
  if (found->is_array() && !found->empty() && found->front().is_string()) {
    return found->front().get<std::string>();
  }
  return {};
}

std::string complaint(const Json& document) {
  for (const auto* key : {"errors", "error", "message", "result"}) {
    if (auto text = text_at(document, key); !text.empty()) return text;
  }
  return {};
}

std::optional<Verdict> unauthorized(std::string_view body) {
  const auto text = base::lower_case(body);
  if (text.find("unauthorized token") != std::string::npos) return Verdict::token_rejected;
  if (text.find("unauthorized key") != std::string::npos) return Verdict::key_rejected;
  return std::nullopt;
}

std::optional<std::chrono::seconds> retry_after(const base::HttpResponse& response) {
  const auto text = response.header("Retry-After");
  int seconds = 0;
  if (!text) return std::nullopt;
  const char* begin = text->data();
  const char* end = begin + text->size();
  const auto parsed = std::from_chars(begin, end, seconds);
  if (parsed.ec != std::errc() || parsed.ptr != end || seconds < 0) return std::nullopt;
  return std::min(std::chrono::seconds(seconds),
                  std::chrono::duration_cast<std::chrono::seconds>(kLongestRetryAfter));
}

Verdict verdict_of(int http, const std::string& status, std::string_view body) {
  if (http == 200 && status == "ok") return Verdict::accepted;
  if (http == 401) {
    if (const auto which = unauthorized(body)) return *which;
    return base::lower_case(body).find("token") != std::string::npos ? Verdict::token_rejected
                                                                     : Verdict::key_rejected;
  }
  if (http == 403) return Verdict::not_allowed;
  if (http == 400) return status.empty() ? Verdict::refused : Verdict::malformed;
  if (http == 200 && !status.empty()) return unauthorized(body).value_or(Verdict::refused);
  if (http == 413 || http == 422) return Verdict::refused;
  return Verdict::unreachable;
}

Reply classify_failure(const base::Error& error) {
  if (error.code == base::ErrorCode::cancelled) return {.verdict = Verdict::cancelled};
  return {.verdict = Verdict::unreachable, .text = error.message, .retry_after = error.retry_after};
}

std::string name_in(const Json& object, bool plain_name_is_the_vehicles) {
  if (auto name = text_at(object, "vehicle_name"); !name.empty()) return name;
  if (const auto* inner = json_io::member(object, "vehicle")) {
    if (auto name = text_at(*inner, "name"); !name.empty()) return name;
  }
  return plain_name_is_the_vehicles ? text_at(object, "name") : std::string();
}

}  // namespace

HttpRequest send_request(const Options& options, const std::string& tlm) {
  return post(options, "tlm/send", "application/x-www-form-urlencoded",
              "token=" + base::percent_encode(options.token.reveal()) +
                  "&tlm=" + base::percent_encode(tlm));
}

HttpRequest bulk_request(const Options& options, const std::vector<std::string>& tlms) {
  auto list = Json::array();
  for (const auto& tlm : tlms) {
    if (auto point = json_io::parse_object(tlm)) list.push_back(std::move(*point));
  }
  Json car = {{"token", options.token.reveal()}};
  car["tlm_list"] = std::move(list);
  Json document;
  document["data"] = Json::array({std::move(car)});
  return post(options, "tlm/bulk", "application/json", json_io::to_text(document));
}

HttpRequest read_request(const Options& options, std::string_view path) {
  const auto token = base::percent_encode(options.token.reveal());
  // oauth/me may refuse a good key that stands in the header alone.
  const auto form =
      path == "oauth/me"
          ? "api_key=" + base::percent_encode(options.api_key.reveal()) + "&access_token=" + token
          : "token=" + token;
  return post(options, path, "application/x-www-form-urlencoded", form);
}

Reply classify_reply(const base::Result<base::HttpResponse>& answer, const Options& options) {
  if (!answer) return classify_failure(answer.error());
  const auto document = json_io::parse_object(answer->body).value_or(Json::object());
  const auto status = text_at(document, "status");
  Reply reply{.verdict = verdict_of(answer->status, status, answer->body),
              .answered = answer->status != 429 && answer->status < 500,
              .text = for_logs(complaint(document), options),
              .missing = for_logs(text_at(document, "missing"), options),
              .retry_after = retry_after(*answer)};
  if (reply.text.empty()) reply.text = "HTTP " + std::to_string(answer->status);
  return reply;
}

std::string vehicle_name(std::string_view path, std::string_view body) {
  const auto read = json_io::parse_object(body);
  if (!read) return {};
  const auto& document = *read;
  // In oauth/me a plain "name" is the owner's.
  const bool plain = path == "tlm/get_telemetry";
  std::string name;
  if (const auto* result = json_io::member(document, "result")) {
    const bool listed = result->is_array() && !result->empty();
    name = name_in(listed ? result->front() : *result, plain);
  }
  if (name.empty()) name = name_in(document, plain);
  std::erase_if(name, base::is_control);
  return std::string(base::cut(name, kLongestName));
}

std::string without_place(std::string_view tlm) {
  auto document = json_io::parse_object(tlm);
  if (!document) return {};
  document->erase("lat");
  document->erase("lon");
  return json_io::to_text(*document);
}

std::optional<base::Time> time_of(std::string_view tlm) {
  const auto document = json_io::parse_object(tlm);
  const auto seconds = document ? json_io::integer_member(*document, "utc") : std::nullopt;
  constexpr std::int64_t kYear2100 = 4'102'444'800;
  if (!seconds || *seconds < 0 || *seconds > kYear2100) return std::nullopt;
  return base::Time(std::chrono::seconds(*seconds));
}

}  // namespace toyota2mqtt::abrp
