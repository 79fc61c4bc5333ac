#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/config/settings.hpp"
#include "toyota2mqtt/platform/http_server.hpp"
#include "toyota2mqtt/web/page.hpp"

namespace toyota2mqtt::app {

/// Where the page listens and for whom.
struct PageOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 = any
  web::Place place = web::Place::machine;
};
/// Inside the app Home Assistant's gateway is served on 8099, whatever web.listen says. nullopt:
/// no page.
std::optional<PageOptions> page_options(const config::Web& web, bool in_app);

/// The page on its listener. Loop thread only; everything passed in outlives it.
class PageServer {
 public:
  PageServer(boost::asio::any_io_executor executor, base::Clock& clock, base::Random& random,
             base::Log& log, web::Household& household, PageOptions options);
  ~PageServer();
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  /// Listens and logs the address. When it cannot, one warning says why, and the program goes on
  /// without the page. Answers the port.
  std::optional<std::uint16_t> start();
  /// Ends the listener and every connection; the loop must run once more for the tasks to end.
  void stop();

 private:
  base::Log& log_;
  PageOptions options_;
  web::Page page_;
  platform::HttpServer server_;
};

}  // namespace toyota2mqtt::app
