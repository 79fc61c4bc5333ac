#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "config/reader.hpp"
#include "config/values.hpp"
#include "toyota2mqtt/base/password_hash.hpp"

/// The part of Reader that reads lists inside a section.
namespace toyota2mqtt::config {
namespace {

constexpr std::size_t kMostDurations = 5;
constexpr std::size_t kMostTexts = 32;

bool is_list_of(const Element& node, std::size_t most) {
  return node.kind == Element::Kind::list && node.children.size() <= most;
}

/// What was expected instead of the text; empty: it is a hash that can be used.
std::string check_password_hash(std::string_view text) {
  const auto hash = base::parse_scrypt_hash(text);
  return hash ? std::string() : hash.error();
}

}  // namespace

void Reader::read_durations(const Field& field, const std::string& path, const Element& node,
                            Target& target) {
  draft_.places[path] = node.place;
  auto& list = std::get<Member<Durations>>(field.storage)(target);
  const Durations standard = std::exchange(list, {});
  if (node.kind != Element::Kind::list || node.children.size() > kMostDurations) {
    problems_.add(node.place, path, found_text(node, field.privacy), kind_of(field));
    list = standard;
    return;
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Element& child = node.children[i];
    const auto item = item_path(path, i);
    if (child.kind != Element::Kind::scalar) {
      problems_.add(child.place, item, found_text(child, field.privacy), "a duration such as 15m");
      continue;
    }
    std::string text = child.text;
    auto expected = field.check == nullptr ? std::string() : field.check(text);
    if (expected.empty() && !store_text(field, text, target)) {
      expected = "a duration such as 15m";
    }
    if (!expected.empty()) {
      problems_.add(child.place, item, found_text(child, field.privacy), expected);
    }
  }
}

void Reader::read_words(const Field& field, const WordList& list, const std::string& path,
                        const Element& node, Target& target) {
  if (node.kind != Element::Kind::list) {
    problems_.add(node.place, path, found_text(node, field.privacy), kind_of(field));
    return;
  }
  std::set<std::size_t> chosen;
  bool good = true;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Element& item = node.children[i];
    const auto word = std::ranges::find(list.words, item.text);
    const bool known = item.kind == Element::Kind::scalar && word != list.words.end();
    if (known && chosen.insert(static_cast<std::size_t>(word - list.words.begin())).second) {
      continue;
    }
    good = false;
    problems_.add(item.place, item_path(path, i),
                  known ? "this word a second time" : found_text(item, field.privacy),
                  known ? "each word once" : kind_of(field),
                  known ? std::string() : nearest_of(item.text, list.words));
  }
  // A list with a mistake allows nothing new: the default stays, and the problem stops the start.
  if (good) list.set(target, {chosen.begin(), chosen.end()});
}

void Reader::read_texts(const Field& field, const std::string& path, const Element& node,
                        Target& target) {
  if (!is_list_of(node, kMostTexts)) {
    problems_.add(node.place, path, found_text(node, field.privacy),
                  fmt::format("{} (at most {})", kind_of(field), kMostTexts));
    return;
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Element& child = node.children[i];
    std::string text = child.text;
    std::string expected = child.kind == Element::Kind::scalar ? std::string() : "a text";
    if (expected.empty() && field.check != nullptr) expected = field.check(text);
    if (expected.empty()) {
      store_text(field, text, target);
    } else {
      problems_.add(child.place, item_path(path, i), found_text(child, field.privacy), expected);
    }
  }
}

void Reader::read_users(const Field& field, const std::string& path, const Element& node,
                        Target& target) {
  if (!is_list_of(node, kMostTexts)) {
    problems_.add(node.place, path, found_text(node, Privacy::secret),
                  fmt::format("{} (at most {})", kind_of(field), kMostTexts));
    return;
  }
  auto& users = std::get<Member<Users>>(field.storage)(target);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const auto item = item_path(path, i);
    draft_.places[item] = node.children[i].place;
    if (auto user = read_user(item, node.children[i])) users.push_back(std::move(*user));
  }
}

std::optional<rest::User> Reader::read_user(const std::string& path, const Element& node) {
  draft_.secret_in_file = true;
  if (node.kind == Element::Kind::map) return read_user_entry(path, node);
  const auto colon = node.text.find(':');
  if (node.kind != Element::Kind::scalar || colon == std::string::npos) {
    problems_.add(node.place, path, found_text(node, Privacy::secret),
                  "name and password_hash, or a text name:hash");
    return std::nullopt;
  }
  rest::User user{.name = node.text.substr(0, colon), .password_hash = node.text.substr(colon + 1)};
  auto expected = check_user_name(user.name);
  if (expected.empty()) expected = check_password_hash(user.password_hash);
  if (expected.empty()) return user;
  problems_.add(node.place, path, "a text (not shown)", expected);
  return std::nullopt;
}

std::optional<rest::User> Reader::read_user_entry(const std::string& path, const Element& node) {
  rest::User user;
  bool good = true;
  const auto refuse = [&](Place place, const std::string& key, std::string found,
                          std::string expected) {
    problems_.add(place, join_path(path, key), std::move(found), std::move(expected));
    good = false;
  };
  for (const Element& child : node.children) {
    const bool name = child.key == "name";
    if (!name && child.key != "password_hash") {
      const bool shape = is_key_shaped(child.key);
      refuse(child.key_place, shape ? child.key : std::string(), "an unknown key",
             "name and password_hash");
      continue;
    }
    std::string text = child.text;
    auto expected = child.kind != Element::Kind::scalar ? std::string("a text")
                    : name                              ? check_user_name(text)
                                                        : check_password_hash(text);
    if (!expected.empty()) {
      refuse(child.place, child.key, found_text(child, Privacy::secret), std::move(expected));
    }
    (name ? user.name : user.password_hash) = std::move(text);
  }
  for (const auto* key : {"name", "password_hash"}) {
    const bool there = std::ranges::find(node.children, key, &Element::key) != node.children.end();
    if (!there) refuse(node.place, key, "nothing", "name and password_hash");
  }
  return good ? std::optional(std::move(user)) : std::nullopt;
}

}  // namespace toyota2mqtt::config
