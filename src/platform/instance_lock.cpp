#include "toyota2mqtt/platform/instance_lock.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace toyota2mqtt::platform {

namespace {

constexpr std::size_t kLongestNote = 512;
constexpr std::size_t kLongestHost = 64;

/// What a holder writes into the file: process, machine, start; one line each.
struct Holder {
  long process = 0;
  std::string host;
  base::Time since{};
};

std::string this_host() {
  utsname names{};
  return ::uname(&names) == 0 ? std::string(names.nodename) : std::string();
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= kLongestHost && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

std::vector<std::string_view> note_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    lines.push_back(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return lines;
}

/// nullopt: the holder has not written it yet, or something else has.
std::optional<Holder> read_holder(const std::string& path) {
  const auto text = read_file(path, kLongestNote);
  if (!text || !*text) return std::nullopt;
  const auto lines = note_lines(**text);
  if (lines.size() != 3 || !is_host(lines[1])) return std::nullopt;
  Holder holder{.process = 0, .host = std::string(lines[1])};
  const auto* const end = lines[0].end();
  const auto number = std::from_chars(lines[0].begin(), end, holder.process);
  const auto since = base::parse_iso8601(lines[2]);
  if (number.ec != std::errc() || number.ptr != end || !since) return std::nullopt;
  holder.since = *since;
  return holder;
}

base::Error held(const std::string& directory, const std::string& path) {
  const auto holder = read_holder(path);
  const auto who = holder ? fmt::format("process {} on {}, since {}", holder->process, holder->host,
                                        base::format_iso8601(holder->since))
                          : std::string("it does not say which process it is");
  return {.code = base::ErrorCode::action_required,
          .message = fmt::format("another toyota2mqtt runs with the storage directory {}: {}",
                                 directory, who),
          .remedy =
              "End that one first, or give this one a directory of its own "
              "(storage.directory)."};
}

}  // namespace

base::Result<InstanceLock> InstanceLock::take(const std::string& directory, base::Time now) {
  if (auto made = make_private_directory(directory); !made) return base::fail(made.error());
  const auto path = directory + "/lock.run";
  auto file = lock_file(path, false);
  if (!file) return base::fail(file.error());
  if (!file->is_open()) return base::fail(held(directory, path));
  const auto note = fmt::format("{}\n{}\n{}\n", ::getpid(), this_host(), base::format_iso8601(now));
  // The lock counts; on a full disk it is held without a name.
  if (::ftruncate(file->get(), 0) == 0) (void)!::pwrite(file->get(), note.data(), note.size(), 0);
  return InstanceLock(std::move(*file));
}

}  // namespace toyota2mqtt::platform
