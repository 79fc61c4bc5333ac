#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"
#include "config/source_text.hpp"

namespace toyota2mqtt::config {

/// One value of the file with the place where it stands. A plain tree of our own: the YAML library
/// stays in document.cpp, and no value is converted before the table says what it has to be.
struct Element {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  Kind kind = Kind::null;
  std::string text = {};  ///< of a scalar, exactly as written, without the quotation marks
  bool quoted = false;
  LeftOut left_out = LeftOut::nothing;  ///< behind it, of a text without quotation marks
  int offset = -1;                      ///< in SourceText::yaml()
  Place place = {};
  std::string key = {};  ///< inside a map; unique there
  Place key_place = {};
  std::vector<Element> children = {};  ///< of a list or a map, in the order of the file
};

/// Largest accepted file, deepest accepted nesting, most accepted values.
constexpr std::size_t kMaxBytes = 1024UL * 1024UL;
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxNodes = 20'000;

/// Reads YAML, or JSON as a part of it. Problems of the syntax, duplicate keys, aliases, anchors
/// and tags are added to `problems`; what could be read is answered. Never throws.
Element parse_document(std::string_view text, Problems& problems);

}  // namespace toyota2mqtt::config
