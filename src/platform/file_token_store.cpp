#include "toyota2mqtt/platform/file_token_store.hpp"

#include <algorithm>
#include <utility>

#include "json/json_io.hpp"
#include "platform/sealed_files.hpp"

namespace toyota2mqtt::platform {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr SealedKind kTokens = {
    .name = "tokens", .header = kTokenHeader, .loss = "every account has to sign in again"};

class HeldLock final : public toyota::TokenStore::Lock {
 public:
  explicit HeldLock(FileDescriptor file) : file_(std::move(file)) {}

 private:
  FileDescriptor file_;
};

Result<TokenMap> read_all(SealedVisit& files) {
  auto tokens = files.read<TokenMap>(kTokens, &decode_tokens);
  if (!tokens) return fail(tokens.error());
  return std::move(*tokens).value_or(TokenMap());
}

Result<std::optional<toyota::Tokens>> load_one(SealedVisit& files, const std::string& account) {
  if (!files.exists(kTokens)) return std::optional<toyota::Tokens>();
  const auto held = files.guard();
  if (!held) return fail(held.error());
  auto tokens = read_all(files);
  if (!tokens) return fail(tokens.error());
  const auto found = tokens->find(account);
  if (found == tokens->end()) return std::optional<toyota::Tokens>();
  return std::optional(std::move(found->second));
}

Result<void> save_one(SealedVisit& files, const std::string& account,
                      const toyota::Tokens& tokens) {
  if (auto made = files.make_directory(); !made) return made;
  const auto held = files.guard();
  if (!held) return fail(held.error());
  auto all = read_all(files);
  if (!all) return fail(all.error());
  all->insert_or_assign(account, tokens);
  return files.write(kTokens, encode_tokens(*all));
}

Result<void> erase_one(SealedVisit& files, const std::string& account) {
  if (!files.exists(kTokens)) return {};
  const auto held = files.guard();
  if (!held) return fail(held.error());
  auto all = read_all(files);
  if (!all) return fail(all.error());
  if (all->erase(account) == 0) return {};
  return files.write(kTokens, encode_tokens(*all));
}

Result<FileDescriptor> try_lock(SealedVisit& files) {
  if (auto made = files.make_directory(); !made) return fail(made.error());
  return lock_file(files.path("lock"), false);
}

}  // namespace

struct FileTokenStore::Impl {
  SealedFiles files;
};

FileTokenStore::FileTokenStore(Worker& worker, base::Clock& clock, base::Random& random,
                               base::Log& log, std::string directory)
    : impl_(std::make_unique<Impl>(SealedFiles(worker, clock, random, log, std::move(directory)))) {
}
FileTokenStore::~FileTokenStore() = default;

Task<Result<std::unique_ptr<toyota::TokenStore::Lock>>> FileTokenStore::lock() {
  using namespace std::chrono_literals;
  const auto deadline = impl_->files.clock().steady() + 5min;
  auto pause = 20ms;
  while (true) {
    std::function<Result<FileDescriptor>(SealedVisit&)> work = &try_lock;
    auto file = co_await impl_->files.visit(std::move(work));
    if (!file) co_return fail(file.error());
    if (file->is_open()) co_return std::make_unique<HeldLock>(std::move(*file));
    if (impl_->files.clock().steady() >= deadline) {
      co_return fail(ErrorCode::storage_failed,
                     "another process has held the lock of the stored sign-in for 5 minutes",
                     "End other copies of this program that use the same storage directory.");
    }
    auto slept = co_await base::sleep_for(impl_->files.clock(), pause);
    if (!slept) co_return fail(slept.error());
    pause = std::min(pause * 2, 200ms);
  }
}

Task<Result<std::optional<toyota::Tokens>>> FileTokenStore::load(std::string account_key) {
  std::function<Result<std::optional<toyota::Tokens>>(SealedVisit&)> work =
      [account_key](SealedVisit& files) { return load_one(files, account_key); };
  co_return co_await impl_->files.visit(std::move(work));
}

Task<Result<void>> FileTokenStore::save(std::string account_key, toyota::Tokens tokens) {
  std::function<Result<void>(SealedVisit&)> work = [account_key, tokens](SealedVisit& files) {
    return save_one(files, account_key, tokens);
  };
  co_return co_await impl_->files.visit(std::move(work));
}

Task<Result<void>> FileTokenStore::erase(std::string account_key) {
  std::function<Result<void>(SealedVisit&)> work = [account_key](SealedVisit& files) {
    return erase_one(files, account_key);
  };
  co_return co_await impl_->files.visit(std::move(work));
}

namespace {

std::optional<toyota::Tokens> tokens_of(const json_io::Json& entry) {
  auto access = json_io::text_member(entry, "access");
  auto refresh = json_io::text_member(entry, "refresh");
  auto guid = json_io::text_member(entry, "guid");
  const auto expires = json_io::time_member(entry, "expires_at");
  if (!access || !refresh || !guid || !expires) return std::nullopt;
  return toyota::Tokens{.access = base::Secret(std::move(*access)),
                        .refresh = base::Secret(std::move(*refresh)),
                        .guid = std::move(*guid),
                        .expires_at = *expires};
}

}  // namespace

std::string encode_tokens(const TokenMap& tokens) {
  auto all = json_io::Json::object();
  for (const auto& [account, held] : tokens) {
    all[account] = {{"access", held.access.reveal()},
                    {"refresh", held.refresh.reveal()},
                    {"guid", held.guid},
                    {"expires_at", json_io::milliseconds(held.expires_at)}};
  }
  return json_io::to_text(all);
}

std::optional<TokenMap> decode_tokens(std::string_view text) {
  const auto all = json_io::parse_object(text);
  if (!all) return std::nullopt;
  TokenMap tokens;
  for (const auto& [account, entry] : all->items()) {
    auto held = tokens_of(entry);
    if (!held) return std::nullopt;
    tokens.emplace(account, std::move(*held));
  }
  return tokens;
}

}  // namespace toyota2mqtt::platform
