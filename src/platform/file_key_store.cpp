#include "toyota2mqtt/platform/file_key_store.hpp"

#include <utility>

#include "platform/sealed_files.hpp"

namespace toyota2mqtt::platform {

using base::fail;
using base::Result;
using base::Task;
using Text = std::optional<base::Secret>;

namespace {

constexpr SealedKind kKeys = {.name = "web_keys",
                              .header = "toyota2mqtt-web-keys 1\n",
                              .loss = "who uses the REST interface has to sign in again"};

Text decode(std::string_view plain) { return base::Secret(std::string(plain)); }

Result<Text> load_text(SealedVisit& files) {
  if (!files.exists(kKeys)) return Text();
  const auto held = files.guard();
  if (!held) return fail(held.error());
  return files.read<base::Secret>(kKeys, &decode);
}

Result<void> save_text(SealedVisit& files, const base::Secret& text) {
  if (auto made = files.make_directory(); !made) return made;
  const auto held = files.guard();
  if (!held) return fail(held.error());
  return files.write(kKeys, text.reveal());
}

}  // namespace

struct FileKeyStore::Impl {
  SealedFiles files;
};

FileKeyStore::FileKeyStore(Worker& worker, base::Clock& clock, base::Random& random, base::Log& log,
                           std::string directory)
    : impl_(std::make_unique<Impl>(SealedFiles(worker, clock, random, log, std::move(directory)))) {
}
FileKeyStore::~FileKeyStore() = default;

Task<Result<Text>> FileKeyStore::load() {
  std::function<Result<Text>(SealedVisit&)> work = &load_text;
  co_return co_await impl_->files.visit(std::move(work));
}

Task<Result<void>> FileKeyStore::save(base::Secret text) {
  std::function<Result<void>(SealedVisit&)> work = [text = std::move(text)](SealedVisit& files) {
    return save_text(files, text);
  };
  co_return co_await impl_->files.visit(std::move(work));
}

}  // namespace toyota2mqtt::platform
