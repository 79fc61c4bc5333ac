#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/file_watch.hpp"
#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::app {

/// The configuration as it was read, and what its files looked like just before.
struct Reading {
  config::Loaded loaded;
  FileStamps stamps;
};
/// Reads by `load` until the stamps are those of all files that it read: what changes meanwhile is
/// seen by the next look. `files`: what was read last time. Blocks.
Reading read_configuration(const std::function<config::Loaded()>& load,
                           std::vector<std::string> files);

/// Puts back into `wanted` what cannot change while the program runs (of `web` all but the users).
/// Answers the keys and sections that therefore count only from the next start.
std::vector<std::string> keep_what_is_fixed(config::Settings& wanted,
                                            const config::Settings& running);

/// Reads the configuration again while the bridge runs: when asked to, and when one of its files
/// was changed. A good one is taken into use; of a broken one every mistake is told, and the one in
/// use stays. Loop thread only.
class Reload {
 public:
  /// How to get at the rest of the program; what blocks is run elsewhere.
  struct Services {
    base::Clock& clock;
    base::Log& log;
    std::function<base::Task<base::Result<FileStamps>>(std::vector<std::string> files)> look;
    std::function<base::Task<base::Result<Reading>>(std::vector<std::string> files)> read;
    std::function<void(const config::Settings&)> hide_secrets;
    /// Shows the mistakes of a configuration that is not in use; empty = there is none.
    std::function<void(std::vector<std::string>)> show;
    std::function<base::Task<void>(fleet::Options)> use;
    /// The administrators of the REST interface; their sessions end with them.
    std::function<base::Task<void>(std::vector<rest::User>)> use_users;
  };

  /// `running`: what the program was started with, without the set-up of the page.
  Reload(Services services, config::Settings running);

  /// Runs until cancelled: reads once at the start, because a file may have changed since the
  /// program read it, and then looks at the files every 2 s.
  base::Task<void> keep();
  /// Reads now, and says so also when nothing has changed (SIGHUP).
  void request();

 private:
  base::Task<bool> is_due();
  base::Task<void> read_again(bool asked);
  void refuse(const config::Loaded& loaded);
  void tell(const config::Loaded& loaded, std::vector<std::string> later);
  base::Task<void> take(config::Loaded loaded, bool asked);

  Services services_;
  config::Settings running_;
  FileWatch watch_;
  base::Event asked_;
  bool broken_ = false;            // what was read last
  std::vector<std::string> told_;  // what needs a restart, as it was said last
};

}  // namespace toyota2mqtt::app
