#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rest/auth/login_throttle.hpp"
#include "rest/context.hpp"

namespace toyota2mqtt::rest {

/// One sign-in and what came of it, until it is ended or has not been renewed for refresh_life.
struct Session {
  std::string id = {};  ///< stands in tokens and in what administrators see; no secret
  Principal::Kind kind = Principal::Kind::nobody;
  std::string name = {};         ///< a user of the configuration, or a masked e-mail address
  std::string pseudonym = {};    ///< SigningKeys::pseudonym() of the name that was typed
  std::string account_key = {};  ///< of a guest
  std::string credential = {};   ///< pseudonym of an administrator's password hash
  std::string client = {};       ///< numeric address of the sign-in
  base::Time created{};
  base::Time last_used{};
  base::Time expires{};         ///< of the refresh token
  std::string refresh_id = {};  ///< the one refresh token that may still be used

  // Not stored.
  base::Time written_use{};  ///< last_used as it is stored
  bool ended = false;
  RequestWindow window = {};
};
using SessionPtr = std::shared_ptr<Session>;

/// The sessions, in memory and in the store (space "sessions", one entry each). A token holds as
/// long as its session is here, so ending a session needs no list of revoked tokens. Loop thread
/// only.
class Sessions {
 public:
  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kMostOfOne = 20;  ///< of one name

  explicit Sessions(Services& services) : services_(services) {}

  /// What makes no sense is left out and erased. Errors: storage_failed, cancelled.
  base::Task<base::Result<void>> load();
  [[nodiscard]] SessionPtr find(std::string_view id) const;
  /// By id.
  [[nodiscard]] std::vector<SessionPtr> all() const;
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }
  [[nodiscard]] bool any_of(std::string_view account_key) const;
  /// Which one has to end so that this name may have one more; nullptr: none.
  [[nodiscard]] SessionPtr surplus_of(std::string_view pseudonym) const;

  /// From now on its tokens hold. Before the first wait.
  void add(SessionPtr session);
  /// Durable when it returns. Errors: storage_failed, cancelled.
  base::Task<base::Result<void>> save(SessionPtr session);
  /// Its tokens hold no more from now on, before the first wait; what could not be erased is tried
  /// again by erase_rest(). Errors: storage_failed.
  base::Task<base::Result<void>> end(SessionPtr session);
  base::Task<void> erase_rest();

 private:
  base::Task<base::Result<void>> erase(std::string id);

  Services& services_;
  std::map<std::string, SessionPtr, std::less<>> sessions_ = {};
  std::set<std::string> unerased_ = {};
};

}  // namespace toyota2mqtt::rest
