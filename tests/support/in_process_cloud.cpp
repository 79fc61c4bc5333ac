#include "support/in_process_cloud.hpp"

#include <utility>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::test {

namespace {

std::string cookies_in(const std::map<std::string, std::string>& jar) {
  std::string text;
  for (const auto& [name, value] : jar) text += (text.empty() ? "" : "; ") + name + "=" + value;
  return text;
}

void keep_cookies(const simulator::Reply& reply, std::map<std::string, std::string>& jar) {
  for (const auto& header : reply.headers) {
    if (!simulator::same_text(header.name, "set-cookie")) continue;
    const auto equals = header.value.find('=');
    if (equals == std::string::npos) continue;
    const auto end = header.value.find(';');
    jar[header.value.substr(0, equals)] = header.value.substr(equals + 1, end - equals - 1);
  }
}

simulator::Request to_simulator(base::HttpRequest request) {
  simulator::Request out;
  out.method = std::move(request.method);
  const auto host = request.url.find("://");
  const auto path = request.url.find('/', host == std::string::npos ? 0 : host + 3);
  out.target = path == std::string::npos ? "/" : request.url.substr(path);
  const auto mark = out.target.find('?');
  const auto encoded = out.target.substr(0, mark);
  out.path = base::percent_decode(encoded).value_or(encoded);
  if (mark != std::string::npos) out.query = base::parse_form(out.target.substr(mark + 1));
  out.headers = std::move(request.headers);
  out.body = std::move(request.body);
  out.peer = "127.0.0.1";
  return out;
}

}  // namespace

class InProcessCloud::Session final : public base::HttpClient {
 public:
  explicit Session(InProcessCloud& parent) : parent_(parent) {}
  base::Task<base::Result<base::HttpResponse>> send(base::HttpRequest request) override {
    return parent_.exchange(std::move(request), &jar_);
  }
  std::unique_ptr<base::HttpClient> new_session() override { return parent_.new_session(); }

 private:
  InProcessCloud& parent_;
  Jar jar_;
};

InProcessCloud::InProcessCloud(base::Clock& clock, const base::Crypto& crypto,
                               simulator::Options options)
    : clock_(clock),
      simulator_(std::move(options),
                 simulator::SimClock(clock.now(), 1, [&clock] { return clock.steady(); }), crypto) {
}

base::Task<base::Result<base::HttpResponse>> InProcessCloud::send(base::HttpRequest request) {
  return exchange(std::move(request), nullptr);
}

std::unique_ptr<base::HttpClient> InProcessCloud::new_session() {
  return std::make_unique<Session>(*this);
}

base::Task<base::Result<base::HttpResponse>> InProcessCloud::exchange(base::HttpRequest request,
                                                                      Jar* jar) {
  const std::chrono::milliseconds limit = request.timeout;
  if (jar != nullptr && !jar->empty()) request.headers.push_back({"Cookie", cookies_in(*jar)});
  auto reply = simulator_.handle(to_simulator(std::move(request)));
  const bool stalls = reply.mischief == simulator::Mischief::stall ||
                      reply.mischief == simulator::Mischief::stall_after_headers;
  const auto takes = stalls ? limit : std::min(limit, reply.delay + latency);
  if (takes > std::chrono::milliseconds(0)) {
    if (auto slept = co_await base::sleep_for(clock_, takes); !slept) {
      co_return base::fail(slept.error());
    }
  }
  if (takes == limit) co_return base::fail(base::ErrorCode::timeout, "no answer in time");
  if (reply.mischief != simulator::Mischief::none) {
    co_return base::fail(base::ErrorCode::unreachable, "the connection broke");
  }
  if (jar != nullptr) keep_cookies(reply, *jar);
  co_return base::HttpResponse{
      .status = reply.status, .headers = std::move(reply.headers), .body = std::move(reply.body)};
}

}  // namespace toyota2mqtt::test
