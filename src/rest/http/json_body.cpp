#include "rest/http/json_body.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::rest {

namespace {

/// Looks at a document while it is parsed, so that a hostile one is given up before it is built.
class Watch {
 public:
  bool operator()(int depth, json_io::Json::parse_event_t event, json_io::Json& value) {
    using Event = json_io::Json::parse_event_t;
    const bool begins = event == Event::object_start || event == Event::array_start;
    if (begins && depth >= JsonBody::kDeepest) too_deep_ = true;
    if (event == Event::object_start) names_.emplace_back();
    if (event == Event::object_end) names_.pop_back();
    if (event == Event::key) {
      repeated_ |= !names_.back().insert(value.get<std::string>()).second;
    }
    return !too_deep_;
  }
  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] bool repeated() const { return repeated_; }

 private:
  std::vector<std::set<std::string>> names_;
  bool too_deep_ = false;
  bool repeated_ = false;
};

Problem wrong_member(std::string_view name, std::string_view expected) {
  return bad_request("\"" + std::string(name) + "\" must be " + std::string(expected) + ".");
}

std::string names_of(std::initializer_list<std::string_view> members) {
  std::string names;
  for (const auto name : members) names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

}  // namespace

bool says_json(const Request& request) {
  const auto type = request.header("Content-Type");
  if (!type) return false;
  std::string text;
  for (const char letter : *type) {
    if (letter != ' ' && letter != '\t' && letter != '"') text += base::to_lower(letter);
  }
  return text == "application/json" || text == "application/json;charset=utf-8";
}

std::expected<JsonBody, Problem> JsonBody::read(const Request& request,
                                                std::initializer_list<std::string_view> members) {
  if (request.body.size() > kLargest) {
    return std::unexpected(too_large("A body has at most 16 KiB."));
  }
  if (!says_json(request)) return std::unexpected(unsupported_media_type());
  Watch watch;
  const auto look = [&watch](int depth, json_io::Json::parse_event_t event, json_io::Json& value) {
    return watch(depth, event, value);
  };
  auto object = json_io::Json::parse(request.body, look, false);
  if (watch.too_deep()) return std::unexpected(bad_request("The JSON is nested too deep."));
  if (object.is_discarded()) return std::unexpected(bad_request("The body is no JSON."));
  if (!object.is_object()) return std::unexpected(bad_request("The body is no JSON object."));
  if (watch.repeated()) return std::unexpected(bad_request("A member stands there twice."));
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(members, name) == members.end()) {
      return std::unexpected(
          bad_request("There is an unknown member; known are: " + names_of(members) + "."));
    }
  }
  return JsonBody(std::move(object));
}

const json_io::Json* JsonBody::member(std::string_view name) const {
  const auto* found = json_io::member(object_, name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::expected<std::string, Problem> JsonBody::text(std::string_view name,
                                                   std::size_t longest) const {
  auto found = optional_text(name, longest);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return std::unexpected(wrong_member(name, "there"));
  return std::move(**found);
}

std::expected<std::string, Problem> JsonBody::password() const {
  const auto* found = member("password");
  if (found == nullptr) return std::unexpected(wrong_member("password", "there"));
  if (found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    if (base::check_password(text)) return text;
  }
  return std::unexpected(wrong_member("password", base::kPasswordRule));
}

std::expected<vehicle::Brand, Problem> JsonBody::brand() const {
  constexpr std::size_t kLongestBrand = 10;
  const auto word = optional_text("brand", kLongestBrand);
  if (!word) return std::unexpected(word.error());
  if (!*word) return vehicle::Brand::toyota;
  if (const auto brand = vehicle::parse_brand(**word)) return *brand;
  return std::unexpected(wrong_member("brand", "toyota, lexus or subaru"));
}

std::expected<std::optional<std::string>, Problem> JsonBody::optional_text(
    std::string_view name, std::size_t longest) const {
  const auto* found = member(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    if (!text.empty() && text.size() <= longest && base::is_plain_line(text)) return text;
  }
  return std::unexpected(wrong_member(
      name, "a text of 1 to " + std::to_string(longest) + " bytes without control characters"));
}

std::expected<std::optional<bool>, Problem> JsonBody::optional_flag(std::string_view name) const {
  const auto* found = member(name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_boolean()) return std::unexpected(wrong_member(name, "true or false"));
  return found->get<bool>();
}

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Response json_response(int status, const Json& body) {
  return {.status = status,
          .headers = {{.name = "Content-Type", .value = "application/json"}},
          .body = json_io::to_text(body)};
}

}  // namespace toyota2mqtt::rest
