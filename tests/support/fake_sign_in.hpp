#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/metrics.hpp"
#include "toyota2mqtt/base/password_hash.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/rest/sign_in.hpp"

/// Fakes of the ports behind signing in to the REST interface.
namespace toyota2mqtt::test {

/// The hash of a password is `fake:<password>`; nothing is slow.
class FakeHasher final : public base::PasswordHasher {
 public:
  base::Task<base::Result<std::string>> hash(base::Secret password) override;
  base::Task<base::Result<bool>> matches(base::Secret password, std::string hash) override;

  std::vector<std::string> asked;  ///< the hashes that passwords were compared with
  base::Clock* clock = nullptr;    ///< set: a comparison takes a second
  std::optional<base::Error> error = {};
  std::function<base::Task<void>()> meanwhile = {};  ///< once, while a password is looked at
};

/// The Toyota accounts of this map may sign in; their key is `key-<part before the @>`.
class FakeGuests final : public rest::Guests {
 public:
  base::Task<base::Result<rest::Guest>> sign_in(std::string username, base::Secret password,
                                                vehicle::Brand brand) override;
  base::Task<base::Result<void>> resume(std::string account_key) override;
  base::Task<void> leave(std::string account_key) override;
  [[nodiscard]] std::vector<rest::GuestView> list() const override { return views; }

  std::vector<rest::GuestView> views;            ///< what list() answers
  std::map<std::string, std::string> passwords;  ///< by e-mail address
  std::optional<base::Error> error = {};         ///< every sign-in meets it
  bool tokens_lost = false;                      ///< resume() answers action_required
  std::vector<std::string> asked;                ///< user names of sign-ins
  std::vector<vehicle::Brand> brands;
  std::vector<std::string> resumed;
  std::vector<std::string> left;
};

class MemoryKeyStore final : public base::SealedDocument {
 public:
  base::Task<base::Result<std::optional<base::Secret>>> load() override;
  base::Task<base::Result<void>> save(base::Secret text) override;

  bool broken = false;  ///< load() answers storage_failed
  bool disk_full = false;
  int saves = 0;
  std::optional<std::string> saved = {};
};

/// `name{label="value",…} value`, one line for each sample.
class PlainMetricsWriter {
 public:
  std::string write(const std::vector<base::MetricFamily>& families);
  std::vector<base::MetricFamily> last;  ///< what was written last
};

}  // namespace toyota2mqtt::test
