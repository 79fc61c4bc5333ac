#include "tools/docgen/documents.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "fleet/schedule_table.hpp"

namespace toyota2mqtt::docgen {

namespace {

using fleet::Every;
using fleet::Tempo;

std::string interval_text(Every every) {
  const auto times = [&](std::string_view key) {
    return every.times == 1 ? fmt::format("{}", key) : fmt::format("{} × {}", every.times, key);
  };
  switch (every.tempo) {
    case Tempo::change: return "on change";
    case Tempo::driving: return times("D");
    case Tempo::charging: return times("C");
    case Tempo::parked: return times("P");
    case Tempo::alert: return "D by day, P";
    case Tempo::minutes:
      return every.times % 60 == 0 ? fmt::format("{} h", every.times / 60)
                                   : fmt::format("{} min", every.times);
  }
  return {};
}

}  // namespace

std::string schedule_markdown() {
  constexpr std::array kColumns = {fleet::Mode::driving,    fleet::Mode::just_stopped,
                                   fleet::Mode::charging,   fleet::Mode::plugged,
                                   fleet::Mode::parked,     fleet::Mode::parked_long,
                                   fleet::Mode::unreachable};
  std::string text = "| source |";
  for (const auto mode : kColumns) text += fmt::format(" {} |", to_string(mode));
  text += "\n|---|---|---|---|---|---|---|---|\n";
  for (const auto& row : fleet::schedule_table::kRows) {
    text += fmt::format("| {} |", vehicle::to_string(row.source));
    for (const auto& every : row.every) text += fmt::format(" {} |", interval_text(every));
    text += "\n";
  }
  return text;
}

}  // namespace toyota2mqtt::docgen
