#include "toyota2mqtt/platform/sealed_store.hpp"

#include <span>
#include <utility>
#include <vector>

#include "platform/sealed_files.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::platform {

using base::fail;
using base::Result;
using base::Task;

namespace {

using SealedEntries = std::vector<std::pair<std::string, std::string>>;

/// Binds a value to its place, so that one cannot be put in the place of another.
std::string header_of(const std::string& space, const std::string& key) {
  return "toyota2mqtt-value 1\n" + space + "\n" + key + "\n";
}

std::string to_stored(std::string_view header, const std::string& sealed) {
  const auto hidden = std::string_view(sealed).substr(header.size());
  return base::base64url(
      std::span(reinterpret_cast<const std::uint8_t*>(hidden.data()), hidden.size()));
}

std::optional<std::string> from_stored(const std::string& header, const std::string& stored) {
  auto hidden = base::base64_decode(stored);
  if (!hidden) return std::nullopt;
  return header + *hidden;
}

}  // namespace

struct SealedStore::Impl {
  base::Store& inner;
  SealedFiles files;

  Task<Result<std::optional<std::string>>> open(std::string header, std::string stored);
};

Task<Result<std::optional<std::string>>> SealedStore::Impl::open(std::string header,
                                                                 std::string stored) {
  using Opened = std::optional<std::string>;
  std::function<Result<Opened>(SealedVisit&)> work =
      [header = std::move(header), stored = std::move(stored)](SealedVisit& visit) {
        const auto sealed = from_stored(header, stored);
        return sealed ? visit.open_text(header, *sealed) : Result<Opened>(Opened());
      };
  co_return co_await files.visit(std::move(work));
}

SealedStore::SealedStore(base::Store& inner, Worker& worker, base::Clock& clock,
                         base::Random& random, base::Log& log, std::string directory)
    : impl_(std::make_unique<Impl>(
          inner, SealedFiles(worker, clock, random, log, std::move(directory)))) {}
SealedStore::~SealedStore() = default;

Task<Result<std::optional<std::string>>> SealedStore::get(std::string space, std::string key) {
  auto header = header_of(space, key);
  auto stored = co_await impl_->inner.get(std::move(space), std::move(key));
  if (!stored || !*stored) co_return stored;
  co_return co_await impl_->open(std::move(header), std::move(**stored));
}

Task<Result<void>> SealedStore::put(std::string space, std::string key, std::string value) {
  const auto header = header_of(space, key);
  std::function<Result<std::string>(SealedVisit&)> work =
      [header, value = std::move(value)](SealedVisit& visit) {
        return visit.seal_text(header, value);
      };
  auto sealed = co_await impl_->files.visit(std::move(work));
  if (!sealed) co_return fail(sealed.error());
  co_return co_await impl_->inner.put(std::move(space), std::move(key), to_stored(header, *sealed));
}

Task<Result<void>> SealedStore::erase(std::string space, std::string key) {
  co_return co_await impl_->inner.erase(std::move(space), std::move(key));
}

Task<Result<SealedEntries>> SealedStore::list(std::string space) {
  auto stored = co_await impl_->inner.list(space);
  if (!stored) co_return fail(stored.error());
  SealedEntries opened;
  for (auto& [key, text] : *stored) {
    auto value = co_await impl_->open(header_of(space, key), std::move(text));
    if (!value) co_return fail(value.error());
    if (*value) opened.emplace_back(key, std::move(**value));
  }
  co_return opened;
}

}  // namespace toyota2mqtt::platform
