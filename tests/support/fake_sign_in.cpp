#include "support/fake_sign_in.hpp"

#include <fmt/format.h>

#include <utility>

namespace toyota2mqtt::test {

using base::Result;
using base::Task;

namespace {

base::Error full_disk() {
  return {.code = base::ErrorCode::storage_failed, .message = "the disk is full"};
}

}  // namespace

Task<Result<std::string>> FakeHasher::hash(base::Secret password) {
  co_return "fake:" + password.reveal();
}

Task<Result<bool>> FakeHasher::matches(base::Secret password, std::string hash) {
  if (clock != nullptr) (void)co_await base::sleep_for(*clock, std::chrono::seconds(1));
  asked.push_back(hash);
  if (error) co_return base::fail(*error);
  if (meanwhile) co_await std::exchange(meanwhile, {})();
  co_return hash == "fake:" + password.reveal();
}

Task<Result<rest::Guest>> FakeGuests::sign_in(std::string username, base::Secret password,
                                              vehicle::Brand brand) {
  asked.push_back(username);
  brands.push_back(brand);
  if (error) co_return base::fail(*error);
  const auto known = passwords.find(username);
  if (known == passwords.end() || known->second != password.reveal()) {
    co_return base::fail(base::ErrorCode::credentials_rejected,
                         "The cloud rejected the e-mail address or the password");
  }
  co_return rest::Guest{.account_key = "key-" + username.substr(0, username.find('@')),
                        .masked = username.substr(0, 1) + "…@…"};
}

Task<Result<void>> FakeGuests::resume(std::string account_key) {
  resumed.push_back(std::move(account_key));
  if (tokens_lost) co_return base::fail(base::ErrorCode::action_required, "sign in again");
  co_return Result<void>();
}

Task<void> FakeGuests::leave(std::string account_key) {
  left.push_back(std::move(account_key));
  co_return;
}

Task<Result<std::optional<base::Secret>>> MemoryKeyStore::load() {
  if (broken) co_return base::fail(full_disk());
  if (!saved) co_return std::optional<base::Secret>();
  co_return std::optional(base::Secret(*saved));
}

Task<Result<void>> MemoryKeyStore::save(base::Secret text) {
  if (disk_full) co_return base::fail(full_disk());
  ++saves;
  saved = text.reveal();
  co_return Result<void>();
}

std::string PlainMetricsWriter::write(const std::vector<base::MetricFamily>& families) {
  last = families;
  std::string text;
  for (const auto& family : families) {
    for (const auto& sample : family.samples) {
      std::string labels;
      for (const auto& [name, value] : sample.labels) {
        labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", name, value);
      }
      const auto value = family.type == base::MetricType::histogram
                             ? static_cast<double>(sample.count)
                             : sample.value;
      text += fmt::format("{}{{{}}} {}\n", family.name, labels, value);
    }
  }
  return text;
}

}  // namespace toyota2mqtt::test
