#pragma once

#include <map>
#include <optional>
#include <string>

#include "simulator/replies.hpp"

namespace toyota2mqtt::simulator {

/// The login host: the callback conversation, authorize and the token endpoint of the realms `tme`
/// and `alliance-subaru` (docs/toyota-protocol.md, "Sign-in"). User names choose outcomes:
/// docs/simulator.md, "Users".
class SignIn {
 public:
  explicit SignIn(World& world) : world_(world) {}

  /// nullopt: the path is not the login host's.
  std::optional<Reply> handle(const Request& request);

  enum class TokenState { valid, expired, unknown };
  /// Whose access token it is.
  [[nodiscard]] TokenState check(const std::string& access, std::string& guid) const;
  /// Every access token ends now; refresh tokens too when `refresh_tokens`.
  void expire_tokens(bool refresh_tokens);
  void set_token_life(int seconds) { token_seconds_ = seconds; }
  /// Every user name with any password signs in; for replays.
  void accept_anybody(std::string guid) {
    stranger_ = {"anybody", "", "*", std::move(guid)};
    anybody_ = true;
  }
  /// A token that a recording hands out; valid as long as the simulator runs.
  void accept_token(const std::string& access, std::string guid) {
    access_[access] = {std::move(guid), base::SteadyTime::max()};
  }

 private:
  enum class Stage { locale, user, password, one_time_code };
  struct Conversation {
    std::string realm;
    Stage stage = Stage::locale;
    std::string user;
    base::SteadyTime begun;
  };
  struct Code {
    std::string realm;
    std::string guid;
    std::string challenge;
    bool s256 = false;
    std::string redirect;
  };
  struct Access {
    std::string guid;
    base::SteadyTime ends;
  };
  struct Refresh {
    std::string guid;
    std::string realm;
  };

  Reply authenticate(const Request& request, const std::string& realm);
  Reply go_on(const Json& sent, const std::string& id, Conversation conversation);
  Reply after_user(Conversation conversation, const std::string& name);
  Reply after_password(Conversation conversation, const std::string& password);
  Reply ask(Conversation conversation);
  Reply signed_in(const Conversation& conversation, const User& user);
  Reply authorize(const Request& request, const std::string& realm);
  Reply token(const Request& request, const std::string& realm);
  Reply redeem(const std::map<std::string, std::string>& form, const std::string& realm);
  Reply renew(const std::map<std::string, std::string>& form, const std::string& realm);
  Reply tokens(const std::string& guid, const std::string& realm);
  Reply with_cookies(const Request& request, Reply reply);
  std::string jwt(const Json& claims, const char* algorithm);
  std::string new_auth_id(const Conversation& conversation);
  [[nodiscard]] const User* find_user(const std::string& name) const;

  World& world_;
  std::optional<int> token_seconds_;
  bool anybody_ = false;
  User stranger_;
  std::map<std::string, Conversation> conversations_;  // by authId
  std::map<std::string, std::string> sessions_;        // iPlanetDirectoryPro -> guid
  std::map<std::string, Code> codes_;
  std::map<std::string, Access> access_;
  std::map<std::string, Refresh> refresh_;
};

/// The value of one cookie in the Cookie headers.
std::optional<std::string> cookie(const Request& request, std::string_view name);

}  // namespace toyota2mqtt::simulator
