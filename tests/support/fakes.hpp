#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/setup/set_up.hpp"
#include "toyota2mqtt/toyota/account.hpp"

/// Fakes of the ports, with named failure modes. The contract tests run the same cases against
/// these and against the real adapters.
namespace toyota2mqtt::test {

/// A server in one function. Every request is kept.
class FakeHttp final : public base::HttpClient {
 public:
  using Answer = std::function<base::Result<base::HttpResponse>(const base::HttpRequest&)>;

  explicit FakeHttp(Answer answer) : answer_(std::move(answer)) {}

  base::Task<base::Result<base::HttpResponse>> send(base::HttpRequest request) override;
  std::unique_ptr<base::HttpClient> new_session() override;

  /// While set, every send() waits for release() before it answers (a stalled server).
  void stall(bool on) { stalled_ = on; }
  /// Lets all that wait now go on.
  void release();

  std::vector<base::HttpRequest> requests;

 private:
  Answer answer_;
  bool stalled_ = false;
  std::vector<std::shared_ptr<base::Event>> waiting_;
};

class MemoryStore final : public base::Store {
 public:
  base::Task<base::Result<std::optional<std::string>>> get(std::string space,
                                                           std::string key) override;
  base::Task<base::Result<void>> put(std::string space, std::string key,
                                     std::string value) override;
  base::Task<base::Result<void>> erase(std::string space, std::string key) override;
  base::Task<base::Result<std::vector<std::pair<std::string, std::string>>>> list(
      std::string space) override;

  bool disk_full = false;  ///< put() answers storage_failed
  std::map<std::pair<std::string, std::string>, std::string> entries;
};

class MemoryTokenStore final : public toyota::TokenStore {
 public:
  base::Task<base::Result<std::unique_ptr<Lock>>> lock() override;
  base::Task<base::Result<std::optional<toyota::Tokens>>> load(std::string account_key) override;
  base::Task<base::Result<void>> save(std::string account_key, toyota::Tokens tokens) override;
  base::Task<base::Result<void>> erase(std::string account_key) override;

  bool disk_full = false;
  int saves = 0;
  std::map<std::string, toyota::Tokens> entries;
};

class MemorySetUpStore final : public setup::SetUpStore {
 public:
  base::Task<base::Result<setup::SetUp>> load() override;
  base::Task<base::Result<void>> save(setup::SetUp set_up) override;

  bool unreadable = false;  ///< load() answers storage_failed
  bool disk_full = false;   ///< save() answers storage_failed
  int saves = 0;
  setup::SetUp saved;
};

}  // namespace toyota2mqtt::test
