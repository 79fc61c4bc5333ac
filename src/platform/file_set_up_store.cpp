#include "toyota2mqtt/platform/file_set_up_store.hpp"

#include <utility>

#include "platform/sealed_files.hpp"
#include "platform/set_up_file.hpp"

namespace toyota2mqtt::platform {

using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr SealedKind kSetUp = {
    .name = "set_up",
    .header = kSetUpHeader,
    .loss = "the accounts, cars and ABRP tokens entered on the page have to be entered again"};

Result<setup::SetUp> load_all(SealedVisit& files) {
  if (!files.exists(kSetUp)) return setup::SetUp();
  const auto held = files.guard();
  if (!held) return fail(held.error());
  auto set_up = files.read<setup::SetUp>(kSetUp, &decode_set_up);
  if (!set_up) return fail(set_up.error());
  return std::move(*set_up).value_or(setup::SetUp());
}

Result<void> save_all(SealedVisit& files, const setup::SetUp& set_up) {
  if (auto made = files.make_directory(); !made) return made;
  const auto held = files.guard();
  if (!held) return fail(held.error());
  return files.write(kSetUp, encode_set_up(set_up));
}

}  // namespace

struct FileSetUpStore::Impl {
  SealedFiles files;
};

FileSetUpStore::FileSetUpStore(Worker& worker, base::Clock& clock, base::Random& random,
                               base::Log& log, std::string directory)
    : impl_(std::make_unique<Impl>(SealedFiles(worker, clock, random, log, std::move(directory)))) {
}
FileSetUpStore::~FileSetUpStore() = default;

Task<Result<setup::SetUp>> FileSetUpStore::load() {
  std::function<Result<setup::SetUp>(SealedVisit&)> work = &load_all;
  co_return co_await impl_->files.visit(std::move(work));
}

Task<Result<void>> FileSetUpStore::save(setup::SetUp set_up) {
  std::function<Result<void>(SealedVisit&)> work =
      [set_up = std::move(set_up)](SealedVisit& files) { return save_all(files, set_up); };
  co_return co_await impl_->files.visit(std::move(work));
}

}  // namespace toyota2mqtt::platform
