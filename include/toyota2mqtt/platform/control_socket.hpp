#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "toyota2mqtt/base/error.hpp"

namespace toyota2mqtt::platform {

/// A Unix socket in the storage directory through which commands ask the running bridge something:
/// one request (one line of at most 64 bytes; nothing means `health`), one answer, and the
/// connection closes. A request that is not there within 1 s is dropped. The socket file has mode
/// 0600. Loop thread only.
class ControlSocket {
 public:
  /// Sends the answer. May be called later, once, also when the socket or the asker is gone by
  /// then; when every copy of it goes away uncalled, the asker is told nothing.
  using Reply = std::function<void(std::string)>;
  using Answer = std::function<void(const std::string& request, Reply reply)>;

  /// Replaces a socket that an earlier run left behind.
  static base::Result<std::unique_ptr<ControlSocket>> listen(boost::asio::any_io_executor executor,
                                                             const std::string& path,
                                                             Answer answer);
  ~ControlSocket();  ///< closes and removes the socket
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  /// The other side, blocking: what the running bridge answers to `request`. Waits at most
  /// `patience` between two pieces of the answer. At most 64 KiB. Errors: unreachable (no bridge
  /// runs), forbidden (this user may not ask it), timeout, unexpected_response.
  static base::Result<std::string> ask(const std::string& path, const std::string& request = {},
                                       std::chrono::seconds patience = std::chrono::seconds(3));

 private:
  struct Impl;
  explicit ControlSocket(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
