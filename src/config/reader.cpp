#include "config/reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "config/document.hpp"
#include "config/values.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::config {
namespace {

constexpr std::size_t kMaxEntries = 64;

/// The add-on's form stores an empty text for what was not filled in.
bool is_unset(const Element& node) {
  return node.kind == Element::Kind::null ||
         (node.kind == Element::Kind::scalar && node.text.empty());
}

const Element* child_of(const Element* map, std::string_view key) {
  if (map == nullptr) return nullptr;
  const auto found = std::ranges::find(map->children, key, &Element::key);
  return found == map->children.end() || is_unset(*found) ? nullptr : &*found;
}

/// Puts the text where the field belongs; false when it does not fit the field's kind.
struct Setter {
  Target& target;
  const std::string& text;

  bool operator()(Member<std::string> member) const {
    member(target) = text;
    return true;
  }
  bool operator()(Member<bool> member) const {
    member(target) = text == "true";
    return text == "true" || text == "false";
  }
  bool operator()(Member<std::uint16_t> member) const {
    std::uint16_t value = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc{} || result.ptr != end || value == 0) return false;
    if (text.front() == '0') return false;  // YAML's octal numbers
    member(target) = value;
    return true;
  }
  bool operator()(Member<std::chrono::seconds> member) const {
    const auto duration = parse_duration(text);
    if (duration) member(target) = *duration;
    return duration.has_value();
  }
  /// Adds to the list: called once for each of its entries.
  bool operator()(Member<Durations> member) const {
    const auto duration = parse_duration(text);
    if (duration) member(target).push_back(*duration);
    return duration.has_value();
  }
  bool operator()(const Count& count) const {
    std::uint16_t value = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc{} || result.ptr != end || value > count.most) return false;
    if (text.size() > 1 && text.front() == '0') return false;  // YAML's octal numbers
    count.member(target) = value;
    return true;
  }
  bool operator()(const Decimal& decimal) const {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (result.ec != std::errc{} || result.ptr != end) return false;
    // Comparisons that a NaN does not pass.
    if (!(value >= 0 && value <= decimal.most) || (value == 0 && !decimal.may_be_zero))
      return false;
    decimal.member(target) = value;
    return true;
  }
  bool operator()(Member<base::Secret> member) const {
    member(target) = base::Secret(text);
    return true;
  }
  bool operator()(Member<std::optional<base::Vin>> member) const {
    member(target) = base::Vin::parse(text);
    return member(target).has_value();
  }
  bool operator()(const Choice& choice) const {
    const auto word = std::ranges::find(choice.words, text);
    if (word == choice.words.end()) return false;
    choice.set(target, static_cast<std::size_t>(word - choice.words.begin()));
    return true;
  }
  // See reader_lists.cpp.
  bool operator()(const WordList& /*list*/) const { return false; }
  bool operator()(Member<Users> /*member*/) const { return false; }
  bool operator()(Member<Texts> member) const {
    member(target).push_back(text);
    return true;
  }
};

std::vector<std::string> keys_of(std::string_view section) {
  std::vector<std::string> keys;
  for (const Field& field : fields()) {
    if (field.section != section) continue;
    keys.push_back(field.key);
    if (is_secret(field)) keys.push_back(field.key + "_file");
  }
  return keys;
}

/// For an unknown key: a near key of its own section, else the same key elsewhere.
std::string suggestion(const std::string& key, std::string_view section) {
  std::vector<std::string> own;
  if (section.empty()) {
    for (const std::string& name : sections()) own.push_back(section_name(name));
  } else {
    own = keys_of(section);
  }
  if (std::string near = nearest_of(key, own); !near.empty()) return near;
  std::vector<std::string> paths;
  for (const Field& field : fields()) {
    if (field.key == key) return path_of(field);
    paths.push_back(path_of(field));
  }
  return nearest_of(key, paths);
}

}  // namespace

std::string found_text(const Element& node, Privacy privacy) {
  switch (node.kind) {
    case Element::Kind::null: return "nothing";
    case Element::Kind::list: return "a list";
    case Element::Kind::map: return "a section";
    case Element::Kind::scalar: break;
  }
  // A misplaced e-mail address, or a URL with a user or a key in it.
  const bool doubtful = node.text.find_first_of("@?") != std::string::npos;
  if (privacy != Privacy::open || doubtful) return "a text (not shown)";
  return fmt::format("\"{}\"", shown(node.text));
}

bool store_text(const Field& field, const std::string& text, Target& target) {
  return std::visit(Setter{.target = target, .text = text}, field.storage);
}

