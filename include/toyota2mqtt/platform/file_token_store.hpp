#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/platform/worker.hpp"
#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::platform {

/// toyota::TokenStore as one encrypted file for all accounts (docs/architecture.md, "State on
/// disk"). In `directory` (made 0700 when missing), all 0600:
///   tokens  header `toyota2mqtt-tokens 1\n`, 12 bytes nonce (new for every write), AES-256-GCM
///           of a JSON object {account key: tokens}, 16 bytes tag. The header is authenticated too.
///   key     the 32 bytes of the key, made with the first file that it encrypts. Every other sealed
///           file uses it, too.
///   lock    what lock() locks; .guard keeps two writers apart for the length of one write.
/// The encryption protects a copy of `tokens` alone. It protects nothing from who can read `key`.
///
/// tokens is replaced atomically and every load() reads it again, so processes share it. A file
/// that cannot be decrypted is renamed to tokens.broken-<time> with a warning. Loop thread only;
/// files are touched on the worker. Errors: storage_failed, cancelled.
class FileTokenStore final : public toyota::TokenStore {
 public:
  /// Everything outlives the store.
  FileTokenStore(Worker& worker, base::Clock& clock, base::Random& random, base::Log& log,
                 std::string directory);
  ~FileTokenStore() override;
  FileTokenStore(const FileTokenStore&) = delete;
  FileTokenStore& operator=(const FileTokenStore&) = delete;

  /// Tries again every 20 to 200 ms, so neither loop nor worker ever waits inside the system; after
  /// 5 min storage_failed.
  base::Task<base::Result<std::unique_ptr<Lock>>> lock() override;
  base::Task<base::Result<std::optional<toyota::Tokens>>> load(std::string account_key) override;
  base::Task<base::Result<void>> save(std::string account_key, toyota::Tokens tokens) override;
  base::Task<base::Result<void>> erase(std::string account_key) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The content of the file before it is encrypted, and how it is written and read. Pure.
using TokenMap = std::map<std::string, toyota::Tokens>;  // by account key
inline constexpr std::string_view kTokenHeader = "toyota2mqtt-tokens 1\n";

std::string encode_tokens(const TokenMap& tokens);
/// nullopt for everything that encode_tokens() did not make.
std::optional<TokenMap> decode_tokens(std::string_view text);

}  // namespace toyota2mqtt::platform
