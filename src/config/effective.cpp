#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "config/table.hpp"

#include "config/values.hpp"
#include "json/json_io.hpp"
#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::config {
namespace {

using json_io::OrderedJson;

constexpr const char* kHidden = "***";

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

/// The value of a target as JSON.
class Shown {
 public:
  explicit Shown(Target& target) : target_(target) {}

  OrderedJson operator()(const Choice& choice) const { return choice.words[choice.get(target_)]; }
  OrderedJson operator()(const Count& count) const { return count.member(target_); }
  OrderedJson operator()(const Decimal& decimal) const {
    const auto& value = decimal.member(target_);
    return value ? OrderedJson(*value) : OrderedJson(nullptr);
  }
  OrderedJson operator()(const WordList& list) const {
    OrderedJson words = OrderedJson::array();
    for (const auto index : list.get(target_)) words.push_back(list.words[index]);
    return words;
  }
  template <class T>
  OrderedJson operator()(Member<T> member) const {
    return of(member(target_));
  }

 private:
  static OrderedJson of(const base::Secret& secret) { return secret.empty() ? "" : kHidden; }
  static OrderedJson of(const std::optional<base::Vin>& vin) { return vin ? vin->masked() : ""; }
  static OrderedJson of(std::chrono::seconds duration) { return format_duration(duration); }
  static OrderedJson of(const std::string& text) { return text; }
  template <class T>
  static OrderedJson of(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      return value;
    } else if constexpr (IsVector<T>::value) {
      OrderedJson list = OrderedJson::array();
      for (const auto& entry : value) list.push_back(of(entry));
      return list;
    } else {
      return kHidden;  // what this does not know may be anything
    }
  }

  Target& target_;
};

OrderedJson shown(const Field& field, Target& target) {
  if (field.section == "accounts[]" && field.key == "username") {
    return toyota::masked_account(target.account->username);
  }
  OrderedJson value = std::visit(Shown(target), field.storage);
  if (value == "" || value == OrderedJson::array()) return value;
  const bool is_name = field.section == "vehicles[]" && field.key == "name";
  const bool is_vin = field.key == "vin";  // masked already
  if (is_name || is_secret(field)) return kHidden;
  if (field.privacy == Privacy::personal && !is_vin) return kHidden;
  return value;
}

OrderedJson section_of(const std::string& section, Target target) {
  OrderedJson values = OrderedJson::object();
  for (const Field& field : fields()) {
    if (field.section == section) values[field.key] = shown(field, target);
  }
  return values;
}

OrderedJson accounts_of(Settings& settings) {
  OrderedJson list = OrderedJson::array();
  for (auto& account : settings.fleet.accounts) {
    list.push_back(section_of("accounts[]", {.settings = settings, .account = &account}));
  }
  return list;
}

OrderedJson vehicles_of(Settings& settings) {
  OrderedJson list = OrderedJson::array();
  for (const auto& vehicle : settings.fleet.vehicles) {
    VehicleDraft draft{.vin = vehicle.vin,
                       .name = vehicle.name,
                       .abrp_token = vehicle.abrp_token,
                       .ignore = vehicle.ignore,
                       .commands = vehicle.commands};
    if (vehicle.usable_capacity > 0) draft.usable_capacity = vehicle.usable_capacity;
    list.push_back(section_of("vehicles[]", {.settings = settings, .vehicle = &draft}));
  }
  return list;
}

}  // namespace

std::string effective_json(const Settings& settings) {
  auto copy = settings;  // the table hands out what can be written to
  OrderedJson all = OrderedJson::object();
  for (const std::string& section : sections()) {
    if (section == "accounts[]") {
      all["accounts"] = accounts_of(copy);
    } else if (section == "vehicles[]") {
      all["vehicles"] = vehicles_of(copy);
    } else if (!is_list(section)) {
      all[section] = section_of(section, {.settings = copy});
    }
  }
  return json_io::to_text(all);
}

}  // namespace toyota2mqtt::config
