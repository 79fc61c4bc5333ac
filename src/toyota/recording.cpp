#include "toyota2mqtt/toyota/recording.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "toyota/anonymise.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

namespace {

constexpr std::array<std::string_view, 8> kKeptHeaders{"accept",   "content-type", "x-appversion",
                                                       "x-brand",  "x-appbrand",   "x-channel",
                                                       "x-region", "vin"};
constexpr double kNearestShift = 1;  // degrees
constexpr double kFarthestShift = 4;

struct Exchange {
  std::string method;
  std::string log_path;
  std::string path;
  std::string query;
  std::vector<base::HttpHeader> headers;
  Json request_body;  ///< null = none
  int status = 0;
  Json body;
  bool readable = true;
};

/// `null` for an empty body; nullopt for what is not JSON.
std::optional<Json> read_body(const std::string& body) {
  if (base::trimmed(body).empty()) return Json();
  auto parsed = parse_body(body);
  if (!parsed) return std::nullopt;
  return std::move(*parsed);
}

std::string path_of(std::string_view url) {
  const auto scheme = url.find("://");
  const auto path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (path == std::string_view::npos) return "/";
  return std::string(url.substr(path, url.find_first_of("?#", path) - path));
}

std::string query_of(std::string_view url) {
  const auto mark = url.find('?');
  if (mark == std::string_view::npos) return {};
  const auto query = url.substr(mark + 1);
  return std::string(query.substr(0, query.find('#')));
}

/// name=value pairs, decoded; what cannot be decoded is dropped.
std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    const auto name = base::percent_decode(pair.substr(0, equals));
    const auto value = base::percent_decode(
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (name && value && !name->empty()) pairs.emplace_back(*name, *value);
  }
  return pairs;
}

Json query_json(std::string_view query) {
  auto object = Json::object();
  for (auto& [name, value] : query_pairs(query)) object[name] = std::move(value);
  return object;
}

std::string rewrite_query(std::string_view query, Anonymiser& anonymiser) {
  std::string result;
  const Json changed = anonymiser.rewrite(query_json(query));
  for (const auto& [name, value] : changed.items()) {
    if (!result.empty()) result += '&';
    result += base::percent_encode(name) + "=";
    if (value.is_string()) result += base::percent_encode(value.get_ref<const std::string&>());
  }
  return result;
}

Json rewrite(const Exchange& exchange, Anonymiser& anonymiser) {
  Json headers = Json::object();
  for (const auto& header : exchange.headers) {
    const auto value = anonymiser.rewrite(Json{{header.name, header.value}});
    for (const auto& [name, text] : value.items()) headers[name] = text;
  }
  Json result{{"method", exchange.method},
              {"path", anonymiser.scrub(exchange.path)},
              {"query", rewrite_query(exchange.query, anonymiser)},
              {"status", exchange.status},
              {"headers", std::move(headers)},
              {"body", anonymiser.rewrite(exchange.body)}};
  if (!exchange.request_body.is_null()) {
    result["request_body"] = anonymiser.rewrite(exchange.request_body);
  }
  return result;
}

}  // namespace

struct Recorder::Impl {
  double latitude_shift = 0;
  double longitude_shift = 0;
  std::vector<Exchange> exchanges;

  [[nodiscard]] Anonymiser learnt() const {
    Anonymiser anonymiser(latitude_shift, longitude_shift);
    for (const auto& exchange : exchanges) {
      anonymiser.learn(exchange.body);
      anonymiser.learn(exchange.request_body);
      anonymiser.learn(query_json(exchange.query));
      anonymiser.learn(Json(exchange.path));
      for (const auto& header : exchange.headers) {
        if (header.name == "vin" && !header.value.empty()) anonymiser.learn_vin(header.value);
      }
    }
    return anonymiser;
  }
};

Recorder::Recorder(base::Random& random) : impl_(std::make_unique<Impl>()) {
  const auto shift = [&random] {
    const double size = random.uniform(kNearestShift, kFarthestShift);
    return random.uniform(0, 1) < 0.5 ? -size : size;
  };
  impl_->latitude_shift = shift();
  impl_->longitude_shift = shift();
}

Recorder::~Recorder() = default;

void Recorder::add(const base::HttpRequest& request, const base::HttpResponse& response) {
  Exchange exchange{.method = request.method,
                    .log_path = request.log_path,
                    .path = path_of(request.url),
                    .query = query_of(request.url),
                    .headers = {},
                    .request_body = {},
                    .status = response.status,
                    .body = {}};
  for (const auto& header : request.headers) {
    const auto name = base::lower_case(header.name);
    if (std::ranges::find(kKeptHeaders, name) != kKeptHeaders.end()) {
      exchange.headers.push_back({.name = name, .value = header.value});
    }
  }
  auto sent = read_body(request.body);
  auto received = read_body(response.body);
  exchange.readable = sent && received;
  if (sent) exchange.request_body = std::move(*sent);
  if (received) exchange.body = std::move(*received);
  impl_->exchanges.push_back(std::move(exchange));
}

std::string Recorder::finish() const {
  auto anonymiser = impl_->learnt();
  Json result{{"format", "toyota2mqtt-recording-1"},
              {"app", ""},
              {"exchanges", Json::array()},
              {"left_out", Json::array()}};
  for (const auto& exchange : impl_->exchanges) {
    const auto leave_out = [&](const char* reason) {
      auto name = exchange.method + " " + exchange.log_path;
      if (anonymiser.names_original(name)) name = exchange.method;
      result["left_out"].push_back(Json{{"request", name}, {"reason", reason}});
    };
    for (const auto& header : exchange.headers) {
      if (header.name == "x-appversion") result["app"] = anonymiser.scrub(header.value);
    }
    if (!exchange.readable) {
      leave_out("a body is not JSON");
      continue;
    }
    auto rewritten = rewrite(exchange, anonymiser);
    if (anonymiser.leaks(rewritten)) {
      leave_out("an identity was left in it");
      continue;
    }
    result["exchanges"].push_back(std::move(rewritten));
  }
  return result.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace toyota2mqtt::toyota
