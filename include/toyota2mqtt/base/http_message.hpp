#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/async.hpp"

/// One HTTP exchange without a socket and without a library: what the listener, the REST interface,
/// the page and the client of the cloud hand to each other.
namespace toyota2mqtt::base {

struct HttpHeader {
  std::string name;
  std::string value;
};

/// The value of the first header of that name (any case), or nullopt. It points into `headers`.
std::optional<std::string_view> find_header(const std::vector<HttpHeader>& headers,
                                            std::string_view name);

/// A body that is written as it comes: server-sent events. The listener holds it from the answer to
/// the end of the connection, and lets go of it as soon as the client has gone. Loop thread only.
class HttpBodyStream {
 public:
  using Piece = std::shared_ptr<const std::string>;

  virtual ~HttpBodyStream() = default;
  /// The next pieces, in order; waits until there are some. Empty: the stream has ended; so it must
  /// answer soon, too, when its task is cancelled. Asked again only when all pieces were handed to
  /// the system: what a slow client has not taken waits in the stream, whose bounds are its own.
  virtual Task<std::vector<Piece>> next() = 0;
};

/// A request that came in. Everything in it is hostile.
struct HttpServerRequest {
  std::string method = {};
  std::string target = {};                        ///< as received: path and query, still encoded
  std::string path = {};                          ///< percent-decoded, without the query
  std::map<std::string, std::string> query = {};  ///< as parse_form() reads it
  std::vector<HttpHeader> headers = {};
  std::string body = {};
  std::string peer = {};   ///< numeric address of the other end of the connection
  bool encrypted = false;  ///< this connection is TLS

  /// The first header of that name (any case), or nullopt. It points into this request.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
    return find_header(headers, name);
  }
};

/// An answer: of the cloud to a client, or of this program to a request.
struct HttpResponse {
  /// As a `status` of this program's: no answer, the listener resets the connection instead.
  static constexpr int kNoAnswer = 0;

  int status = 200;
  /// Of this program's answers, the listener adds Date, and what tells how long the body is and
  /// whether the connection goes on: such headers are left out, as are those with a line break.
  std::vector<HttpHeader> headers = {};
  std::string body = {};
  /// Of this program's answers, instead of `body`: chunked in HTTP/1.1, up to the end of the
  /// connection in 1.0. The connection ends with it.
  std::shared_ptr<HttpBodyStream> stream = nullptr;

  /// The first header of that name (any case), or nullopt. It points into this response.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
    return find_header(headers, name);
  }
};

/// One field of a form or a query.
struct FormField {
  std::string name;
  std::string value;
  bool whole = true;  ///< false: an escape is broken, and what holds it is as it was sent
};

/// Reads `a=b&c=d`, the text of form bodies and queries, in its order; `+` is a space.
std::vector<FormField> form_fields(std::string_view text);
/// The same by name; of repeated names the last one.
std::map<std::string, std::string> parse_form(std::string_view text);

}  // namespace toyota2mqtt::base
