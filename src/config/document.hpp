#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace toyota2mqtt::config {

/// True when `text` is UTF-8 throughout: no overlong forms, no surrogates.
bool is_utf8(std::string_view text);

/// What the YAML library leaves out behind a text without quotation marks.
enum class LeftOut : std::uint8_t {
  nothing,
  comment,     ///< ` #` and what follows
  line_breaks  ///< the text goes on in further lines
};

/// A file's text made readable for the YAML library, with the way back to the original places.
///
/// yaml-cpp 0.7 does not know JSON's surrogate pairs: `\ud83d\ude00` becomes `\U0001f600` here. A
/// byte order mark is skipped. `original` must outlive this object.
class SourceText {
 public:
  struct BadByte {
    std::size_t offset;
    std::string what;
  };

  explicit SourceText(std::string_view original);

  /// The first byte that no configuration holds: NUL, other control characters, not UTF-8.
  [[nodiscard]] std::optional<BadByte> first_bad_byte() const;
  /// What the library reads.
  [[nodiscard]] const std::string& yaml() const { return yaml_; }
  /// Line and column in the original of an offset in yaml(); nothing for negative ones.
  [[nodiscard]] Place place(int offset) const;
  [[nodiscard]] Place place_in_original(std::size_t offset) const;
  /// Of the text `value` without quotation marks that begins at `offset` in yaml().
  [[nodiscard]] LeftOut left_out(int offset, std::string_view value) const;
  /// The key at `offset` in yaml() has no value but `#` with more right behind it: a text that
  /// begins so is a comment to YAML.
  [[nodiscard]] bool hash_is_the_value(int offset, std::string_view key) const;

 private:
  void join_surrogates();

  std::string_view original_;
  std::size_t skipped_ = 0;  // bytes of the byte order mark
  std::string yaml_ = {};
  std::vector<std::size_t> shortened_at_ = {};  // offsets in yaml_ after which 2 bytes are missing
  std::vector<std::size_t> line_starts_ = {};   // in original_
};

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

/// Why a file cannot be used, as the "found" of a message: "no such file", "a folder", …
std::string why_unreadable(const std::string& path);
/// The whole file; the error is the "found" of a message. Only regular files, so that a pipe or a
/// device cannot block or fill the memory.
std::expected<std::string, std::string> read_file(const std::string& path, std::size_t limit);
/// `path` as seen from the folder of `file`; absolute paths stay.
std::string beside(const std::string& file, const std::string& path);
/// True when every user of the machine may read the file.
bool readable_by_all(const std::string& path);

}  // namespace toyota2mqtt::config
