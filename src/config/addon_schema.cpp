#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/table.hpp"
#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::config {
namespace {

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

}  // namespace toyota2mqtt::config
