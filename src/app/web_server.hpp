#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/http_message.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/config/settings.hpp"
#include "toyota2mqtt/platform/http_server.hpp"
#include "toyota2mqtt/web/page.hpp"

namespace toyota2mqtt::app {

/// Where page and REST interface listen and for whom.
struct WebServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 = any
  web::Place place = web::Place::machine;
  std::string cert_file = {};  ///< with key_file, or neither: then it is plain HTTP
  std::string key_file = {};
  std::vector<std::string> proxies = {};  ///< numeric addresses that speak for many clients
};
/// Inside the app Home Assistant's gateway is served on 8099, whatever web.listen says. nullopt:
/// no page.
std::optional<WebServerOptions> web_server_options(const config::Settings& settings);

/// The page and the REST interface on one listener: paths of the interface's own go there, all
/// others to the page. Loop thread only; everything passed in outlives it.
class WebServer {
 public:
  using RestHandler = std::function<base::Task<base::HttpResponse>(base::HttpServerRequest)>;
  struct Served {
    setup::OwnerActions& owner_actions;
    RestHandler rest;
    web::Page::PasswordHash password_hash;
  };
  WebServer(boost::asio::any_io_executor executor, base::Clock& clock, base::Random& random,
            base::Log& log, Served served, WebServerOptions options);
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  /// Listens and logs the address. When it cannot, one warning says why, and the program goes on
  /// without the page. Answers the port.
  std::optional<std::uint16_t> start();
  /// Ends the listener and every connection; the loop must run once more for the tasks to end.
  void stop();

 private:
  base::Task<base::HttpResponse> serve(base::HttpServerRequest request);
  void log_address(std::uint16_t port);

  base::Log& log_;
  WebServerOptions options_;
  web::Page page_;
  RestHandler rest_;
  platform::HttpServer server_;
};

}  // namespace toyota2mqtt::app
