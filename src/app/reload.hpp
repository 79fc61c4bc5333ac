#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::app {

/// What a file looks like from outside. Equal = nobody has written, replaced, moved or re-permitted
/// it in between. All zero = there is none.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
using FileStamps = std::map<std::string, FileStamp>;

/// Reads the stamps without opening the files. Blocks; any thread.
FileStamps read_stamps(const std::vector<std::string>& files);

/// Decides when changed files are worth reading: when they differ from what was read, and stood
/// still from one look to the next, so that a file in the middle of being written is left alone.
/// Pure.
class FileWatch {
 public:
  /// These were read.
  void record_read(FileStamps stamps) { read_ = last_ = std::move(stamps); }
  [[nodiscard]] std::vector<std::string> files() const;
  bool is_due(const FileStamps& now);

 private:
  FileStamps read_;
  FileStamps last_;
};

/// The configuration as it was read, and what its files looked like just before.
struct Reading {
  config::Loaded loaded;
  FileStamps stamps;
};
/// Reads by `load` until the stamps are those of all files that it read: what changes meanwhile is
/// seen by the next look. `files`: what was read last time. Blocks.
Reading read_configuration(const std::function<config::Loaded()>& load,
                           std::vector<std::string> files);

/// What a configuration changes that was read while the program runs.
struct ReloadPlan {
  config::Settings
      settings;        ///< in use from now on: as read, but for what waits for the next start
  bool fleet = false;  ///< accounts and cars get other options: see fleet::restart_for()
  bool users = false;  ///< the REST interface gets other administrators
  std::vector<std::string> later = {};  ///< keys and sections that wait for the next start

  [[nodiscard]] bool changes_anything() const { return fleet || users; }
};
/// The one place that decides what a reload changes now and what waits for the next start. Pure.
ReloadPlan plan_reload(const config::Settings& running, const config::Settings& wanted);

/// Reads the configuration again while the bridge runs: when asked to, and when one of its files
/// was changed. A good one is taken into use; of a broken one every mistake is logged, and the one
/// in use stays. Loop thread only.
class Reload {
 public:
  /// How to get at the rest of the program; what blocks is run elsewhere.
  struct Services {
    base::Clock& clock;
    base::Log& log;
    std::function<base::Task<base::Result<FileStamps>>(std::vector<std::string> files)> stamps;
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
  /// program read it, and then compares the stamps of its files every 2 s.
  base::Task<void> run();
  /// Reads now, and says so also when nothing has changed (SIGHUP).
  void request();

 private:
  base::Task<bool> is_due();
  base::Task<void> read_again(bool asked);
  void refuse(const config::Loaded& loaded);
  void log_warnings(const config::Loaded& loaded, const std::vector<std::string>& later);
  base::Task<void> apply(config::Loaded loaded, bool asked);

  Services services_;
  config::Settings running_;
  FileWatch watch_;
  base::Event asked_;
  bool broken_ = false;                    // what was read last
  std::vector<std::string> logged_later_;  // what needs a restart, as it was logged last
};

}  // namespace toyota2mqtt::app
