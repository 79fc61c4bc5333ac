#pragma once

#include "simulator/world.hpp"
#include "toyota2mqtt/base/async.hpp"

namespace toyota2mqtt::simulator {

/// The answer for the listener, when it is time for it, in real time. The deliberate faults are
/// made of what any handler can do: a handler that never returns, a body that never comes, no
/// answer. Loop thread only.
base::Task<base::HttpResponse> deliver(Reply reply);

}  // namespace toyota2mqtt::simulator
