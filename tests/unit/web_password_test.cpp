#include <string>

#include "support/page_rig.hpp"

// The page that makes an entry of web.users.
namespace toyota2mqtt::web {
namespace {

const test::Fields kNewUser{
    {"name", " anna "}, {"password", "correct horse"}, {"again", "correct horse"}};

test::Fields new_user(const std::string& name, const std::string& password,
                      const std::string& again) {
  return {{"name", name}, {"password", password}, {"again", again}};
}

/// As Home Assistant's gateway sends it.
Response post_through_gateway(test::PageRig& rig, test::Fields fields) {
  Request form{.method = "GET", .path = "/password", .query = {}, .peer = "172.30.32.2"};
  const auto page = rig.ask(form).body;
  const std::string mark = "name=\"csrf\" value=\"";
  const auto begin = page.find(mark) + mark.size();
  fields.emplace_back("csrf", page.substr(begin, page.find('"', begin) - begin));
  auto asked = rig.form_request("/password", fields);
  asked.peer = "172.30.32.2";
  return rig.ask(std::move(asked));
}

}  // namespace

TEST_CASE("the page makes the entry of a user for the configuration, and shows no password") {
  test::PageRig rig;
  const auto form = rig.get("/password").body;
  for (const auto* field : {"name=\"name\"", "name=\"password\"", "name=\"again\""}) {
    CHECK(form.contains(field));
  }
  const auto made = rig.post("/password", kNewUser);
  CHECK(made.status == 200);
  CHECK(test::element(made.body, "entry") ==
        "&quot;anna:scrypt$15$8$3$salt$hash-of-the-password&quot;");
  CHECK(made.body.contains("web.users"));
  CHECK_FALSE(made.body.contains("correct horse"));
  REQUIRE(rig.hashed.size() == 1);
  CHECK(rig.hashed[0].reveal() == "correct horse");
}

TEST_CASE("inside the app the entry is as the options take it") {
  test::PageRig rig(Place::app);
  const auto made = post_through_gateway(rig, kNewUser);
  CHECK(made.status == 200);
  CHECK(test::element(made.body, "entry") == "anna:scrypt$15$8$3$salt$hash-of-the-password");
  CHECK(made.body.contains("restart the app"));
}

TEST_CASE("what cannot be an entry is refused with a reason, and nothing is hashed") {
  test::PageRig rig;
  const std::string good = "correct horse";
  for (const auto& fields :
       {new_user("", good, good), new_user("an:na", good, good), new_user(" ", good, good),
        new_user("anna", "too short", "too short"), new_user("anna", "", ""),
        new_user("anna", "tab\tin the middle", "tab\tin the middle"),
        new_user("anna", std::string(501, 'x'), std::string(501, 'x')),
        new_user("anna", good, "correct house"), new_user(std::string(101, 'a'), good, good)}) {
    const auto refused = rig.post("/password", fields);
    CHECK(refused.status == 422);
    CHECK_FALSE(test::element(refused.body, "problem").empty());
    CHECK_FALSE(test::element(refused.body, "remedy").empty());
    CHECK(test::element(refused.body, "entry").empty());
  }
  CHECK(rig.hashed.empty());
  const auto hostile = rig.post("/password", new_user("<script>", good, good)).body;
  CHECK(hostile.contains("&lt;script&gt;"));
  CHECK_FALSE(hostile.contains("<script>"));
}

TEST_CASE("one hash is made at a time, and one that fails is said") {
  test::PageRig rig;
  rig.hash_time = std::chrono::seconds(1);
  auto fields = kNewUser;
  fields.emplace_back("csrf", rig.csrf());
  Response first;
  rig.loop.tasks.spawn(
      "first", [](test::PageRig& with, test::Fields typed, Response& into) -> base::Task<void> {
        into = co_await with.page.handle(with.form_request("/password", typed));
      }(rig, fields, first));
  rig.loop.settle();
  CHECK(rig.post("/password", kNewUser).status == 422);
  CHECK(rig.hashed.size() == 1);
  rig.loop.advance(std::chrono::seconds(2));
  CHECK(first.status == 200);

  rig.hash_error = base::Error{.code = base::ErrorCode::cancelled, .message = "ending"};
  const auto failed = rig.post("/password", kNewUser);
  CHECK(failed.status == 422);
  CHECK_FALSE(test::element(failed.body, "problem").empty());
  rig.hash_error.reset();
  CHECK(rig.post("/password", kNewUser).status == 200);
}

}  // namespace toyota2mqtt::web
