#include "config/history_rows.hpp"

#include "config/values.hpp"

namespace toyota2mqtt::config {

namespace {

using Text = Member<std::string>;
using Price = std::optional<double>;

}  // namespace

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

void add_prices(std::vector<Field>& table) {
  table.push_back({.section = "history",
                   .key = "electricity_price",
                   .help = "What a kWh costs; for the cost of charging. Left out: not known.",
                   .storage = Decimal{[](Target& t) -> Price& {
                                        return t.settings.history.prices.electricity_price;
                                      },
                                      1000},
                   .example = "0.31"});
  table.push_back({.section = "history",
                   .key = "electricity_price_night",
                   .help = "What a kWh costs in the hours of history.night. Left out: the same.",
                   .storage = Decimal{[](Target& t) -> Price& {
                                        return t.settings.history.prices.electricity_price_night;
                                      },
                                      1000},
                   .example = "0.24"});
  table.push_back(
      {.section = "history",
       .key = "night",
       .help = "When the night price applies, in local time, such as 22:00-06:00. Empty: never.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.history.prices.night; }),
       .check = check_night});
  table.push_back(
      {.section = "history",
       .key = "fuel_price",
       .help = "What a litre of fuel costs. Left out: not known.",
       .storage =
           Decimal{[](Target& t) -> Price& { return t.settings.history.prices.fuel_price; }, 1000},
       .example = "1.75"});
  table.push_back(
      {.section = "history",
       .key = "currency",
       .help =
           "Of the prices: the three letters of ISO 4217, such as EUR. Empty: costs have no unit.",
       .storage =
           Text([](Target& t) -> std::string& { return t.settings.history.prices.currency; }),
       .check = check_currency});
  table.push_back(
      {.section = "history",
       .key = "electricity_co2",
       .help = "CO2 per kWh of your electricity, in g; 0 for your own solar power. Left "
               "out: not known.",
       .storage =
           Decimal{[](Target& t) -> Price& { return t.settings.history.prices.electricity_co2; },
                   3000},
       .example = "363"});
}

}  // namespace toyota2mqtt::config
