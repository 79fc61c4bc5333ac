#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/http_client.hpp"

/// One HTTP exchange as the REST interface sees it: no socket, no library.
namespace toyota2mqtt::rest {

using Header = base::HttpHeader;

/// One request as it came in; everything in it is hostile.
struct Request {
  std::string method;
  std::string path;                               ///< percent-decoded, without the query
  std::map<std::string, std::string> query = {};  ///< decoded; of repeated keys the last one
  std::vector<Header> headers = {};
  std::string body = {};
  std::string peer;        ///< numeric address of the other end of the connection
  bool encrypted = false;  ///< this connection is TLS

  /// The first header of that name (any case), or nullopt.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// A body that is written as it comes: server-sent events. Owned by the server while it writes.
class Stream {
 public:
  using Piece = std::shared_ptr<const std::string>;

  virtual ~Stream() = default;
  /// The next pieces to write, in order; waits until there are some. Empty: the stream has ended.
  virtual base::Task<std::vector<Piece>> next() = 0;
};

struct Response {
  int status = 200;
  std::vector<Header> headers = {};
  std::string body = {};
  std::unique_ptr<Stream> stream = nullptr;  ///< instead of `body`
};

}  // namespace toyota2mqtt::rest
