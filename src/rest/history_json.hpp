#pragma once

#include <string_view>

#include "rest/json_text.hpp"
#include "toyota2mqtt/history/archive.hpp"

/// Entries of the history as JSON. Private to this part.
namespace toyota2mqtt::rest {

Json entry_json(const history::TripRecord& record);
Json entry_json(const history::ChargeRecord& record);
Json entry_json(const history::SampleRecord& record);
Json entry_json(const history::EventRecord& record);
/// `currency`: of the cost; empty = none is configured.
Json figures_json(const vehicle::Statistics& statistics, std::string_view currency);
/// Why a figure is null, by its name.
Json reasons_json(const vehicle::Statistics& statistics);
/// Since when each kind of entry is known without a hole in this period.
Json known_since_json(const vehicle::Statistics& statistics);

}  // namespace toyota2mqtt::rest
