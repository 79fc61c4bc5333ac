#include "platform/mqtt_frames.hpp"

#include <algorithm>

namespace toyota2mqtt::platform {

namespace {

constexpr unsigned kMostLengthBytes = 4;
constexpr std::uint8_t kPublishType = 3;
constexpr std::size_t kTopicLengthBytes = 2;
constexpr std::size_t kIdentifierBytes = 2;

unsigned qos_of(std::uint8_t head) { return (head >> 1U) & 3U; }

std::size_t big_endian(std::string_view two_bytes) {
  return static_cast<std::size_t>(static_cast<unsigned char>(two_bytes[0])) << 8U |
         static_cast<unsigned char>(two_bytes[1]);
}

}  // namespace

std::size_t MqttFrames::take(std::string_view bytes) {
  header_complete_ = false;
  if (stage_ == Stage::head || stage_ == Stage::length) return take_header(bytes);
  if (stage_ == Stage::broken) return 0;
  const auto taken = std::min(missing_, bytes.size());
  missing_ -= taken;
  if (missing_ == 0) stage_ = Stage::head;
  return taken;
}

std::size_t MqttFrames::take_header(std::string_view bytes) {
  std::size_t taken = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    ++taken;
    if (stage_ == Stage::head) {
      head_ = byte;
      length_ = 0;
      length_bytes_ = 0;
      stage_ = Stage::length;
      continue;
    }
    length_ |= static_cast<std::size_t>(byte & 0x7FU) << (7U * length_bytes_);
    ++length_bytes_;
    if ((byte & 0x80U) == 0) {
      header_complete_ = true;
      missing_ = length_;
      stage_ = missing_ == 0 ? Stage::head : Stage::body;
      return taken;
    }
    if (length_bytes_ >= kMostLengthBytes) {
      stage_ = Stage::broken;
      return taken;
    }
  }
  return taken;
}

bool MqttFilter::take(std::string_view bytes, std::string& pass, std::string& answers) {
  while (!bytes.empty()) {
    const bool in_header = frames_.at_boundary() || !header_.empty();
    const auto piece = bytes.substr(0, frames_.take(bytes));
    bytes.remove_prefix(piece.size());
    if (frames_.is_broken()) return false;
    if (in_header) {
      header_ += piece;
      if (frames_.header_complete() && !begin_packet(pass)) return false;
    } else if (!leaving_out_) {
      pass += piece;
    } else if (!leave_out(piece, answers)) {
      return false;
    }
  }
  return true;
}

bool MqttFilter::begin_packet(std::string& pass) {
  leaving_out_ = frames_.length() > largest_;
  if (leaving_out_ && (frames_.head() >> 4U) != kPublishType) return false;
  if (!leaving_out_) pass += header_;
  header_.clear();
  prefix_.clear();
  topic_left_ = 0;
  if (leaving_out_) largest_left_out_ = std::max(largest_left_out_, frames_.length());
  return true;
}

bool MqttFilter::leave_out(std::string_view body, std::string& answers) {
  const auto wanted = kTopicLengthBytes + (qos_of(frames_.head()) > 0 ? kIdentifierBytes : 0);
  while (prefix_.size() < wanted && !body.empty()) {
    const auto skipped = std::min(topic_left_, body.size());
    topic_left_ -= skipped;
    body.remove_prefix(skipped);
    if (body.empty()) break;
    prefix_ += body.front();
    body.remove_prefix(1);
    if (prefix_.size() != kTopicLengthBytes) continue;
    topic_left_ = big_endian(prefix_);
    if (kTopicLengthBytes + topic_left_ + kIdentifierBytes > frames_.length()) return false;
  }
  if (!frames_.at_boundary()) return true;
  leaving_out_ = false;
  // The client subscribes at QoS 1, so the broker must not send QoS 2.
  if (qos_of(frames_.head()) > 1) return false;
  constexpr std::string_view kPuback("\x40\x02", 2);
  if (qos_of(frames_.head()) == 1) {
    answers += kPuback;
    answers += prefix_.substr(kTopicLengthBytes);
  }
  return true;
}

}  // namespace toyota2mqtt::platform
