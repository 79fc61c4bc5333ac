#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace toyota2mqtt::config {

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