Draft Reader::read(const Element& root) {
  if (root.kind != Element::Kind::map && !is_unset(root)) {
    problems_.add(root.place, {}, root.kind == Element::Kind::list ? "a list" : "a text",
                  "sections such as accounts: and mqtt:");
    return {};
  }
  for (const Element& child : root.children) {
    const auto is_this = [&](const std::string& name) { return section_name(name) == child.key; };
    if (std::ranges::none_of(sections(), is_this)) report_unknown(child, {}, {});
  }
  for (const std::string& section : sections()) {
    const std::string name = section_name(section);
    const Element* node = child_of(&root, name);
    if (!is_list(section)) {
      read_section(section, name, node, {.settings = draft_.settings});
    } else if (node != nullptr) {
      read_list(section, *node);
    }
  }
  refuse_leftover_variables();
  for (const auto& [path, place] : draft_.places) draft_.settings.given.insert(path);
  return std::move(draft_);
}

void Reader::read_list(const std::string& section, const Element& list) {
  const std::string name = section_name(section);
  if (list.kind != Element::Kind::list) {
    problems_.add(list.place, name, found_text(list, Privacy::secret),
                  "a list (each entry begins with \"- \")");
    return;
  }
  if (list.children.size() > kMaxEntries) {
    problems_.add(list.place, name, fmt::format("{} entries", list.children.size()),
                  fmt::format("at most {}", kMaxEntries));
    return;
  }
  for (std::size_t i = 0; i < list.children.size(); ++i) {
    const std::string path = item_path(name, i);
    const Element& item = list.children[i];
    if (section == "accounts[]") {
      auto& account = draft_.settings.fleet.accounts.emplace_back();
      read_section(section, path, &item, {.settings = draft_.settings, .account = &account});
    } else {
      auto& vehicle = draft_.vehicles.emplace_back();
      read_section(section, path, &item, {.settings = draft_.settings, .vehicle = &vehicle});
    }
  }
}

void Reader::read_section(const std::string& section, const std::string& path, const Element* node,
                          Target target) {
  if (node != nullptr && node->kind != Element::Kind::map) {
    const bool entry = is_list(section);
    problems_.add(node->place, path, found_text(*node, Privacy::secret),
                  entry ? "an entry with keys" : "a section with keys below it");
    return;
  }
  if (node != nullptr) report_unknown_keys(*node, section, path);
  for (const Field& field : fields()) {
    if (field.section != section) continue;
    const std::string key_path = join_path(path, field.key);
    const Element* value = child_of(node, field.key);
    const bool written =
        is_secret(field)
            ? refuse_cut_secret(field, key_path, node) ||
                  read_secret(field, key_path, value, child_of(node, field.key + "_file"), target)
            : value != nullptr && read_value(field, key_path, *value, target);
    if (field.required && !written && node != nullptr) {
      std::string expected = kind_of(field);
      if (is_secret(field)) {
        expected += fmt::format(", or {}_file, or {}", field.key, environment_name(key_path));
      }
      problems_.add(node->place, key_path, "nothing", expected);
    }
  }
}

void Reader::report_unknown_keys(const Element& map, const std::string& section,
                                 const std::string& path) {
  const std::vector<std::string> known = keys_of(section);
  for (const Element& child : map.children) {
    if (std::ranges::find(known, child.key) == known.end()) report_unknown(child, section, path);
  }
}

void Reader::report_unknown(const Element& child, const std::string& section,
                            const std::string& path) {
  const bool shape = is_key_shaped(child.key);
  problems_.add(child.key_place, shape ? join_path(path, child.key) : path,
                shape ? "an unknown key" : "an unknown key (not shown)", "a key of this version",
                suggestion(child.key, section));
}

bool Reader::read_value(const Field& field, const std::string& path, const Element& node,
                        Target& target) {
  if (std::holds_alternative<Member<Durations>>(field.storage)) {
    read_durations(field, path, node, target);
    return true;
  }
  draft_.places[path] = node.place;
  if (const auto* words = std::get_if<WordList>(&field.storage)) {
    read_words(field, *words, path, node, target);
    return true;
  }
  if (std::holds_alternative<Member<Texts>>(field.storage)) {
    read_texts(field, path, node, target);
    return true;
  }
  if (std::holds_alternative<Member<Users>>(field.storage)) {
    read_users(field, path, node, target);
    return true;
  }
  std::string expected;
  std::string found = found_text(node, field.privacy);
  if (node.kind != Element::Kind::scalar) {
    expected = kind_of(field);
  } else {
    std::string text = node.text;
    if (field.is_file) {
      text = beside(problems_.file(), text);
      if (std::string why = why_unreadable(text); !why.empty()) {
        found = fmt::format("{} at \"{}\"", why, shown(text));
        expected = kind_of(field);
      }
    }
    if (expected.empty() && field.check != nullptr) expected = field.check(text);
    if (expected.empty() && !std::visit(Setter{target, text}, field.storage)) {
      expected = kind_of(field);
    }
  }
  if (!expected.empty()) problems_.add(node.place, path, found, expected);
  return true;
}

