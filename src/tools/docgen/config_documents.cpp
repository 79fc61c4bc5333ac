#include "tools/docgen/documents.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "config/table.hpp"

namespace toyota2mqtt::docgen {

using namespace config;

namespace {

/// `# ` before each line of the words, broken before column 100.
std::string comment(std::string_view indent, std::string_view words) {
  constexpr std::size_t kWidth = 96;
  std::string text;
  std::string line = fmt::format("{}#", indent);
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (line.size() + 1 + word.size() > kWidth) {
      text += line + "\n";
      line = fmt::format("{}#", indent);
    }
    line += fmt::format(" {}", word);
    words.remove_prefix(std::min(words.size(), word.size() + 1));
  }
  return text + line + "\n";
}

std::string value_of(const Field& field) {
  std::string standard = default_of(field);
  if (!field.required && standard.empty()) return field.example;
  if (field.required || (standard == "\"\"" && !field.example.empty())) {
    return fmt::format("\"{}\"", field.example);
  }
  return standard;
}

/// One key with its help. `off` comments the key out as `#key: value`, without a space.
std::string example_key(const Field& field, bool first_of_entry, bool off) {
  std::string help = field.help;
  if (const auto* choice = std::get_if<Choice>(&field.storage); choice != nullptr) {
    help += fmt::format(" One of: {}.", kind_of(field));
  }
  if (const auto* list = std::get_if<WordList>(&field.storage); list != nullptr) {
    help += fmt::format(" Words: {}.", fmt::join(list->words, ", "));
  }
  const bool list = is_list(field.section);
  // A value that is unknown until the owner sets it has no default to print here.
  const bool unknown = !field.required && default_of(field).empty();
  if (unknown && !off) {
    return comment("  ", help) + fmt::format("  #{}: {}\n", field.key, value_of(field));
  }
  const std::string_view before = off ? "#" : "";
  const std::string_view dash = !list ? "  " : first_of_entry ? "  - " : "    ";
  const std::string words = off ? comment("", help) : comment(list ? "    " : "  ", help);
  return words + fmt::format("{}{}{}: {}\n", before, dash, field.key, value_of(field));
}

std::string markdown_row(const Field& field) {
  std::string standard = default_of(field);
  if (field.required) standard = "required";
  if (standard.empty() || standard == "\"\"") standard = "–";
  const std::string shown_default =
      standard == "–" || standard == "required" ? standard : fmt::format("`{}`", standard);
  return fmt::format("| `{}` | {} | {} | {} |\n", path_of(field), kind_of(field), shown_default,
                     field.help);
}

/// What parse_duration takes, and nothing: the form stores an empty text for an emptied field.
constexpr std::string_view kDuration = "match(^((0|[1-9][0-9]{0,8})[smhd]|0)?$)";

/// Every option may be left out. A list of several would be `["kind?"]`.
std::string optional(std::string_view kind) { return fmt::format("\"{}?\"", kind); }

/// The Supervisor's name of a kind. Texts are `str`, not `url` or `email`: those refuse the empty
/// text, and then a form with one emptied field could not be saved.
struct SchemaText {
  std::string operator()(Member<std::string>) const { return optional("str"); }
  std::string operator()(Member<bool>) const { return optional("bool"); }
  std::string operator()(Member<std::uint16_t>) const { return optional("port"); }
  std::string operator()(Member<std::chrono::seconds>) const { return optional(kDuration); }
  std::string operator()(Member<base::Secret>) const { return optional("password"); }
  /// Not `match`: the Supervisor's message would show the VIN in its log.
  std::string operator()(Member<std::optional<base::Vin>>) const { return optional("str"); }
  std::string operator()(const Choice& choice) const {
    return optional(fmt::format("list({})", fmt::join(choice.words, "|")));
  }
  std::string operator()(Member<Durations>) const {
    return fmt::format("[{}]", optional(kDuration));
  }
  std::string operator()(const Count& count) const {
    return optional(fmt::format("int(0,{})", count.most));
  }
  std::string operator()(Member<Texts>) const { return fmt::format("[{}]", optional("str")); }
  /// Texts `name:hash`: the form takes no entries inside a section.
  std::string operator()(Member<Users>) const { return fmt::format("[{}]", optional("password")); }
  std::string operator()(const Decimal& decimal) const {
    return optional(fmt::format("float(0,{:g})", decimal.most));
  }
  /// Not `list`: inside a list the form draws that as one choice and would save a text.
  std::string operator()(const WordList& list) const {
    return fmt::format("[{}]", optional(fmt::format("match(^({})$)", fmt::join(list.words, "|"))));
  }
};

std::string schema_key(const Field& field, bool first_of_entry) {
  const std::string_view dash = !is_list(field.section) ? "" : first_of_entry ? "- " : "  ";
  const std::string kind =
      is_secret(field) ? optional("password") : std::visit(SchemaText{}, field.storage);
  return fmt::format("    {}{}: {}\n", dash, field.key, kind);
}

/// A switch that nobody touched is drawn as off and a list as empty, so where that is not the
/// default, the form needs it. Everything else stays empty there: a later version may change the
/// program's default.
bool form_needs_default(const Field& field) {
  const std::string standard = default_of(field);
  return standard == "true" || (standard.starts_with('[') && standard != "[]");
}

std::string default_options(const std::string& section) {
  std::string text;
  for (const Field& field : fields()) {
    if (field.section != section || !form_needs_default(field)) continue;
    text += fmt::format("    {}: {}\n", field.key, default_of(field));
  }
  return text.empty() ? " {}\n" : "\n" + text;
}

}  // namespace

