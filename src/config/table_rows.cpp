#include "config/table.hpp"
#include "config/values.hpp"

namespace toyota2mqtt::config {
namespace {

using std::chrono::seconds;
using Text = Member<std::string>;
using Flag = Member<bool>;
using SecretMember = Member<base::Secret>;

std::vector<std::string> allow_words() {
  std::vector<std::string> words;
  words.reserve(vehicle::kAllAllows.size());
  for (const auto word : vehicle::kAllAllows) words.emplace_back(to_string(word));
  return words;
}

std::vector<std::string> brand_names() {
  std::vector<std::string> names;
  names.reserve(vehicle::kAllBrands.size());
  for (const auto brand : vehicle::kAllBrands) names.emplace_back(to_string(brand));
  return names;
}

/// A list of the words of commands.allow; `set_of` finds where it is kept.
template <vehicle::Allowed& (*set_of)(Target&)>
WordList allowed_words() {
  return {.words = allow_words(),
          .get =
              [](const Target& t) {
                auto copy = t;
                std::vector<std::size_t> list;
                for (const auto word : set_of(copy)) list.push_back(std::size_t(word));
                return list;
              },
          .set =
              [](Target& t, const std::vector<std::size_t>& list) {
                auto& allowed = set_of(t);
                allowed.clear();
                for (const auto index : list) allowed.insert(static_cast<vehicle::Allow>(index));
              }};
}

vehicle::Allowed& allowed_of_all(Target& t) { return t.settings.fleet.policy.commands.allow; }
vehicle::Allowed& offered_of_one(Target& t) { return t.vehicle->commands; }

void add_accounts(std::vector<Field>& table) {
  table.push_back({.section = "accounts[]",
                   .key = "username",
                   .help = "The e-mail address you use in the maker's app.",
                   .storage = Text([](Target& t) -> std::string& { return t.account->username; }),
                   .check = check_account_name,
                   .privacy = Privacy::personal,
                   .required = true,
                   .example = "driver@example.com"});
  table.push_back(
      {.section = "accounts[]",
       .key = "password",
       .help = "The password of the maker's app.",
       .storage = SecretMember([](Target& t) -> base::Secret& { return t.account->password; }),
       .privacy = Privacy::secret,
       .required = true,
       .example = "your-password"});
  table.push_back(
      {.section = "accounts[]",
       .key = "brand",
       .help = "The brand of the app in which the account was made.",
       .storage = Choice{
           .words = brand_names(),
           .get = [](const Target& t) { return std::size_t(t.account->brand); },
           .set = [](Target& t,
                     std::size_t index) { t.account->brand = vehicle::kAllBrands.at(index); }}});
}

void add_vehicles(std::vector<Field>& table) {
  table.push_back({.section = "vehicles[]",
                   .key = "vin",
                   .help = "Which car this entry is about.",
                   .storage = Member<std::optional<base::Vin>>(
                       [](Target& t) -> std::optional<base::Vin>& { return t.vehicle->vin; }),
                   .privacy = Privacy::personal,
                   .required = true,
                   .example = "JTMTEST0000000001"});
  table.push_back({.section = "vehicles[]",
                   .key = "name",
                   .help = "The car's name, instead of the one given in the maker's app.",
                   .storage = Text([](Target& t) -> std::string& { return t.vehicle->name; }),
                   .check = check_name,
                   .example = "Blitz"});
  table.push_back(
      {.section = "vehicles[]",
       .key = "abrp_token",
       .help = "The token of this car in ABRP: Settings, Connect live data, Generic, Copy token in "
               "ABRP's app. One for each car.",
       .storage = SecretMember([](Target& t) -> base::Secret& { return t.vehicle->abrp_token; }),
       .privacy = Privacy::secret});
  table.push_back({.section = "vehicles[]",
                   .key = "ignore",
                   .help = "true: this car is neither read nor published.",
                   .storage = Flag([](Target& t) -> bool& { return t.vehicle->ignore; })});
  table.push_back({.section = "vehicles[]",
                   .key = "commands",
                   .help =
                       "What the maker's app can do with this car although the cloud's flags deny "
                       "it: offered whatever they say, and allowed for this car. The words of "
                       "commands.allow.",
                   .storage = allowed_words<offered_of_one>()});
}

void add_capacity(std::vector<Field>& table) {
  table.push_back(
      {.section = "vehicles[]",
       .key = "usable_capacity",
       .help = "What the battery holds between 0 and 100 % of the displayed level, in kWh; for "
               "consumption, energy and cost. Left out: no estimate.",
       .storage = Decimal{.member = [](Target& t) -> std::optional<double>& {
                            return t.vehicle->usable_capacity;
                          },
                          .most = 300,
                          .may_be_zero = false},
       .example = "64"});
}

void add_polling(std::vector<Field>& table) {
  table.push_back(
      {.section = "polling",
       .key = "driving",
       .help = "While the car is driven, and by day, when a drive may begin. At least 1m.",
       .storage = Member<seconds>(
           [](Target& t) -> seconds& { return t.settings.fleet.policy.polling.driving; }),
       .check = check_polling});
  table.push_back({.section = "polling",
                   .key = "charging",
                   .help = "While the car charges. At least 1m.",
                   .storage = Member<seconds>([](Target& t) -> seconds& {
                     return t.settings.fleet.policy.polling.charging;
                   }),
                   .check = check_polling});
  table.push_back(
      {.section = "polling",
       .key = "parked",
       .help = "While the car is parked, at night. Other data of a parked car follow it by day, "
               "too. At least 1m.",
       .storage = Member<seconds>(
           [](Target& t) -> seconds& { return t.settings.fleet.policy.polling.parked; }),
       .check = check_polling});
  table.push_back(
      {.section = "polling",
       .key = "availability_after",
       .help = "A car becomes unavailable after this time without a successful reading.",
       .storage = Member<seconds>([](Target& t) -> seconds& {
         return t.settings.fleet.policy.polling.availability_after;
       }),
       .check = check_polling});
}

void add_wake(std::vector<Field>& table) {
  table.push_back(
      {.section = "wake",
       .key = "enabled",
       .help = "false: the car is never asked, not even by the button.",
       .storage = Flag([](Target& t) -> bool& { return t.settings.fleet.policy.wake.enabled; })});
  table.push_back({.section = "wake",
                   .key = "after_stop",
                   .help = "How long after the end of a drive the car is asked whether it is "
                           "locked, unless it has reported it. [] = never.",
                   .storage = Member<Durations>([](Target& t) -> Durations& {
                     return t.settings.fleet.policy.wake.after_stop;
                   }),
                   .check = check_wake_time});
  table.push_back({.section = "wake",
                   .key = "while_charging",
                   .help = "How old the battery level may be while charging. 0 = never ask.",
                   .storage = Member<seconds>([](Target& t) -> seconds& {
                     return t.settings.fleet.policy.wake.while_charging;
                   }),
                   .check = check_wake_time});
  table.push_back(
      {.section = "wake",
       .key = "idle",
       .help = "How old all values may be while the car is parked, for example 24h; never after "
               "72 h without a drive. 0 = never ask.",
       .storage =
           Member<seconds>([](Target& t) -> seconds& { return t.settings.fleet.policy.wake.idle; }),
       .check = check_wake_time});
}

void add_wake_limits(std::vector<Field>& table) {
  table.push_back({.section = "wake",
                   .key = "min_interval",
                   .help = "Time between two wakes, also for the button, which says when it may be "
                           "used again. At least 5m.",
                   .storage = Member<seconds>([](Target& t) -> seconds& {
                     return t.settings.fleet.policy.wake.min_interval;
                   }),
                   .check = check_min_interval});
  table.push_back({.section = "wake",
                   .key = "max_per_day",
                   .help = "Most wakes in a day, not counting those while charging.",
                   .storage = Count{[](Target& t) -> std::uint16_t& {
                                      return t.settings.fleet.policy.wake.max_per_day;
                                    },
                                    48}});
  table.push_back({.section = "wake",
                   .key = "max_per_day_charging",
                   .help = "Most wakes in a day while charging.",
                   .storage = Count{[](Target& t) -> std::uint16_t& {
                                      return t.settings.fleet.policy.wake.max_per_day_charging;
                                    },
                                    96}});
  table.push_back({.section = "wake",
                   .key = "reserved_for_commands",
                   .help = "How many of max_per_day only commands may use.",
                   .storage = Count{[](Target& t) -> std::uint16_t& {
                                      return t.settings.fleet.policy.wake.reserved_for_commands;
                                    },
                                    48}});
}

void add_commands(std::vector<Field>& table) {
  table.push_back({.section = "commands",
                   .key = "allow",
                   .help = "The allowed commands; [] allows nothing. See commands.md.",
                   .storage = allowed_words<allowed_of_all>()});
  table.push_back({.section = "commands",
                   .key = "unlock_code",
                   .help = "A code that must be entered to unlock a car; empty: no code. "
                           "At least 4 characters, in quotation marks.",
                   .storage = SecretMember([](Target& t) -> base::Secret& {
                     return t.settings.fleet.policy.commands.unlock_code;
                   }),
                   .check = check_code,
                   .privacy = Privacy::secret});
}

}  // namespace

std::vector<Field> rows() {
  std::vector<Field> table;
  add_accounts(table);
  add_vehicles(table);
  add_capacity(table);
  add_polling(table);
  add_wake(table);
  add_wake_limits(table);
  add_commands(table);
  add_service_rows(table);
  return table;
}

}  // namespace toyota2mqtt::config