bool Reader::read_secret(const Field& field, const std::string& path, const Element* value,
                         const Element* file, Target& target) {
  const std::string variable = environment_name(path);
  auto from_environment = environment_(variable);
  if (from_environment && from_environment->empty()) from_environment.reset();
  const int sources = (value != nullptr) + (file != nullptr) + from_environment.has_value();
  if (sources == 0) return false;
  const Element* first = value != nullptr ? value : file;
  draft_.places[path] = first == nullptr ? Place{} : first->place;
  if (sources > 1) {
    const std::string second = value != nullptr && file != nullptr
                                   ? fmt::format("{} and {}_file", field.key, field.key)
                                   : fmt::format("a value here and in {}", variable);
    problems_.add(file != nullptr ? file->place : first->place, path, second,
                  "one source for a secret");
    return true;
  }
  if (value != nullptr) return take_secret_value(field, path, *value, target);
  if (file != nullptr) return take_secret_file(field, path, *file, target);
  store_secret(field, path, {.name = variable, .environment = true}, *from_environment, target);
  return true;
}

// `password: #abc` is a key without a value to YAML.
bool Reader::refuse_cut_secret(const Field& field, const std::string& path, const Element* map) {
  if (map == nullptr) return false;
  const auto found = std::ranges::find(map->children, field.key, &Element::key);
  if (found == map->children.end() || found->kind != Element::Kind::null) return false;
  if (found->left_out != LeftOut::comment) return false;
  problems_.add(found->key_place, path, "a text without quotation marks that begins with \"#\"",
                kind_of(field));
  return true;
}

bool Reader::take_secret_value(const Field& field, const std::string& path, const Element& node,
                               Target& target) {
  draft_.secret_in_file = true;
  if (node.kind != Element::Kind::scalar) {
    problems_.add(node.place, path, found_text(node, Privacy::secret), kind_of(field));
  } else if (node.left_out == LeftOut::comment) {
    problems_.add(node.place, path, "a text without quotation marks that is cut off at \" #\"",
                  kind_of(field));
  } else if (node.left_out == LeftOut::line_breaks) {
    problems_.add(node.place, path, "several lines without quotation marks", kind_of(field));
  } else if (!node.quoted && yaml_would_convert(node.text)) {
    problems_.add(node.place, path, "a number, date or truth value without quotation marks",
                  kind_of(field));
  } else {
    store_secret(field, path, {.name = path, .place = node.place}, node.text, target);
  }
  return true;
}

bool Reader::take_secret_file(const Field& field, const std::string& path, const Element& node,
                              Target& target) {
  const std::string key = path + "_file";
  if (node.kind != Element::Kind::scalar) {
    problems_.add(node.place, key, found_text(node, Privacy::open),
                  "the path of a file that holds the secret");
    return true;
  }
  const std::string name = beside(problems_.file(), node.text);
  draft_.files.push_back(name);
  constexpr std::size_t kAroundIt = 64;  // byte order mark, line ends
  const auto text = read_file(name, base::kLongestPassword + kAroundIt);
  if (!text) {
    problems_.add(node.place, key, fmt::format("{} at \"{}\"", text.error(), shown(name)),
                  "the path of a file that holds the secret");
    return true;
  }
  std::string_view line = without_byte_order_mark(*text);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (is_utf8(line) && !base::check_password(line)) {
    problems_.add(node.place, key, "a file that is empty, too long or has several lines",
                  fmt::format("a file with the secret: {}", base::kPasswordRule));
    return true;
  }
  store_secret(field, path, {.name = key, .place = node.place}, line, target);
  return true;
}

void Reader::store_secret(const Field& field, const std::string& path, const SecretSource& from,
                          std::string_view typed, Target& target) {
  auto secret = read_typed_secret(typed, path + "_file");
  if (!secret.found.empty()) {
    refuse_secret(from, std::move(secret.found), std::move(secret.expected));
    return;
  }
  for (const auto& doubt : secret.doubts) {
    draft_.doubts.push_back(fmt::format("{} {}.", from.name, doubt));
  }
  std::string expected = field.check == nullptr ? std::string() : field.check(secret.text);
  if (expected.empty()) {
    std::visit(Setter{target, secret.text}, field.storage);
  } else {
    refuse_secret(from, "a text (not shown)", std::move(expected));
  }
}

void Reader::refuse_secret(const SecretSource& from, std::string found, std::string expected) {
  if (from.environment) {
    problems_.add_elsewhere(from.name, std::move(found), std::move(expected));
  } else {
    problems_.add(from.place, from.name, std::move(found), std::move(expected));
  }
}

void Reader::refuse_leftover_variables() {
  for (const Field& field : fields()) {
    if (!is_secret(field) || !is_list(field.section)) continue;
    const std::string name = section_name(field.section);
    const std::size_t next =
        name == "accounts" ? draft_.settings.fleet.accounts.size() : draft_.vehicles.size();
    const std::string entry = item_path(name, next);
    const std::string variable = environment_name(join_path(entry, field.key));
    const auto value = environment_(variable);
    if (value && !value->empty()) {
      problems_.add_elsewhere(variable, "a secret for an entry that does not exist",
                              fmt::format("{} in the configuration file", entry));
    }
  }
}

}  // namespace toyota2mqtt::config
