#pragma once

#include <expected>
#include <optional>
#include <string>

#include "rest/context.hpp"
#include "rest/problem.hpp"
#include "toyota2mqtt/history/archive.hpp"

/// What a request asks of the history. Pure but for the time of the clock. Private to this part.
namespace toyota2mqtt::rest {

/// `from` and `to`: ISO 8601 times with an offset, or days of the owner's zone; a day as `to` is
/// included. Without `to` up to now, without `from` 30 days back.
std::expected<history::Period, Problem> period_of(const Context& context);
/// The same with `limit` (1 to 1000, else 100) and `cursor`.
std::expected<history::Window, Problem> window_of(const Context& context);
/// Of an export: by `format`, else csv for an Accept of text/csv, else JSON.
std::expected<history::Format, Problem> format_of(const Context& context);

}  // namespace toyota2mqtt::rest
