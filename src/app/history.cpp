#include "app/history.hpp"

namespace toyota2mqtt::app {

History::History(Runtime& runtime, const history::Options& options)
    : store_(runtime.database()),
      archive_(store_, {}),
      retention_(store_, runtime.clock, runtime.log, options) {}

void History::start(base::TaskGroup& tasks) { tasks.spawn("history", retention_.keep()); }

}  // namespace toyota2mqtt::app
