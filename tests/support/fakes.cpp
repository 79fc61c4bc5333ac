#include "support/fakes.hpp"

#include <utility>

namespace toyota2mqtt::test {

namespace {

// The cookies of a session are not this fake's business: it only hands the requests on.
class Session final : public base::HttpClient {
 public:
  explicit Session(base::HttpClient& parent) : parent_(parent) {}
  base::Task<base::Result<base::HttpResponse>> send(base::HttpRequest request) override {
    return parent_.send(std::move(request));
  }
  std::unique_ptr<base::HttpClient> new_session() override {
    return std::make_unique<Session>(parent_);
  }

 private:
  base::HttpClient& parent_;
};

class NoLock final : public toyota::TokenStore::Lock {};

}  // namespace

base::Task<base::Result<base::HttpResponse>> FakeHttp::send(base::HttpRequest request) {
  requests.push_back(request);
  if (stalled_) {
    const auto released = std::make_shared<base::Event>();
    waiting_.push_back(released);
    if (auto woken = co_await released->wait(); !woken) co_return base::fail(woken.error());
  }
  co_return answer_(request);
}

void FakeHttp::release() {
  for (const auto& released : std::exchange(waiting_, {})) released->notify();
}

std::unique_ptr<base::HttpClient> FakeHttp::new_session() {
  return std::make_unique<Session>(*this);
}

base::Task<base::Result<std::optional<std::string>>> MemoryStore::get(std::string space,
                                                                      std::string key) {
  const auto found = entries.find({space, key});
  if (found == entries.end()) co_return std::optional<std::string>();
  co_return std::optional(found->second);
}

base::Task<base::Result<void>> MemoryStore::put(std::string space, std::string key,
                                                std::string value) {
  if (disk_full) co_return base::fail(base::ErrorCode::storage_failed, "the disk is full");
  entries[{space, key}] = value;
  co_return base::Result<void>();
}

base::Task<base::Result<void>> MemoryStore::erase(std::string space, std::string key) {
  entries.erase({space, key});
  co_return base::Result<void>();
}

base::Task<base::Result<std::vector<std::pair<std::string, std::string>>>> MemoryStore::list(
    std::string space) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [key, value] : entries) {
    if (key.first == space) found.emplace_back(key.second, value);
  }
  co_return found;
}

base::Task<base::Result<std::unique_ptr<toyota::TokenStore::Lock>>> MemoryTokenStore::lock() {
  co_return std::unique_ptr<Lock>(std::make_unique<NoLock>());
}

base::Task<base::Result<std::optional<toyota::Tokens>>> MemoryTokenStore::load(
    std::string account_key) {
  const auto found = entries.find(account_key);
  if (found == entries.end()) co_return std::optional<toyota::Tokens>();
  co_return std::optional(found->second);
}

base::Task<base::Result<void>> MemoryTokenStore::save(std::string account_key,
                                                      toyota::Tokens tokens) {
  if (disk_full) co_return base::fail(base::ErrorCode::storage_failed, "the disk is full");
  ++saves;
  entries[account_key] = tokens;
  co_return base::Result<void>();
}

base::Task<base::Result<void>> MemoryTokenStore::erase(std::string account_key) {
  entries.erase(account_key);
  co_return base::Result<void>();
}

base::Task<base::Result<setup::SetUp>> MemorySetUpStore::load() {
  if (unreadable) co_return base::fail(base::ErrorCode::storage_failed, "the disk cannot be read");
  co_return saved;
}

base::Task<base::Result<void>> MemorySetUpStore::save(setup::SetUp set_up) {
  if (disk_full) co_return base::fail(base::ErrorCode::storage_failed, "the disk is full");
  ++saves;
  saved = std::move(set_up);
  co_return base::Result<void>();
}

}  // namespace toyota2mqtt::test
