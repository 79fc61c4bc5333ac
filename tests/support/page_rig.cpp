#include "support/page_rig.hpp"

#include <algorithm>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::test {

namespace {

web::Request request(std::string method, const std::string& target) {
  const auto mark = target.find('?');
  return {.method = std::move(method),
          .path = target.substr(0, mark),
          .query = base::parse_form(mark == std::string::npos ? "" : target.substr(mark + 1)),
          .headers = {{.name = "Host", .value = "127.0.0.1:8099"}},
          .peer = "127.0.0.1"};
}

}  // namespace

std::string form_text(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text +=
        (text.empty() ? "" : "&") + base::percent_encode(name) + "=" + base::percent_encode(value);
  }
  return text;
}

std::string element(const std::string& page, const std::string& id) {
  const auto mark = page.find("id=\"" + id + "\"");
  if (mark == std::string::npos) return {};
  const auto begin = page.rfind('<', mark);
  const auto name = page.substr(begin + 1, page.find(' ', begin) - begin - 1);
  const auto inside = page.find('>', mark) + 1;
  return page.substr(inside, page.find("</" + name + ">", inside) - inside);
}

web::Response PageRig::get(const std::string& target, std::vector<base::HttpHeader> headers) {
  auto asked = request("GET", target);
  for (auto& header : headers) asked.headers.push_back(std::move(header));
  return ask(std::move(asked));
}

web::Request PageRig::form_request(const std::string& target, const Fields& fields) {
  auto asked = request("POST", target);
  asked.headers.push_back({.name = "Content-Type", .value = "application/x-www-form-urlencoded"});
  asked.body = form_text(fields);
  return asked;
}

web::Response PageRig::post(const std::string& target, Fields fields) {
  fields.emplace_back("csrf", csrf());
  return ask(form_request(target, fields));
}

std::string PageRig::csrf() {
  const auto form = get("/setup").body;
  const std::string mark = "name=\"csrf\" value=\"";
  const auto begin = form.find(mark) + mark.size();
  return form.substr(begin, form.find('"', begin) - begin);
}

web::Response PageRig::sign_in(const std::string& password, Fields more) {
  Fields fields{{"username", "driver@example.com"}, {"password", password}, {"brand", "toyota"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return post("/setup/account", fields);
}

base::Task<base::Result<std::string>> PageRig::hash_password(PageRig& rig, base::Secret password) {
  rig.hashed.push_back(std::move(password));
  if (rig.hash_time.count() > 0) (void)co_await base::sleep_for(rig.loop.clock, rig.hash_time);
  if (rig.hash_error) co_return std::unexpected(*rig.hash_error);
  co_return "scrypt$15$8$3$salt$hash-of-the-password";
}

}  // namespace toyota2mqtt::test
