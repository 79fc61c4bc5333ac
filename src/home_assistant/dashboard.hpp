#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace toyota2mqtt::home_assistant {

/// The stock cards that the dashboard uses.
enum class CardKind : std::uint8_t { tile, gauge, map, entities, history, statistics };

/// One card of a car's view. Ids are rows of the catalogue.
struct CardSpec {
  CardKind kind = CardKind::tile;
  std::string_view ids = {};            ///< comma-separated; what is not announced is left out
  std::string_view only_while_on = {};  ///< a binary sensor's row; shown only while it is on
};

struct SectionSpec {
  std::string_view title = {};
  std::string_view icon = {};
  std::span<const CardSpec> cards = {};
};

/// The sections of a car's view that are made of rows of the catalogue, in their order. What the
/// car takes commands for is found by platform and follows them.
std::span<const SectionSpec> car_sections();

}  // namespace toyota2mqtt::home_assistant
