#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "support/real_loop.hpp"

namespace toyota2mqtt::test {

/// A broker that says exactly what it is asked to, right or wrong: a loopback listener on the
/// test's loop that keeps what one client sends and answers nothing by itself.
class ScriptedBroker {
 public:
  explicit ScriptedBroker(RealLoop& loop);
  ~ScriptedBroker();
  ScriptedBroker(const ScriptedBroker&) = delete;
  ScriptedBroker& operator=(const ScriptedBroker&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// All bytes that came.
  [[nodiscard]] const std::string& heard() const;
  /// Runs the loop until `bytes` have come in all.
  void wait_for(std::size_t bytes);
  /// Says it once a client is there; in order.
  void say(std::string bytes);
  /// Sends `size` bytes of nothing, in pieces.
  void say_nothing(std::size_t size);
  void hang_up();

 private:
  struct Inside;
  RealLoop& loop_;
  std::shared_ptr<Inside> inside_;
};

/// Packets as a broker sends them.
std::string connack(const std::string& properties = {});
std::string publish_head(const std::string& topic, std::size_t payload, std::uint16_t id);

}  // namespace toyota2mqtt::test
