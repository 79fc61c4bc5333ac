#include "app/web_server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <set>
#include <utility>

#include "toyota2mqtt/config/load.hpp"
#include "toyota2mqtt/rest/api.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr const char* kEveryAddress = "0.0.0.0";
constexpr std::uint16_t kIngressPort = 8099;  // the one that Home Assistant asks unless told

/// Bodies of over 16 KiB are refused by page and interface, in words; far larger ones by the
/// listener.
constexpr platform::HttpServerLimits kLimits{.header_bytes = std::size_t{16} << 10,
                                             .body_bytes = std::size_t{64} << 10,
                                             .connections = 2048,
                                             .connections_per_peer = 64,
                                             .connections_of_many = 1536,
                                             .idle = std::chrono::seconds(60),
                                             .request = std::chrono::seconds(15)};

/// Most systems allow 1,024 files at first, and more to a process that asks.
void allow_many_connections() {
  constexpr rlim_t kFiles = 4096;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kFiles) return;
  limit.rlim_cur = std::min(kFiles, limit.rlim_max);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

/// A proxy speaks for many clients: it is not held to the limit of one, and still leaves places to
/// others.
std::set<std::string> speak_for_many(const WebServerOptions& options) {
  std::set<std::string> peers(options.proxies.begin(), options.proxies.end());
  peers.insert({"127.0.0.1", "::1"});
  if (options.place == web::Place::app) peers.insert(web::kIngressGateway);
  return peers;
}

}  // namespace

std::optional<WebServerOptions> web_server_options(const config::Settings& settings) {
  const auto& web = settings.web;
  if (!web.enabled) return std::nullopt;
  if (settings.supervisor) {
    return WebServerOptions{
        .address = kEveryAddress, .port = kIngressPort, .place = web::Place::app};
  }
  const auto listen = config::parse_listen(web.listen);
  if (!listen) return std::nullopt;  // the configuration was checked: it cannot be
  return WebServerOptions{.address = listen->address,
                          .port = listen->port,
                          .place = web::Place::machine,
                          .cert_file = web.cert_file,
                          .key_file = web.key_file,
                          .proxies = settings.rest.trusted_proxies};
}

WebServer::WebServer(boost::asio::any_io_executor executor, base::Clock& clock,
                     base::Random& random, base::Log& log, Served served, WebServerOptions options)
    : log_(log),
      options_(std::move(options)),
      page_(served.owner_actions, clock, random, options_.place, std::move(served.password_hash)),
      rest_(std::move(served.rest)),
      server_(std::move(executor), log, kLimits) {
  server_.handle_with(
      [this](base::HttpServerRequest request) { return serve(std::move(request)); });
  server_.trust_with_many(speak_for_many(options_));
}

WebServer::~WebServer() { stop(); }

base::Task<base::HttpResponse> WebServer::serve(base::HttpServerRequest request) {
  if (!rest::Api::owns(request.path)) co_return co_await page_.handle(std::move(request));
  co_return co_await rest_(std::move(request));
}

void WebServer::log_address(std::uint16_t port) {
  if (options_.place == web::Place::app) {
    log_.info("web", "the page is in Home Assistant's side bar (port " + std::to_string(port) +
                         ", for its gateway only)");
    return;
  }
  const bool v6 = options_.address.contains(':');
  const auto host = v6 ? "[" + options_.address + "]" : options_.address;
  const auto* const scheme = options_.cert_file.empty() ? "http" : "https";
  const auto place = std::string(scheme) + "://" + host + ":" + std::to_string(port);
  log_.info("web", "the page is at " + place + "/");
  log_.info("rest", "the REST interface is at " + place + "/api/v1");
}

std::optional<std::uint16_t> WebServer::start() {
  allow_many_connections();
  if (!options_.cert_file.empty()) {
    // Never without encryption instead: passwords would pass over an open line.
    if (const auto tls = server_.use_tls(options_.cert_file, options_.key_file); !tls) {
      log_.warning("web", tls.error().message + "; the bridge goes on without its page");
      return std::nullopt;
    }
  }
  const auto port = server_.listen(options_.address, options_.port);
  if (!port) {
    log_.warning("web", port.error().message + "; the bridge goes on without its page");
    return std::nullopt;
  }
  log_address(*port);
  return *port;
}

void WebServer::stop() { server_.stop(); }

}  // namespace toyota2mqtt::app
