#include "toyota2mqtt/platform/file_token_store.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "platform/stamp.hpp"
#include "platform/token_file.hpp"
#include "toyota2mqtt/platform/files.hpp"

namespace toyota2mqtt::platform {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr unsigned kOwnerOnly = 0600;

class HeldLock final : public toyota::TokenStore::Lock {
 public:
  explicit HeldLock(FileDescriptor file) : file_(std::move(file)) {}

 private:
  FileDescriptor file_;
};

// One visit to the files, on the worker. What only the loop may touch (clock, random generator,
// log) is taken along beforehand, or brought back in `warnings`.
class Visit {
 public:
  Visit(std::string directory, std::string stamp, Nonce nonce, std::string fresh_key)
      : directory_(std::move(directory)),
        stamp_(std::move(stamp)),
        nonce_(nonce),
        fresh_key_(std::move(fresh_key)) {}

  Result<std::optional<toyota::Tokens>> load(const std::string& account);
  Result<void> save(const std::string& account, const toyota::Tokens& tokens);
  Result<void> erase(const std::string& account);
  Result<FileDescriptor> try_lock();

  std::vector<std::string> warnings = {};

 private:
  [[nodiscard]] std::string path(const char* name) const { return directory_ + "/" + name; }
  [[nodiscard]] Result<FileDescriptor> guard() const { return lock_file(path(".guard"), true); }
  // Before anything was stored there may be no directory yet to put the guard in.
  [[nodiscard]] bool exists() const {
    std::error_code unknown;
    const bool found = std::filesystem::exists(path("tokens"), unknown);
    return found || unknown;
  }
  Result<TokenMap> read();
  Result<void> write(const TokenMap& tokens);
  Result<std::string> key_for_writing();
  Result<void> put_aside(const char* name, const std::string& consequence);

  std::string directory_;
  std::string stamp_;
  Nonce nonce_;
  std::string fresh_key_;
};

Result<void> Visit::put_aside(const char* name, const std::string& consequence) {
  if (auto moved = set_aside(path(name), "broken", stamp_); !moved) return moved;
  warnings.push_back(std::string("the file '") + name + "' could not be used and is kept as " +
                     name + ".broken-" + stamp_ + "; " + consequence);
  return {};
}

// Call it under guard(): a file that another process has just repaired must not be set aside.
Result<TokenMap> Visit::read() {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(path("tokens"), unknown);
  const bool too_large = !unknown && size > kLargestTokenFile;
  // One that is too large is broken like any other that is not ours.
  auto file = too_large ? Result<std::optional<std::string>>(std::optional<std::string>(""))
                        : read_file(path("tokens"), kLargestTokenFile);
  if (!file) return fail(file.error());
  if (!*file) return TokenMap();
  auto key = read_file(path("key"), kLargestTokenFile);
  if (!key) return fail(key.error());
  if (*key) {
    if (auto tokens = open_tokens(**file, **key)) return std::move(*tokens);
  }
  if (auto moved = put_aside("tokens", "every account has to sign in again"); !moved) {
    return fail(moved.error());
  }
  return TokenMap();
}

Result<std::string> Visit::key_for_writing() {
  auto key = read_file(path("key"), kLargestTokenFile);
  if (!key) return fail(key.error());
  if (*key && (*key)->size() == kTokenKeySize) return std::move(**key);
  if (*key) {
    if (auto moved = put_aside("key", "a new one was made"); !moved) return fail(moved.error());
  }
  if (auto made = write_atomically(path("key"), fresh_key_, kOwnerOnly); !made) {
    return fail(made.error());
  }
  return fresh_key_;
}

Result<void> Visit::write(const TokenMap& tokens) {
  const auto key = key_for_writing();
  if (!key) return fail(key.error());
  const auto file = seal_tokens(tokens, *key, nonce_);
  if (file.size() > kLargestTokenFile) {
    return fail(ErrorCode::storage_failed, "the tokens are too large to be stored");
  }
  return write_atomically(path("tokens"), file, kOwnerOnly);
}

Result<std::optional<toyota::Tokens>> Visit::load(const std::string& account) {
  if (!exists()) return std::optional<toyota::Tokens>();
  const auto held = guard();
  if (!held) return fail(held.error());
  auto tokens = read();
  if (!tokens) return fail(tokens.error());
  const auto found = tokens->find(account);
  if (found == tokens->end()) return std::optional<toyota::Tokens>();
  return std::optional(std::move(found->second));
}

Result<void> Visit::save(const std::string& account, const toyota::Tokens& tokens) {
  if (auto made = make_private_directory(directory_); !made) return made;
  const auto held = guard();
  if (!held) return fail(held.error());
  auto all = read();
  if (!all) return fail(all.error());
  all->insert_or_assign(account, tokens);
  return write(*all);
}

Result<void> Visit::erase(const std::string& account) {
  if (!exists()) return {};
  const auto held = guard();
  if (!held) return fail(held.error());
  auto all = read();
  if (!all) return fail(all.error());
  if (all->erase(account) == 0) return {};
  return write(*all);
}

Result<FileDescriptor> Visit::try_lock() {
  if (auto made = make_private_directory(directory_); !made) return fail(made.error());
  return lock_file(path("lock"), false);
}

}  // namespace

