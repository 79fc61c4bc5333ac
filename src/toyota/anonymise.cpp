#include "toyota/anonymise.hpp"
#include "toyota2mqtt/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <regex>
#include <vector>

namespace toyota2mqtt::toyota {

namespace {

constexpr std::size_t kShortestElsewhere = 3;  // shorter originals are replaced in place only

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

bool latitude_key(std::string_view lower) {
  return lower.ends_with("lat") || lower.starts_with("lat_") ||
         lower.find("latitude") != lower.npos;
}

bool longitude_key(std::string_view lower) {
  return lower.ends_with("lon") || lower.ends_with("lng") || lower == "long" ||
         lower.starts_with("lon_") || lower.find("longitude") != lower.npos;
}

bool word_character(char c) {
  return base::is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80U;
}

/// A short original counts only as a whole word; a long one anywhere.
bool stands_alone(std::string_view text, std::size_t at, std::size_t size) {
  if (size >= 6) return true;
  const bool before = at > 0 && word_character(text[at - 1]);
  const bool after = at + size < text.size() && word_character(text[at + size]);
  return !before && !after;
}

std::size_t find_original(std::string_view lower, std::string_view original, std::size_t from) {
  for (auto at = lower.find(original, from); at != std::string_view::npos;
       at = lower.find(original, at + 1)) {
    if (stands_alone(lower, at, original.size())) return at;
  }
  return std::string_view::npos;
}

/// The text of a place begins here, and is not the end of another number: 52.1695 is not in
/// 152.1695.
bool names_place(std::string_view text, std::string_view place) {
  for (auto at = text.find(place); at != std::string_view::npos; at = text.find(place, at + 1)) {
    if (at == 0 || !base::is_digit(text[at - 1])) return true;
  }
  return false;
}

/// Identities that give themselves away by their form, whatever the key is called.
struct Pattern {
  std::regex form;
  const char* replacement;
};

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> all = [] {
    const auto flags = std::regex::optimize;
    return std::vector<Pattern>{
        {std::regex(R"([A-Za-z0-9._%+-]{1,64}(@|%40)[A-Za-z0-9.-]{1,80}\.[A-Za-z]{2,12})", flags),
         "driver@example.com"},
        {std::regex(R"(eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){0,2})", flags), "removed"},
        {std::regex(R"((^|[^A-Za-z0-9])\+[0-9][0-9 ()/-]{6,18}[0-9])", flags), "$1+000000000"},
        {std::regex(R"(\b[0-9]{14,22}\b)", flags), "000000000000000"}};
  }();
  return all;
}

const std::regex& guid_form() {
  static const std::regex form(
      "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
  return form;
}

const std::regex& vin_form() {
  static const std::regex form(R"(\b[A-HJ-NPR-Z]{2}[A-HJ-NPR-Z0-9]{11}[0-9]{4}\b)");
  return form;
}

std::string without_query(const std::string& text) {
  const auto scheme = text.find("://");
  if (scheme > 10) return text;  // npos too
  auto link = text.substr(0, text.find_first_of("?#"));
  const auto host_end = link.find('/', scheme + 3);
  const auto at = link.rfind('@', host_end);
  if (at != std::string::npos && at > scheme) link.erase(scheme + 3, at - scheme - 2);
  return link;
}

}  // namespace

Anonymiser::Kind Anonymiser::kind_of(std::string_view key) {
  const auto lower = base::lower_case(key);
  if (lower == "vin" || lower.ends_with("vin")) return Kind::vin;
  if (latitude_key(lower) || longitude_key(lower) || contains_any(lower, {"coord"})) {
    return Kind::place;
  }
  if (contains_any(lower, {"guid", "uuid", "forgerockid"})) return Kind::guid;
  if (contains_any(lower, {"mail"})) return Kind::mail;
  if (contains_any(lower, {"registrationnumber",
                           "plate",
                           "imei",
                           "iccid",
                           "euicc",
                           "msisdn",
                           "imsi",
                           "katashiki",
                           "contract",
                           "subscriptionid",
                           "servicehistoryid",
                           "ronumber",
                           "terminalnumber",
                           "deviceid",
                           "serial",
                           "phone",
                           "mobile",
                           "messageid",
                           "customerid",
                           "accountid",
                           "memberid"})) {
    return Kind::number;
  }
  if (contains_any(lower, {"nickname", "firstname", "lastname", "middlename", "surname", "fullname",
                           "familyname", "givenname", "username", "ownername", "customername"})) {
    return Kind::name;
  }
  if (contains_any(lower, {"notes", "operationsperformed", "serviceprovider", "servicingdealer",
                           "dealername", "address", "street", "zip", "postal", "postcode",
                           "comment", "emergencycontact", "formatted"})) {
    return Kind::text;
  }
  if (lower == "city" || lower == "plate") return Kind::text;
  if (lower == "message" || lower == "body") return Kind::message;
  return Kind::none;
}

const std::string& Anonymiser::replacement(Kind kind, std::string_view original) {
  auto [entry, added] = replacements_.try_emplace(base::lower_case(original));
  if (!added) return entry->second;
  ++counter_;
  switch (kind) {
    case Kind::vin: entry->second = fmt::format("JTMTEST{:010}", counter_); break;
    case Kind::guid: entry->second = fmt::format("00000000-0000-4000-8000-{:012}", counter_); break;
    case Kind::number: entry->second = fmt::format("N{}", counter_); break;
    case Kind::name: entry->second = fmt::format("Name {}", counter_); break;
    case Kind::mail: entry->second = fmt::format("driver{}@example.com", counter_); break;
    default: entry->second = fmt::format("Text {}", counter_); break;
  }
  return entry->second;
}

void Anonymiser::learn_leaf(Kind kind, const Json& node, bool inherited) {
  if (kind == Kind::place) {
    if (node.is_number() || node.is_string()) {
      auto text = node.is_string() ? node.get<std::string>() : json_io::to_text(node);
      if (text.size() >= 6) places_.insert(std::move(text));
    }
    return;
  }
  std::string text;
  if (node.is_string()) text = node.get<std::string>();
  if (node.is_number() && kind != Kind::message) text = json_io::to_text(node);
  if (text.empty() || text == "0" || text == "1") return;
  // Words such as "MOBILE" below a personal key are replaced there, but do not identify a person.
  const bool telling = !inherited || text.find_first_of("0123456789@ ") != std::string::npos;
  if (kind != Kind::none && kind != Kind::message && telling) replacement(kind, text);
  if (kind == Kind::name) names_.insert(base::lower_case(text));
  if (!node.is_string()) return;
  for (std::sregex_iterator i(text.begin(), text.end(), guid_form()), end; i != end; ++i) {
    replacement(Kind::guid, i->str());
  }
  for (std::sregex_iterator i(text.begin(), text.end(), vin_form()), end; i != end; ++i) {
    replacement(Kind::vin, i->str());
  }
}

void Anonymiser::learn(const Json& node) { learn(node, Kind::none, false); }

void Anonymiser::learn(const Json& node, Kind kind, bool inherited) {
  if (node.is_object()) {
    for (const auto& [key, value] : node.items()) {
      learn_leaf(Kind::none, Json(key), false);
      const auto own = kind_of(key);
      if (base::lower_case(key).find("model") != std::string::npos && value.is_string()) {
        models_.push_back(base::lower_case(value.get_ref<const std::string&>()));
      }
      // What stands below a personal key is personal, whatever it is called.
      learn(value, own == Kind::none ? kind : own, own == Kind::none && kind != Kind::none);
    }
  } else if (node.is_array()) {
    for (const auto& value : node) learn(value, kind, inherited);
  } else {
    learn_leaf(kind, node, inherited);
  }
}

bool Anonymiser::common(const std::string& original) const {
  if (original.size() < kShortestElsewhere) return true;
  return names_.contains(original) &&
         std::any_of(models_.begin(), models_.end(), [&](const std::string& model) {
           return model.find(original) != std::string::npos;
         });
}

std::string Anonymiser::scrub(std::string_view original) {
  std::string text = without_query(std::string(original));
  std::vector<const std::pair<const std::string, std::string>*> longest_first;
  for (const auto& entry : replacements_) {
    if (!common(entry.first)) longest_first.push_back(&entry);
  }
  std::sort(longest_first.begin(), longest_first.end(), [](const auto* a, const auto* b) {
    return a->first.size() != b->first.size() ? a->first.size() > b->first.size()
                                              : a->first < b->first;
  });
  for (const auto* entry : longest_first) {
    std::size_t from = 0;
    for (auto at = find_original(base::lower_case(text), entry->first, from);
         at != std::string::npos; at = find_original(base::lower_case(text), entry->first, from)) {
      text.replace(at, entry->first.size(), entry->second);
      from = at + entry->second.size();
    }
  }
  if (text.size() > 4096) return "removed";
  for (const auto& pattern : patterns()) {
    text = std::regex_replace(text, pattern.form, pattern.replacement);
  }
  return text;
}

bool Anonymiser::names_original(std::string_view text) const {
  const auto lower = base::lower_case(text);
  const bool named =
      std::any_of(replacements_.begin(), replacements_.end(), [&](const auto& entry) {
        // A replacement that happens to contain a short original is no leak.
        return !common(entry.first) &&
               base::lower_case(entry.second).find(entry.first) == std::string::npos &&
               find_original(lower, entry.first, 0) != std::string_view::npos;
      });
  return named || std::ranges::any_of(
                      places_, [&](const std::string& place) { return names_place(text, place); });
}

bool Anonymiser::leaks(const Json& rewritten) const {
  return names_original(json_io::to_text(without_places(rewritten, "")));
}

double Anonymiser::shifted(double degrees, std::string_view key) const {
  if (degrees == 0) return 0;  // the cloud's way of saying that no place is known
  const bool latitude = latitude_key(base::lower_case(key));
  double moved = degrees + (latitude ? latitude_shift_ : longitude_shift_);
  if (latitude && std::abs(moved) > 90) moved = degrees - latitude_shift_;
  if (!latitude && moved > 180) moved -= 360;
  if (!latitude && moved < -180) moved += 360;
  return std::round(moved * 1e6) / 1e6;
}

Json Anonymiser::rewrite_place(const Json& node, std::string_view key) const {
  if (node.is_number()) return shifted(node.get<double>(), key);
  if (!node.is_string()) return nullptr;
  const auto& text = node.get_ref<const std::string&>();
  char* end = nullptr;
  const double degrees = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size() || !std::isfinite(degrees)) return nullptr;
  return fmt::format("{:.6f}", shifted(degrees, key));
}

