#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/answers.hpp"
#include "support/fake_owner_actions.hpp"
#include "support/loop.hpp"
#include "toyota2mqtt/web/page.hpp"

namespace toyota2mqtt::test {

using Fields = std::vector<std::pair<std::string, std::string>>;
std::string form_text(const Fields& fields);
/// The text between the tags of the element with that id; empty when there is none.
std::string element(const std::string& page, const std::string& id);

/// The page with a fake actions, as a browser on the same machine sees it.
class PageRig {
 public:
  explicit PageRig(web::Place place = web::Place::machine)
      : actions(loop.clock.now()),
        page(actions, loop.clock, loop.random, place,
             [this](base::Secret password) { return hash_password(*this, std::move(password)); }) {}

  web::Response ask(web::Request request) { return loop.run(page.handle(std::move(request))); }
  /// `target` may have a query.
  web::Response get(const std::string& target, std::vector<base::HttpHeader> headers = {});
  /// Sends the form with the page's own token.
  web::Response post(const std::string& target, Fields fields);
  /// A request of the form kind, to be changed before it is sent.
  web::Request form_request(const std::string& target, const Fields& fields);
  /// The token as a page's form holds it.
  std::string csrf();
  /// What a browser would do with username, password and brand.
  web::Response sign_in(const std::string& password = "secret-password", Fields more = {});

  TestLoop loop;
  FakeOwnerActions actions;
  std::vector<base::Secret> hashed = {};       ///< the passwords that the page had hashed
  std::optional<base::Error> hash_error = {};  ///< set: no hash is made
  std::chrono::milliseconds hash_time{0};
  web::Page page;

 private:
  static base::Task<base::Result<std::string>> hash_password(PageRig& rig, base::Secret password);
};

}  // namespace toyota2mqtt::test