struct FileTokenStore::Impl {
  Worker& worker;
  base::Clock& clock;
  base::Random& random;
  base::Log& log;
  std::string directory;

  template <class T>
  Task<Result<T>> visit(std::function<Result<T>(Visit&)> work) {
    Nonce nonce{};
    random.fill(nonce);
    std::array<std::uint8_t, kTokenKeySize> key{};
    random.fill(key);
    auto files = std::make_shared<Visit>(directory, time_stamp(clock.now()), nonce,
                                         std::string(key.begin(), key.end()));
    std::function<Result<T>()> job = [files, work = std::move(work)] { return work(*files); };
    auto done = co_await worker.run<T>(std::move(job));
    for (const auto& warning : files->warnings) log.warning("storage", warning);
    co_return done;
  }
};

FileTokenStore::FileTokenStore(Worker& worker, base::Clock& clock, base::Random& random,
                               base::Log& log, std::string directory)
    : impl_(std::make_unique<Impl>(worker, clock, random, log, std::move(directory))) {}
FileTokenStore::~FileTokenStore() = default;

Task<Result<std::unique_ptr<toyota::TokenStore::Lock>>> FileTokenStore::lock() {
  using namespace std::chrono_literals;
  const auto deadline = impl_->clock.steady() + 5min;
  auto pause = 20ms;
  while (true) {
    std::function<Result<FileDescriptor>(Visit&)> work = [](Visit& files) {
      return files.try_lock();
    };
    auto file = co_await impl_->visit(std::move(work));
    if (!file) co_return fail(file.error());
    if (file->is_open()) co_return std::make_unique<HeldLock>(std::move(*file));
    if (impl_->clock.steady() >= deadline) {
      co_return fail(ErrorCode::storage_failed,
                     "another process has held the lock of the stored sign-in for 5 minutes",
                     "End other copies of this program that use the same storage directory.");
    }
    auto slept = co_await base::sleep_for(impl_->clock, pause);
    if (!slept) co_return fail(slept.error());
    pause = std::min(pause * 2, 200ms);
  }
}

Task<Result<std::optional<toyota::Tokens>>> FileTokenStore::load(std::string account_key) {
  std::function<Result<std::optional<toyota::Tokens>>(Visit&)> work = [account_key](Visit& files) {
    return files.load(account_key);
  };
  co_return co_await impl_->visit(std::move(work));
}

Task<Result<void>> FileTokenStore::save(std::string account_key, toyota::Tokens tokens) {
  std::function<Result<void>(Visit&)> work = [account_key, tokens](Visit& files) {
    return files.save(account_key, tokens);
  };
  co_return co_await impl_->visit(std::move(work));
}

Task<Result<void>> FileTokenStore::erase(std::string account_key) {
  std::function<Result<void>(Visit&)> work = [account_key](Visit& files) {
    return files.erase(account_key);
  };
  co_return co_await impl_->visit(std::move(work));
}

}  // namespace toyota2mqtt::platform
