#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::config {

/// Where something stands, counted from 1 in characters; 0 = no place.
struct Place {
  int line = 0;
  int column = 0;
};

/// Collects what is wrong with one file. A hostile file has a million mistakes: after kLimit the
/// rest is only counted.
class Problems {
 public:
  static constexpr std::size_t kLimit = 100;

  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(Place place, std::string path, std::string found, std::string expected,
           std::string nearest = {});
  /// About something that is not in the file, such as an environment variable.
  void add_elsewhere(std::string where, std::string found, std::string expected);
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] const std::string& file() const { return file_; }
  /// All of them in the order of the file; the collector is empty afterwards.
  std::vector<Problem> take();

 private:
  void push(Problem problem);

  std::string file_;
  std::vector<Problem> list_ = {};
  std::size_t dropped_ = 0;
};

/// True for what can be a key of ours; anything else is not repeated in messages, because a slip
/// of the owner can put a secret where a key belongs.
bool is_key_shaped(std::string_view text);
/// `path.key`, or `key` at the top.
std::string join_path(std::string_view path, std::string_view key);
std::string item_path(std::string_view path, std::size_t index);
/// Text as it may stand in a message: control characters replaced, at most 60 characters.
std::string shown(std::string_view text);

/// The candidate that `key` was probably meant to be; empty when none is near.
std::string nearest_of(std::string_view key, const std::vector<std::string>& candidates);

}  // namespace toyota2mqtt::config