std::string example_yaml() {
  std::string text = comment("",
                             "Configuration of toyota2mqtt: every key with its default. This file "
                             "is generated from the table in src/config/table_rows.cpp.");
  text += comment("",
                  "Only accounts is needed; delete what you do not change. Durations: 90s, 15m, "
                  "24h, 365d. Relative paths start at this file's folder.");
  text += comment("",
                  "Each secret (password, token, key) may instead come from its own file, named by "
                  "<key>_file, or from the environment, for example from "
                  "TOYOTA2MQTT_ACCOUNTS_0_PASSWORD. Write secrets in quotation marks.");
  for (const std::string& section : sections()) {
    // Optional entries are commented out: an example car would be taken for one of yours.
    const bool off = section == "vehicles[]";
    text += "\n" + comment("", section_help(section));
    text += fmt::format("{}{}:\n", off ? "#" : "", section_name(section));
    bool first = true;
    for (const Field& field : fields()) {
      if (field.section != section) continue;
      text += example_key(field, first, off);
      first = false;
    }
  }
  return text;
}

std::string reference_markdown() {
  std::string text;
  for (const std::string& section : sections()) {
    text += fmt::format("### {}\n\n{}\n\n", section_name(section), section_help(section));
    text += "| key | takes | default | meaning |\n|---|---|---|---|\n";
    for (const Field& field : fields()) {
      if (field.section == section) text += markdown_row(field);
    }
    text += "\n";
  }
  text +=
      "### Secrets\n\nEach of these comes from the configuration, from a file named by the key "
      "plus `_file`, or from the environment; exactly one of the three.\n\n"
      "| key | file | environment |\n|---|---|---|\n";
  for (const Field& field : fields()) {
    if (!is_secret(field)) continue;
    std::string path = path_of(field);
    if (const auto brackets = path.find("[]"); brackets != std::string::npos) {
      path.insert(brackets + 1, "0");
    }
    text += fmt::format("| `{}` | `{}_file` | `{}` |\n", path_of(field), path_of(field),
                        environment_name(path));
  }
  return text;
}

std::string addon_options_yaml() {
  std::string options = "options:\n";
  std::string schema = "schema:\n";
  for (const std::string& section : sections()) {
    const std::string name = section_name(section);
    options += fmt::format("  {}:{}", name, is_list(section) ? " []\n" : default_options(section));
    schema += fmt::format("  {}:\n", name);
    bool first = true;
    for (const Field& field : fields()) {
      if (field.section != section) continue;
      schema += schema_key(field, first);
      first = false;
    }
  }
  return options + schema;
}

}  // namespace toyota2mqtt::docgen
