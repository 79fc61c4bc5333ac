#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "toyota2mqtt/history/archive.hpp"

namespace toyota2mqtt::history {

/// One value of a row: nothing, a number, a time, a text, a line on the map.
using Cell = std::variant<std::monostate, double, std::int64_t, base::Time, std::string,
                          std::vector<RoutePoint>>;
using Row = std::vector<Cell>;

Row row_of(const TripRecord& record);
Row row_of(const ChargeRecord& record);
Row row_of(const SampleRecord& record);
Row row_of(const EventRecord& record);

/// The columns of a list (trips, charges, samples, events); empty for another word. They never
/// change their names: documented in docs/history.md.
std::span<const std::string_view> columns_of(std::string_view list);

/// One document with the rows of one list. JSON: an object with `car`, `list`, `from`, `to` and
/// `entries`. CSV: RFC 4180 with a header; a text that a spreadsheet would take for a formula gets
/// an apostrophe in front.
class Export {
 public:
  /// `list` is one that columns_of() knows.
  Export(Format format, const base::CarId& car, std::string_view list, const Period& period);
  void add(const Row& row);
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// The document; the export is used up.
  std::string finish();

 private:
  Format format_;
  std::span<const std::string_view> columns_;
  std::string text_;
  std::size_t rows_ = 0;
};

}  // namespace toyota2mqtt::history
