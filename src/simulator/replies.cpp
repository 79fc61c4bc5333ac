#include "simulator/replies.hpp"

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cmath>
#include <memory>
#include <utility>

namespace toyota2mqtt::simulator {

namespace asio = boost::asio;

namespace {

Json message(std::string_view code, std::string_view description, std::string_view detail) {
  Json one = {
      {"responseCode", code}, {"description", description}, {"detailedDescription", detail}};
  return {{"messages", Json::array({std::move(one)})}};
}

constexpr auto kForever = std::chrono::hours(24);

/// Ends early when the task is cancelled.
base::Task<void> wait(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

class EmptyForever final : public base::HttpBodyStream {
 public:
  base::Task<std::vector<Piece>> next() override {
    co_await wait(kForever);
    co_return std::vector<Piece>();
  }
};

}  // namespace

Reply json_reply(int status, const Json& body) {
  Reply reply;
  reply.status = status;
  reply.headers.push_back({"Content-Type", "application/json"});
  reply.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return reply;
}

Reply envelope_a(Json payload, std::string_view code, std::string_view text) {
  return json_reply(200, {{"payload", std::move(payload)}, {"status", message(code, text, text)}});
}

Reply envelope_b(Json payload) {
  return json_reply(200, {{"payload", std::move(payload)},
                          {"status", "SUCCESS"},
                          {"code", 200},
                          {"message", "Ok"},
                          {"errors", Json::array()}});
}

Reply error_a(int status, std::string_view code, std::string_view description,
              std::string_view detail) {
  return json_reply(status, {{"status", message(code, description, detail)}});
}

Reply gateway_error(int status, std::string_view detail) {
  return error_a(status, "APIGW-403", "Unauthorized", detail);
}

Json measure(double value, std::string_view unit) { return {{"value", value}, {"unit", unit}}; }

double rounded(double value, int decimals) {
  const double factor = std::pow(10, decimals);
  return std::round(value * factor) / factor;
}

std::string iso_millis(Time time) {
  auto text = base::format_iso8601(time);
  text.pop_back();
  const auto millis = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
  return fmt::format("{}.{:03}Z", text, millis);
}

std::optional<Json> parse_body(const std::string& body) {
  constexpr int kDeepest = 32;
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kDeepest; };
  auto json = Json::parse(body, shallow, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::optional<std::string> text_of(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<double> number_of(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

base::Task<base::HttpResponse> deliver(Reply reply) {
  if (reply.delay.count() > 0) co_await wait(reply.delay);
  base::HttpResponse response{
      .status = reply.status, .headers = std::move(reply.headers), .body = std::move(reply.body)};
  switch (reply.mischief) {
    case Mischief::none: break;
    case Mischief::stall: co_await wait(kForever); break;
    case Mischief::stall_after_headers: response.stream = std::make_shared<EmptyForever>(); break;
    case Mischief::reset: response.status = base::HttpResponse::kNoAnswer; break;
  }
  co_return response;
}

}  // namespace toyota2mqtt::simulator