Json Anonymiser::rewrite_leaf(Kind kind, const Json& node, std::string_view key, int depth) {
  if (node.is_null() || node.is_boolean()) return node;
  if (kind == Kind::place) return rewrite_place(node, key);
  if (node.is_number()) {
    if (node == 0 || node == 1) return node;  // a flag
    if (kind != Kind::none && kind != Kind::message) return 0;
    return names_original(json_io::to_text(node)) ? Json(0) : node;
  }
  const auto& text = node.get_ref<const std::string&>();
  if (text.empty()) return node;
  if (kind == Kind::message) return depth > 1 ? Json("A notification.") : Json(scrub(text));
  if (kind == Kind::none) return scrub(text);
  const auto known = replacements_.find(base::lower_case(text));
  return known == replacements_.end() ? "removed" : known->second;
}

std::string_view Anonymiser::deciding(std::string_view outer, std::string_view inner) {
  return kind_of(outer) != Kind::none && kind_of(inner) == Kind::none ? outer : inner;
}

Json Anonymiser::rewrite(const Json& node, std::string_view key, int depth) {
  if (node.is_object()) {
    auto result = Json::object();
    for (const auto& [name, value] : node.items()) {
      result[scrub(name)] = rewrite(value, deciding(key, name), depth + 1);
    }
    return result;
  }
  if (node.is_array()) {
    auto result = Json::array();
    for (const auto& value : node) result.push_back(rewrite(value, key, depth + 1));
    return result;
  }
  return rewrite_leaf(kind_of(key), node, key, depth);
}

Json Anonymiser::without_places(const Json& node, std::string_view key) {
  if (node.is_object()) {
    auto result = Json::object();
    for (const auto& [name, value] : node.items()) {
      result[name] = without_places(value, deciding(key, name));
    }
    return result;
  }
  if (node.is_array()) {
    auto result = Json::array();
    for (const auto& value : node) result.push_back(without_places(value, key));
    return result;
  }
  return kind_of(key) == Kind::place ? Json() : node;
}

}  // namespace toyota2mqtt::toyota
