#pragma once

#include <cstdint>
#include <string>

#include "platform/sqlite_connection.hpp"
#include "toyota2mqtt/history/statistics.hpp"

/// What the figures of a period are made of, as it lies in the database. Storage worker only.
namespace toyota2mqtt::platform {

/// `from`, `to`: milliseconds since 1970. Throws as SqliteConnection does.
history::StatisticsInput read_statistics_input(SqliteConnection& connection, const std::string& car,
                                               std::int64_t from, std::int64_t to);

}  // namespace toyota2mqtt::platform
