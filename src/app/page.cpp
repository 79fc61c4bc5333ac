#include "app/page.hpp"

#include <utility>

#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr const char* kEveryAddress = "0.0.0.0";
constexpr std::uint16_t kIngressPort = 8099;  // the one that Home Assistant asks unless told

constexpr platform::HttpServerLimits kLimits{.header_bytes = std::size_t{16} << 10,
                                             .body_bytes = std::size_t{16} << 10,
                                             .connections = 64,
                                             .idle = std::chrono::seconds(60),
                                             .request = std::chrono::seconds(15)};

web::Request to_request(platform::HttpServerRequest from) {
  web::Request request{.method = std::move(from.method),
                       .path = std::move(from.path),
                       .query = {},
                       .headers = {},
                       .body = std::move(from.body),
                       .peer = std::move(from.peer)};
  if (const auto mark = from.target.find('?'); mark != std::string::npos) {
    request.query = from.target.substr(mark + 1);
  }
  for (auto& header : from.headers) {
    request.headers.push_back({.name = std::move(header.name), .value = std::move(header.value)});
  }
  return request;
}

base::Task<platform::HttpServerResponse> serve(web::Page& page,
                                               platform::HttpServerRequest request) {
  auto from = co_await page.handle(to_request(std::move(request)));
  platform::HttpServerResponse response{.status = from.status, .body = std::move(from.body)};
  for (auto& header : from.headers) {
    response.headers.push_back({std::move(header.name), std::move(header.value)});
  }
  co_return response;
}

}  // namespace

std::optional<PageOptions> page_options(const config::Web& web, bool in_app) {
  if (!web.enabled) return std::nullopt;
  if (in_app) {
    return PageOptions{.address = kEveryAddress, .port = kIngressPort, .place = web::Place::app};
  }
  const auto listen = config::parse_listen(web.listen);
  if (!listen) return std::nullopt;  // the configuration was checked: it cannot be
  return PageOptions{
      .address = listen->address, .port = listen->port, .place = web::Place::machine};
}

PageServer::PageServer(boost::asio::any_io_executor executor, base::Clock& clock,
                       base::Random& random, base::Log& log, web::Household& household,
                       PageOptions options)
    : log_(log),
      options_(std::move(options)),
      page_(household, clock, random, options_.place),
      server_(std::move(executor), log, kLimits) {
  server_.handle_with(
      [this](platform::HttpServerRequest request) { return serve(page_, std::move(request)); });
}

PageServer::~PageServer() { stop(); }

std::optional<std::uint16_t> PageServer::start() {
  const auto port = server_.listen(options_.address, options_.port);
  if (!port) {
    log_.warning("web", port.error().message + "; the bridge goes on without its page");
    return std::nullopt;
  }
  const bool v6 = options_.address.contains(':');
  const auto host = v6 ? "[" + options_.address + "]" : options_.address;
  log_.info("web", options_.place == web::Place::app
                       ? "the page is in Home Assistant's side bar (port " + std::to_string(*port) +
                             ", for its gateway only)"
                       : "the page is at http://" + host + ":" + std::to_string(*port) + "/");
  return *port;
}

void PageServer::stop() { server_.stop(); }

}  // namespace toyota2mqtt::app
