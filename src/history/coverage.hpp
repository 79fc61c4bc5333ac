#pragma once

#include <expected>
#include <optional>

#include "toyota2mqtt/history/figures.hpp"

/// From when on a kind of entry is known without a hole. A sum over what happens to be known would
/// look like a whole one. Private to this part; pure.
namespace toyota2mqtt::history {

/// The begin of the newest span of the period in which everything is known, up to its end; else why
/// there is none.
using KnownFrom = std::expected<base::Time, vehicle::NoFigure>;

/// Every trip. The odometer tells when some are missing: the cloud lists the newest ones only.
KnownFrom trips_known(const FigureInput& input, Period period);
/// Every trip, and how far it went.
KnownFrom distances_known(const FigureInput& input, Period period);
/// Every trip, and what it burned. A car without a tank has none.
KnownFrom fuel_known(const FigureInput& input, Period period);
/// Every charging session, with its levels. The levels and the odometer tell when one was not seen.
/// `capacity`: as for figures().
KnownFrom charges_known(const FigureInput& input, std::optional<double> capacity, Period period);

}  // namespace toyota2mqtt::history
