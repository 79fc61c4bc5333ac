#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>

#include "app/commands.hpp"
#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/platform/scrypt_hasher.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr std::size_t kShortest = 10;

/// While it lives, what is typed into the terminal is not shown.
class Unseen {
 public:
  Unseen() {
    known_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!known_) return;
    auto quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~Unseen() {
    if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
  bool known_ = false;
};

/// One line, at most `limit` bytes of it and one more; nullopt: there is none.
std::optional<std::string> read_line(std::size_t limit) {
  std::string line;
  for (int next = std::cin.get(); next != '\n'; next = std::cin.get()) {
    if (next == std::char_traits<char>::eof()) {
      if (line.empty()) return std::nullopt;
      break;
    }
    if (line.size() <= limit) line += static_cast<char>(next);
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::optional<std::string> ask(const char* question) {
  std::optional<std::string> line;
  {
    // Before the question: what the user types at once would be shown and thrown away otherwise.
    const Unseen unseen;
    std::cerr << question << std::flush;
    line = read_line(base::kLongestPassword);
  }
  std::cerr << '\n';
  return line;
}

std::optional<std::string> read_password() {
  if (::isatty(STDIN_FILENO) == 0) return read_line(base::kLongestPassword);
  auto password = ask("Password (at least 10 characters): ");
  if (!password || *password == ask("The same again: ")) return password;
  std::cerr << "toyota2mqtt: these were two different passwords\n";
  return std::nullopt;
}

}  // namespace

Exit hash_password() {
  const auto password = read_password();
  if (!password) return Exit::usage;
  if (password->size() < kShortest) {
    std::cerr << "toyota2mqtt: a password has at least 10 characters\n";
    return Exit::usage;
  }
  if (const auto usable = base::check_password(*password); !usable) {
    std::cerr << "toyota2mqtt: " << usable.error().message << ". " << usable.error().remedy << '\n';
    return Exit::usage;
  }
  platform::Salt salt{};
  platform::OpenSslRandom().fill(salt);
  const auto hash = platform::scrypt_hash(base::Secret(*password), salt);
  if (!hash) {
    std::cerr << "toyota2mqtt: " << hash.error().message << '\n';
    return Exit::failed;
  }
  std::cout << *hash << '\n';
  return Exit::done;
}

}  // namespace toyota2mqtt::app
