#pragma once

#include <cstddef>
#include <string>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::toyota {

/// Forgets what was refused and when passwords were posted where nothing is newer than `before`;
/// keep at least the past 24 h. For accounts of people who came once and never again: what was
/// refused of accounts that stay (Account without a key given) is kept. `key_prefix`: with which
/// the keys of the visitors began under which version 0.1.0 stored this. Times that cannot be read
/// are forgotten, too. Answers how many entries there were. Errors: storage_failed, cancelled.
base::Task<base::Result<std::size_t>> forget_old_refusals(base::Store& store,
                                                          std::string key_prefix,
                                                          base::Time before);

}  // namespace toyota2mqtt::toyota
