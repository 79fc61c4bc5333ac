#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "toyota2mqtt/base/error.hpp"

namespace toyota2mqtt::platform {

/// A Unix socket in the storage directory through which `toyota2mqtt health` asks the running
/// bridge how it is. Whoever connects is sent one answer, and the connection closes; nothing is
/// read. The socket file has mode 0600. Loop thread only.
class ControlSocket {
 public:
  using Answer = std::function<std::string()>;

  /// Replaces a socket that an earlier run left behind.
  static base::Result<std::unique_ptr<ControlSocket>> listen(boost::asio::any_io_executor executor,
                                                             const std::string& path,
                                                             Answer answer);
  ~ControlSocket();  ///< closes and removes the socket
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  /// The other side, blocking: what the running bridge answers. Waits at most 3 s. At most 64 KiB.
  static base::Result<std::string> ask(const std::string& path);

 private:
  struct Impl;
  explicit ControlSocket(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
