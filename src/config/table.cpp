#include "config/table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/values.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::config {
namespace {

using std::chrono::seconds;
using Text = Member<std::string>;
using Flag = Member<bool>;
using SecretMember = Member<base::Secret>;

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", text); }

/// The value of a default-made target as text.
struct DefaultText {
  Target& target;

  std::string operator()(Text member) const { return in_quotes(member(target)); }
  std::string operator()(Flag member) const { return member(target) ? "true" : "false"; }
  std::string operator()(Member<std::uint16_t> member) const {
    return std::to_string(member(target));
  }
  std::string operator()(Member<seconds> member) const { return format_duration(member(target)); }
  std::string operator()(SecretMember /*member*/) const { return in_quotes(""); }
  std::string operator()(Member<std::optional<base::Vin>> /*member*/) const { return {}; }
  std::string operator()(const Choice& choice) const { return choice.words[choice.get(target)]; }
  std::string operator()(Member<Durations> member) const {
    std::string text;
    for (const auto duration : member(target)) {
      text += (text.empty() ? "" : ", ") + format_duration(duration);
    }
    return "[" + text + "]";
  }
  std::string operator()(const Count& count) const { return std::to_string(count.member(target)); }
  std::string operator()(Member<Texts> /*member*/) const { return "[]"; }
  std::string operator()(Member<Users> /*member*/) const { return "[]"; }
  std::string operator()(const Decimal& decimal) const {
    const auto& value = decimal.member(target);
    return value ? fmt::format("{:g}", *value) : std::string();
  }
  std::string operator()(const WordList& list) const {
    std::vector<std::string_view> words;
    for (const auto index : list.get(target)) words.push_back(list.words[index]);
    return fmt::format("[{}]", fmt::join(words, ", "));
  }
};

struct KindText {
  std::string operator()(Text) const { return "a text"; }
  std::string operator()(Flag) const { return "true or false"; }
  std::string operator()(Member<std::uint16_t>) const { return "a port from 1 to 65535"; }
  std::string operator()(Member<seconds>) const {
    return "a duration such as 90s, 15m, 24h or 365d";
  }
  std::string operator()(Member<Durations>) const {
    return "a list of durations such as [3m, 15m]";
  }
  std::string operator()(const Count& count) const {
    return fmt::format("a number from 0 to {}", count.most);
  }
  std::string operator()(SecretMember) const { return "a text in quotation marks"; }
  std::string operator()(Member<std::optional<base::Vin>>) const {
    return "a vehicle identification number (VIN)";
  }
  std::string operator()(const Choice& choice) const {
    std::string text = choice.words.front();
    for (std::size_t i = 1; i < choice.words.size(); ++i) {
      text += (i + 1 == choice.words.size() ? " or " : ", ") + choice.words[i];
    }
    return text;
  }
  std::string operator()(Member<Texts>) const { return "a list of texts"; }
  std::string operator()(Member<Users>) const {
    return "a list of entries with name and password_hash, or of texts name:hash";
  }
  std::string operator()(const Decimal& decimal) const {
    return fmt::format("a number {} {:g}, with a decimal point",
                       decimal.may_be_zero ? "from 0 to" : "above 0, up to", decimal.most);
  }
  std::string operator()(const WordList& list) const {
    return fmt::format("a list of these words, each once: {}", fmt::join(list.words, ", "));
  }
};

}  // namespace

const std::vector<Field>& fields() {
  static const std::vector<Field> table = rows();
  return table;
}

const std::vector<std::string>& sections() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Field& field : fields()) {
      if (std::ranges::find(list, field.section) == list.end()) list.push_back(field.section);
    }
    return list;
  }();
  return names;
}

std::string section_help(std::string_view section) {
  struct Help {
    std::string_view section;
    std::string_view text;
  };
  constexpr std::array kHelp{
      Help{.section = "accounts[]", .text = "Your accounts at the maker. Usually one."},
      Help{.section = "vehicles[]",
           .text = "Optional: every car of the accounts is used unless it is ignored here."},
      Help{.section = "polling",
           .text = "How often the cloud is asked for changes. Reading never wakes the car."},
      Help{.section = "wake",
           .text = "Asking the car itself, which costs its 12 V battery. Every wake has a reason "
                   "and a limit."},
      Help{.section = "commands",
           .text = "Which commands Home Assistant and other clients of the broker may send to the "
                   "cars."},
      Help{.section = "mqtt", .text = "The MQTT broker that Home Assistant uses."},
      Help{.section = "abrp", .text = "Live data for A Better Route Planner."},
      Help{.section = "web",
           .text = "The page with the set-up and the state of everything, and the REST interface."},
      Help{.section = "history",
           .text = "What is stored about the cars, only on this machine, and what energy costs. "
                   "See history.md."},
      Help{.section = "storage", .text = "What the program keeps between runs."},
      Help{.section = "log", .text = "What the program writes to its standard error."},
      Help{.section = "toyota", .text = "For tests, proxies and changes of the cloud."}};
  const auto* found = std::ranges::find(kHelp, section, &Help::section);
  return found == kHelp.end() ? std::string() : std::string(found->text);
}

std::string path_of(const Field& field) { return field.section + "." + field.key; }

bool is_secret(const Field& field) { return field.privacy == Privacy::secret; }

bool is_secret_path(std::string_view path) {
  std::string plain;
  for (const char letter : path) {
    const bool place = letter >= '0' && letter <= '9' && plain.ends_with('[');
    if (!place) plain += letter;
  }
  return std::ranges::any_of(fields(), [&plain](const Field& field) {
    return is_secret(field) && path_of(field) == plain;
  });
}

bool is_list(std::string_view section) { return section.ends_with("[]"); }

std::string section_name(std::string_view section) {
  return std::string(is_list(section) ? section.substr(0, section.size() - 2) : section);
}

std::string kind_of(const Field& field) {
  if (field.is_file) return "the path of a readable file";
  return std::visit(KindText{}, field.storage);
}

std::string default_of(const Field& field) {
  Settings settings;
  toyota::Credentials account;
  VehicleDraft vehicle;
  Target target{.settings = settings, .account = &account, .vehicle = &vehicle};
  return field.required ? std::string() : std::visit(DefaultText{target}, field.storage);
}

std::string environment_name(std::string_view path) {
  std::string name = "TOYOTA2MQTT_";
  for (const char letter : path) {
    if (letter == ']') continue;
    const bool separator = letter == '.' || letter == '[';
    name += separator ? '_' : base::to_upper(letter);
  }
  return name;
}

}  // namespace toyota2mqtt::config
