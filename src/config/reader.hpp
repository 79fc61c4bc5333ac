#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/problems.hpp"
#include "config/table.hpp"

namespace toyota2mqtt::config {

/// What was read, with the places of the keys that were set: the checks between keys need them.
struct Draft {
  Settings settings;
  std::vector<VehicleDraft> vehicles;
  std::vector<std::string> files;       ///< that hold secrets
  std::map<std::string, Place> places;  ///< by key path
  std::vector<std::string> doubts;      ///< about secrets as they were typed
  bool secret_in_file = false;          ///< some secret stands in the file itself
};

/// Walks the tree by the table and fills a draft. Every mistake is added to `problems`; a key with
/// a mistake keeps its default.
class Reader {
 public:
  Reader(Problems& problems, const Environment& environment)
      : problems_(problems), environment_(environment) {}

  Draft read(const Element& root);

 private:
  void read_list(const std::string& section, const Element& list);
  void read_section(const std::string& section, const std::string& path, const Element* node,
                    Target target);
  void report_unknown_keys(const Element& map, const std::string& section, const std::string& path);
  void report_unknown(const Element& child, const std::string& section, const std::string& path);
  bool read_value(const Field& field, const std::string& path, const Element& node, Target& target);
  void read_durations(const Field& field, const std::string& path, const Element& node,
                      Target& target);
  void read_texts(const Field& field, const std::string& path, const Element& node, Target& target);
  void read_users(const Field& field, const std::string& path, const Element& node, Target& target);
  std::optional<rest::User> read_user(const std::string& path, const Element& node);
  std::optional<rest::User> read_user_entry(const std::string& path, const Element& node);
  void read_words(const Field& field, const WordList& list, const std::string& path,
                  const Element& node, Target& target);
  bool read_secret(const Field& field, const std::string& path, const Element* value,
                   const Element* file, Target& target);
  bool refuse_cut_secret(const Field& field, const std::string& path, const Element* map);
  bool take_secret_value(const Field& field, const std::string& path, const Element& node,
                         Target& target);
  bool take_secret_file(const Field& field, const std::string& path, const Element& node,
                        Target& target);
  /// Where a secret came from: its value's key, its file's key, or a variable.
  struct SecretSource {
    std::string name;
    Place place = {};
    bool environment = false;
  };
  void store_secret(const Field& field, const std::string& path, const SecretSource& from,
                    std::string_view typed, Target& target);
  void refuse_secret(const SecretSource& from, std::string found, std::string expected);
  void refuse_leftover_variables();

  Problems& problems_;
  const Environment& environment_;
  Draft draft_ = {};
};

/// What stands there, for a message; nothing private.
std::string found_text(const Element& node, Privacy privacy);
/// Puts the text where the field belongs, at the end of a list; false when it does not fit the
/// field's kind.
bool store_text(const Field& field, const std::string& text, Target& target);

/// Rules between several keys: duplicates, pairs, ambiguous tokens.
void check_rules(const Draft& draft, Problems& problems);
/// What works but is probably not meant.
std::vector<std::string> warnings_of(const Draft& draft, const std::string& file);

}  // namespace toyota2mqtt::config
