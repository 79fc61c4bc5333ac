#include "platform/sealed_files.hpp"

#include <array>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace toyota2mqtt::platform {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;
using SealedText = std::optional<base::Secret>;

namespace {

constexpr unsigned kSealedFileMode = 0600;

}  // namespace

bool SealedVisit::exists(const SealedKind& kind) const {
  std::error_code unknown;
  const bool found = std::filesystem::exists(path(kind.name), unknown);
  return found || unknown;
}

Result<void> SealedVisit::put_aside(const char* name, const std::string& consequence) {
  if (auto moved = set_aside(path(name), "broken", stamp_); !moved) return moved;
  warnings.push_back(std::string("the file '") + name + "' could not be used and is kept as " +
                     name + ".broken-" + stamp_ + "; " + consequence);
  return {};
}

Result<SealedVisit::Found> SealedVisit::read_sealed(const SealedKind& kind) {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(path(kind.name), unknown);
  // One that is too large is broken like any other that is not ours.
  if (!unknown && size > kLargestSealedFile) return Found{.there = true};
  auto file = read_plain_file(path(kind.name), kLargestSealedFile);
  if (!file) return fail(file.error());
  if (!*file) return Found{};
  auto key = read_plain_file(path("key"), kLargestSealedFile);
  if (!key) return fail(key.error());
  Found found{.there = true};
  if (*key) found.plain = open_sealed(kind.header, **file, **key);
  return found;
}

Result<std::string> SealedVisit::key_for_writing() {
  auto key = read_plain_file(path("key"), kLargestSealedFile);
  if (!key) return fail(key.error());
  if (*key && (*key)->size() == kSealKeySize) return std::move(**key);
  if (*key) {
    if (auto moved = put_aside("key", "a new one was made"); !moved) return fail(moved.error());
  }
  if (auto made = write_atomically(path("key"), fresh_key_, kSealedFileMode); !made) {
    return fail(made.error());
  }
  return fresh_key_;
}

Result<void> SealedVisit::write(const SealedKind& kind, std::string plain) {
  if (!nonce_) throw std::logic_error("a second write in one visit would use its nonce twice");
  const auto key = key_for_writing();
  if (!key) return fail(key.error());
  const auto file = seal(kind.header, plain, *key, *nonce_);
  nonce_.reset();
  wipe(plain);
  if (file.size() > kLargestSealedFile) {
    return fail(ErrorCode::storage_failed,
                std::string("what the file '") + kind.name + "' is to hold is too large");
  }
  return write_atomically(path(kind.name), file, kSealedFileMode);
}

Result<std::string> SealedVisit::seal_text(std::string_view header, const std::string& plain) {
  if (!nonce_) throw std::logic_error("a second text in one visit would use its nonce twice");
  if (auto made = make_directory(); !made) return fail(made.error());
  const auto held = guard();
  if (!held) return fail(held.error());
  const auto key = key_for_writing();
  if (!key) return fail(key.error());
  auto sealed = seal(header, plain, *key, *nonce_);
  nonce_.reset();
  return sealed;
}

Result<std::optional<std::string>> SealedVisit::open_text(std::string_view header,
                                                          std::string_view sealed) const {
  const auto key = read_file(path("key"), kLargestSealedFile);
  if (!key) return fail(key.error());
  if (!*key) return std::optional<std::string>();
  return open_sealed(header, sealed, **key);
}

std::shared_ptr<SealedVisit> SealedFiles::begin() {
  Nonce nonce{};
  random_.fill(nonce);
  std::array<std::uint8_t, kSealKeySize> key{};
  random_.fill(key);
  return std::make_shared<SealedVisit>(directory_, time_stamp(clock_.now()), nonce,
                                       std::string(key.begin(), key.end()));
}

namespace {

Result<SealedText> load_text(SealedVisit& visit, const SealedKind& kind,
                             bool (*is_usable)(std::string_view)) {
  if (!visit.exists(kind)) return SealedText();
  const auto held = visit.guard();
  if (!held) return fail(held.error());
  return visit.read<base::Secret>(kind, [is_usable](std::string_view plain) {
    const bool usable = is_usable == nullptr || is_usable(plain);
    return usable ? SealedText(base::Secret(std::string(plain))) : SealedText();
  });
}

Result<void> save_text(SealedVisit& visit, const SealedKind& kind, const base::Secret& text) {
  if (auto made = visit.make_directory(); !made) return made;
  const auto held = visit.guard();
  if (!held) return fail(held.error());
  return visit.write(kind, text.reveal());
}

}  // namespace

struct SealedDocumentFile::Impl {
  SealedFiles files;
  SealedKind kind;
  bool (*is_usable)(std::string_view);
};

SealedDocumentFile::SealedDocumentFile(Worker& worker, base::Clock& clock, base::Random& random,
                                       base::Log& log, std::string directory, SealedKind kind,
                                       bool (*is_usable)(std::string_view))
    : impl_(std::make_unique<Impl>(SealedFiles(worker, clock, random, log, std::move(directory)),
                                   kind, is_usable)) {}
SealedDocumentFile::~SealedDocumentFile() = default;

Task<Result<SealedText>> SealedDocumentFile::load() {
  std::function<Result<SealedText>(SealedVisit&)> work =
      [kind = impl_->kind, is_usable = impl_->is_usable](SealedVisit& visit) {
        return load_text(visit, kind, is_usable);
      };
  co_return co_await impl_->files.visit(std::move(work));
}

Task<Result<void>> SealedDocumentFile::save(base::Secret text) {
  std::function<Result<void>(SealedVisit&)> work = [kind = impl_->kind,
                                                    text = std::move(text)](SealedVisit& visit) {
    return save_text(visit, kind, text);
  };
  co_return co_await impl_->files.visit(std::move(work));
}

}  // namespace toyota2mqtt::platform
