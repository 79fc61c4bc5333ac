#pragma once

#include "support/catch.hpp"
#include "support/toyota_rig.hpp"

namespace toyota2mqtt {

using base::ErrorCode;
using namespace std::chrono_literals;
using test::http_answer;

struct AccountRig : test::ToyotaRig {
  AccountRig() { renew_account(); }
  /// As a new start of the process: nothing but the stores remains.
  void renew_account() {
    account = std::make_unique<toyota::Account>(services(), endpoints, credentials());
  }
  base::Result<toyota::Tokens> tokens_now() { return loop.run(account->tokens()); }
  base::Result<toyota::Tokens> replace(const toyota::Tokens& rejected) {
    return loop.run(account->replace(rejected));
  }
  [[nodiscard]] std::string stored_refresh() {
    const auto found = tokens.entries.find(key());
    return found == tokens.entries.end() ? "" : found->second.refresh.reveal();
  }
  [[nodiscard]] std::size_t requests() const { return http.requests.size(); }
  /// What the store holds about the account; `kind` is rejection or posts.
  [[nodiscard]] nlohmann::json remembered(const std::string& kind) const {
    for (const auto& [place, text] : store.entries) {
      if (place.first == "account" && place.second.starts_with(kind + ":")) {
        return nlohmann::json::parse(text, nullptr, false);
      }
    }
    return {};
  }

  std::unique_ptr<toyota::Account> account;
};

}  // namespace toyota2mqtt
