#include "support/temporary_directory.hpp"

#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <stdexcept>
#include <system_error>

namespace toyota2mqtt::test {

TemporaryDirectory::TemporaryDirectory() {
  auto pattern = (std::filesystem::temp_directory_path() / "toyota2mqtt-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::write(const std::string& name, const std::string& text,
                                      mode_t mode) const {
  const auto file = path(name);
  std::ofstream(file, std::ios::binary) << text;
  if (::chmod(file.c_str(), mode) != 0) throw std::runtime_error("cannot write " + file);
  return file;
}

}  // namespace toyota2mqtt::test
