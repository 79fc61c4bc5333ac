#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The framing of MQTT 5 (OASIS standard 2019-03-07, section 2.1): each control packet begins with
/// its type and the length of the rest. Pure; nothing here waits.
namespace toyota2mqtt::platform {

/// Follows a stream of control packets. One object per direction of a connection.
class MqttFrames {
 public:
  /// Consumes bytes up to the end of a fixed header or of a body, whichever comes first, and
  /// returns how many; 0 only for an empty text or a broken stream.
  std::size_t take(std::string_view bytes);

  /// Between two packets.
  [[nodiscard]] bool at_boundary() const { return stage_ == Stage::head; }
  /// The last take() completed a fixed header: head(), length() are those of the packet that
  /// begins.
  [[nodiscard]] bool header_complete() const { return header_complete_; }
  /// The length takes more than four bytes: what follows cannot be understood.
  [[nodiscard]] bool is_broken() const { return stage_ == Stage::broken; }
  [[nodiscard]] std::uint8_t head() const { return head_; }
  [[nodiscard]] std::size_t length() const { return length_; }  ///< bytes behind the fixed header

 private:
  enum class Stage : std::uint8_t { head, length, body, broken };
  std::size_t take_header(std::string_view bytes);

  Stage stage_ = Stage::head;
  bool header_complete_ = false;
  std::uint8_t head_ = 0;
  std::size_t length_ = 0;
  unsigned length_bytes_ = 0;
  std::size_t missing_ = 0;
};

/// What a client may see of a broker's stream: every packet whose body is at most `largest` bytes.
/// A larger PUBLISH is left out as it arrives, so memory does not depend on its size; at QoS 1 it
/// is acknowledged, because the broker would otherwise count it as under way for ever.
class MqttFilter {
 public:
  explicit MqttFilter(std::size_t largest) : largest_(largest) {}

  /// Appends to `pass` what the client may see and to `answers` the acknowledgements for the
  /// broker. False: the stream is not MQTT, or a packet of another type is larger than the limit.
  bool take(std::string_view bytes, std::string& pass, std::string& answers);

  /// Size in bytes of the largest message that was left out so far; 0 = none.
  [[nodiscard]] std::size_t largest_left_out() const { return largest_left_out_; }

 private:
  bool begin_packet(std::string& pass);
  bool leave_out(std::string_view body, std::string& answers);

  std::size_t largest_;
  MqttFrames frames_;
  std::string header_ = {};  ///< fixed header of the packet that begins
  bool leaving_out_ = false;
  std::string prefix_ = {};  ///< length of the topic, then the packet's identifier
  std::size_t topic_left_ = 0;
  std::size_t largest_left_out_ = 0;
};

}  // namespace toyota2mqtt::platform
