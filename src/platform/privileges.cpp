#include "toyota2mqtt/platform/privileges.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "toyota2mqtt/platform/files.hpp"

namespace toyota2mqtt::platform {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr mode_t kSharedWithRoot = 01770;
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kPermissions = 07777;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Result<FileDescriptor> open_directory(int parent, const std::string& name) {
  FileDescriptor opened(
      ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.is_open()) return fail(file_error("open the directory", name, errno));
  return opened;
}

Result<void> share_with_root(int directory, const std::string& name, gid_t group) {
  struct stat now{};
  if (::fstat(directory, &now) != 0) return fail(file_error("look at", name, errno));
  if ((now.st_uid != 0 || now.st_gid != group) && ::fchown(directory, 0, group) != 0) {
    return fail(file_error("give away", name, errno));
  }
  if ((now.st_mode & kPermissions) != kSharedWithRoot &&
      ::fchmod(directory, kSharedWithRoot) != 0) {
    return fail(file_error("protect", name, errno));
  }
  return {};
}

Result<FileDescriptor> make_below(int parent, const std::string& name, uid_t user) {
  if (::mkdirat(parent, name.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return fail(file_error("create", name, errno));
  }
  auto made = open_directory(parent, name);
  if (!made) return made;
  if (::fchown(made->get(), user, user) != 0) return fail(file_error("give away", name, errno));
  return made;
}

/// What may change hands: nothing that has a second name somewhere, nothing that is no plain file.
bool may_change_hands(const struct stat& file, uid_t user) {
  const bool plain = S_ISREG(file.st_mode) || S_ISSOCK(file.st_mode);
  return plain && file.st_nlink == 1 && (file.st_uid != user || file.st_gid != user);
}

Result<void> give_file(int directory, const std::string& name, uid_t user) {
  // The descriptor pins the file: what was looked at is what changes hands.
  const FileDescriptor file(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return {};  // a running bridge removed it meanwhile
    return fail(file_error("open", name, errno));
  }
  struct stat now{};
  if (::fstat(file.get(), &now) != 0) return fail(file_error("look at", name, errno));
  if (!may_change_hands(now, user)) return {};
  if (::fchownat(file.get(), "", user, user, AT_EMPTY_PATH) != 0) {
    return fail(file_error("give away", name, errno));
  }
  return {};
}

Result<void> give_own_files(FileDescriptor directory, const std::string& name, uid_t user) {
  const int copy = ::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0);
  const std::unique_ptr<DIR, CloseDirectory> list(copy < 0 ? nullptr : ::fdopendir(copy));
  if (!list) {
    const int failed = errno;
    if (copy >= 0) ::close(copy);
    return fail(file_error("list", name, failed));
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own, and no thread is there yet.
  while (const dirent* entry = ::readdir(list.get())) {
    const std::string found(&entry->d_name[0]);
    if (!is_own_file(found)) continue;
    if (auto given = give_file(directory.get(), found, user); !given) return given;
  }
  return {};
}

std::unexpected<base::Error> cannot_drop(const std::string& what, int error_number) {
  return fail(ErrorCode::storage_failed,
              "cannot give up the rights of root (" + what + ": " +
                  std::generic_category().message(error_number) + ")",
              "The app's container lacks a right that it usually has: SETUID and SETGID.");
}

bool has_identity(uid_t user) {
  std::array<uid_t, 3> users{};
  std::array<gid_t, 3> groups{};
  if (::getresuid(&users[0], &users[1], &users[2]) != 0) return false;
  if (::getresgid(&groups[0], &groups[1], &groups[2]) != 0) return false;
  const auto is_user = [user](auto id) { return id == user; };
  return std::ranges::all_of(users, is_user) && std::ranges::all_of(groups, is_user) &&
         ::getgroups(0, nullptr) == 0;
}

}  // namespace

bool is_root() { return ::geteuid() == 0; }

bool is_own_file(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames{
      "toyota2mqtt.db", "toyota2mqtt.snapshot", "tokens", "set_up", "web_keys", "key", "lock",
      ".guard",         "health.sock"};
  return std::ranges::any_of(kNames, [name](std::string_view own) {
    if (!name.starts_with(own)) return false;
    const auto rest = name.substr(own.size());
    return rest.empty() || rest.front() == '.' || rest.front() == '-';
  });
}

Result<void> hand_over(const std::string& data, const std::string& storage, unsigned user) {
  auto directory = open_directory(AT_FDCWD, data);
  if (!directory) return fail(directory.error());
  if (auto shared = share_with_root(directory->get(), data, user); !shared) return shared;
  const auto below =
      fs::path(storage).lexically_normal().lexically_relative(fs::path(data).lexically_normal());
  for (const auto& step : below) {
    if (step == "." || step.empty()) continue;
    if (step == "..") {
      return fail(ErrorCode::storage_failed, "the storage directory is not below " + data);
    }
    auto next = make_below(directory->get(), step.string(), user);
    if (!next) return fail(next.error());
    *directory = std::move(*next);
  }
  return give_own_files(std::move(*directory), storage, user);
}

Result<void> become(unsigned user) {
  if (::setgroups(0, nullptr) != 0) return cannot_drop("setgroups", errno);
  if (::setresgid(user, user, user) != 0) return cannot_drop("setgid", errno);
  if (::setresuid(user, user, user) != 0) return cannot_drop("setuid", errno);
  // The kernel said yes three times; a container's oddities are still not taken on trust.
  if (!has_identity(user) || ::setresuid(-1U, 0, -1U) == 0 || ::setresgid(-1U, 0, -1U) == 0) {
    return cannot_drop("the way back is open", EPERM);
  }
  return {};
}

Result<void> close_doors() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return cannot_drop("no_new_privs", errno);
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return cannot_drop("dumpable", errno);
  return {};
}

}  // namespace toyota2mqtt::platform
