#pragma once

#include <cstddef>
#include <string>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::toyota {

/// Forgets what was refused and when passwords were posted, of every account whose key begins with
/// `key_prefix` and of which nothing is newer than `before`; keep at least the past 24 h. For
/// accounts of people who came once and never again. What cannot be read is forgotten, too.
/// Answers how many entries there were. Errors: storage_failed, cancelled.
base::Task<base::Result<std::size_t>> forget_old_refusals(base::Store& store,
                                                          std::string key_prefix,
                                                          base::Time before);

}  // namespace toyota2mqtt::toyota
