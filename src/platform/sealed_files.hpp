#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/platform/files.hpp"
#include "toyota2mqtt/platform/sealed_document.hpp"
#include "toyota2mqtt/platform/worker.hpp"

namespace toyota2mqtt::platform {

/// One visit to the encrypted files, on the worker. What only the loop may touch (clock, random
/// generator, log) is taken along beforehand, or brought back in `warnings`.
class SealedVisit {
 public:
  SealedVisit(std::string directory, std::string stamp, Nonce nonce, std::string fresh_key)
      : directory_(std::move(directory)),
        stamp_(std::move(stamp)),
        nonce_(nonce),
        fresh_key_(std::move(fresh_key)) {}

  [[nodiscard]] std::string path(const char* name) const { return directory_ + "/" + name; }
  /// Before anything was stored there may be no directory yet to put the guard in.
  [[nodiscard]] bool exists(const SealedKind& kind) const;
  base::Result<void> make_directory() const { return make_private_directory(directory_); }
  /// Keeps other visitors out, those of other processes too, as long as it lives.
  [[nodiscard]] base::Result<FileDescriptor> guard() const {
    return lock_file(path(".guard"), true);
  }

  /// The content as `decode` reads it; nullopt when there is no file, or when it could not be used:
  /// then it has been set aside. Under guard() only: a file that another process has just repaired
  /// must not be set aside.
  template <class T>
  base::Result<std::optional<T>> read(
      const SealedKind& kind, const std::function<std::optional<T>(std::string_view)>& decode) {
    auto file = read_sealed(kind);
    if (!file) return base::fail(file.error());
    if (!file->there) return std::optional<T>();
    if (file->plain) {
      auto decoded = decode(*file->plain);
      wipe(*file->plain);
      if (decoded) return decoded;
    }
    if (auto moved = put_aside(kind.name, kind.loss); !moved) return base::fail(moved.error());
    return std::optional<T>();
  }

  /// Replaces the file, under guard(), once per visit. `plain` is wiped.
  base::Result<void> write(const SealedKind& kind, std::string plain);

  /// As write(), for a text that is kept elsewhere. The guard is taken while the key is looked for.
  base::Result<std::string> seal_text(std::string_view header, const std::string& plain);
  /// What seal_text() made with this header; nullopt for anything else, and without the key.
  [[nodiscard]] base::Result<std::optional<std::string>> open_text(std::string_view header,
                                                                   std::string_view sealed) const;

  std::vector<std::string> warnings = {};

 private:
  struct Found {
    bool there = false;
    std::optional<std::string> plain = {};
  };
  base::Result<Found> read_sealed(const SealedKind& kind);
  base::Result<std::string> key_for_writing();
  base::Result<void> put_aside(const char* name, const std::string& consequence);

  std::string directory_;
  std::string stamp_;
  std::optional<Nonce> nonce_;  // until it was used
  std::string fresh_key_;
};

/// The way to the encrypted files for the adapters of this part. Loop thread only; everything
/// outlives it.
class SealedFiles {
 public:
  SealedFiles(Worker& worker, base::Clock& clock, base::Random& random, base::Log& log,
              std::string directory)
      : worker_(worker),
        clock_(clock),
        random_(random),
        log_(log),
        directory_(std::move(directory)) {}

  [[nodiscard]] base::Clock& clock() const { return clock_; }

  /// Runs `work` on the worker, then logs its warnings.
  template <class T>
  base::Task<base::Result<T>> visit(std::function<base::Result<T>(SealedVisit&)> work) {
    const auto files = begin();
    std::function<base::Result<T>()> job = [files, work = std::move(work)] { return work(*files); };
    auto done = co_await worker_.run<T>(std::move(job));
    for (const auto& warning : files->warnings) log_.warning("storage", warning);
    co_return done;
  }

 private:
  std::shared_ptr<SealedVisit> begin();

  Worker& worker_;
  base::Clock& clock_;
  base::Random& random_;
  base::Log& log_;
  std::string directory_;
};

}  // namespace toyota2mqtt::platform
