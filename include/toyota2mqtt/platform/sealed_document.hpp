#pragma once

#include <memory>
#include <string>

#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/platform/worker.hpp"

namespace toyota2mqtt::platform {

/// One encrypted file of the storage directory.
struct SealedKind {
  const char* name;         ///< of the file
  std::string_view header;  ///< what the file begins with
  const char* loss;         ///< what the owner has to do when the file could not be used
};

/// The keys that sign the tokens of the REST interface. Not in the database, copies of which people
/// send when they ask for help: these keys make an administrator of anybody who has them.
inline constexpr SealedKind kWebKeys = {.name = "web_keys",
                                        .header = "toyota2mqtt-web-keys 1\n",
                                        .loss = "who uses the REST interface has to sign in again"};

/// What the owner entered on the page.
inline constexpr SealedKind kSetUpFile = {
    .name = "set_up",
    .header = "toyota2mqtt-set-up 1\n",
    .loss = "the accounts, cars and ABRP tokens entered on the page have to be entered again"};

/// base::SealedDocument as one file, 0600, in `directory` (made 0700 when missing): its header,
/// then as FileTokenStore's `tokens`, with the same `key`. The encryption protects a copy of the
/// file alone; it protects nothing from who can read `key`.
///
/// The file is replaced atomically, and every load() reads it again. A file that cannot be used is
/// renamed to <name>.broken-<time> with a warning. Loop thread only; the file is touched on the
/// worker. Errors: storage_failed, cancelled.
class SealedDocumentFile final : public base::SealedDocument {
 public:
  /// Everything outlives the document. `is_usable`: whether a decrypted text is a document of this
  /// kind; without it every text is.
  SealedDocumentFile(Worker& worker, base::Clock& clock, base::Random& random, base::Log& log,
                     std::string directory, SealedKind kind,
                     bool (*is_usable)(std::string_view) = nullptr);
  ~SealedDocumentFile() override;
  SealedDocumentFile(const SealedDocumentFile&) = delete;
  SealedDocumentFile& operator=(const SealedDocumentFile&) = delete;

  base::Task<base::Result<std::optional<base::Secret>>> load() override;
  base::Task<base::Result<void>> save(base::Secret text) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
