#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace toyota2mqtt::config {

/// A password, token or key as someone typed, copied or saved it, and what is to be said about it
/// before it is used. Nothing here repeats a part of it.
struct TypedSecret {
  std::string text = {};                 ///< without a byte order mark at its begin
  std::string found = {};                ///< empty: it can be used
  std::string expected = {};             ///< with `found`
  std::vector<std::string> doubts = {};  ///< "ends with a blank, …": usable, but perhaps not meant
};

/// `file_key`: the key that names a file for this secret, such as accounts[0].password_file. Pure.
TypedSecret read_typed_secret(std::string_view typed, std::string_view file_key);

/// Without a byte order mark at its begin, which some editors write.
std::string_view without_byte_order_mark(std::string_view text);
/// Without blanks and line ends around it, those of other scripts (no-break space) included.
std::string_view without_blanks(std::string_view text);

}  // namespace toyota2mqtt::config
