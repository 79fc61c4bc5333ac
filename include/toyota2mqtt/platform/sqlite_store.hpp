#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/platform/worker.hpp"

namespace toyota2mqtt::platform {

class SqliteConnection;

/// The one database, `<directory>/toyota2mqtt.db` (docs/architecture.md, "State on disk"): WAL,
/// 0600 with its side files, directory made 0700 when missing, schema brought up to date when
/// opened. Several processes may have it open. Loop thread only; SQLite itself runs on the worker.
///
/// A database that SQLite calls corrupt is renamed to toyota2mqtt.db.corrupt-<time> with a warning,
/// and its snapshot or a fresh one takes its place, both when opened and in use. So it is with one
/// that is missing: a restored backup. A full or read-only disk, or a database made by a newer
/// version of the program, is storage_failed, and nothing is renamed.
class Database {
 public:
  /// Everything outlives the database. Opens nothing yet.
  Database(Worker& worker, const base::Clock& clock, base::Log& log, std::string directory);
  /// Closes on the worker, after what is queued.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Opens now, so that a start can tell what is wrong; everything else opens by itself.
  base::Task<base::Result<void>> open();

  /// Writes `<directory>/toyota2mqtt.snapshot`, a whole copy that may be copied like any file while
  /// the database is in use. False when `give_up` became true meanwhile: the older one stays.
  base::Task<base::Result<bool>> snapshot(std::shared_ptr<const std::atomic<bool>> give_up);
  /// When the snapshot was written; nullopt when there is none.
  base::Task<base::Result<std::optional<base::Time>>> snapshot_time();

  /// What was asked of the database since the start, and what of it failed, for metrics.
  struct Counters {
    std::uint64_t uses = 0;
    std::uint64_t failures = 0;
    std::map<std::string_view, std::uint64_t> history = {};  ///< entries written, by kind
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// `kind`: a fixed word. For the adapters of this part.
  void note_history(std::string_view kind, std::uint64_t entries) {
    counters_.history[kind] += entries;
  }

  /// Runs `work` on the worker with the open connection; for the adapters of this part. `work` may
  /// run twice (on a fresh database after corruption), so it changes nothing but the database.
  template <class T>
  base::Task<base::Result<T>> use(std::function<base::Result<T>(SqliteConnection&)> work) {
    auto outcome = std::make_shared<base::Result<T>>(base::fail(base::ErrorCode::cancelled, ""));
    std::function<void(SqliteConnection&)> job =
        [outcome, work = std::move(work)](SqliteConnection& connection) {
          *outcome = work(connection);
        };
    auto done = co_await perform(std::move(job));
    if (!done) co_return base::fail(done.error());
    co_return std::move(*outcome);
  }

 private:
  struct State;
  base::Task<base::Result<void>> perform(std::function<void(SqliteConnection&)> job);
  Worker& worker_;
  const base::Clock& clock_;
  base::Log& log_;
  std::shared_ptr<State> state_;
  Counters counters_;
};

/// base::Store in the table `memory`. An unchanged value is not written again. Names over 1 KiB and
/// values over 1 MiB are refused with storage_failed.
class SqliteStore final : public base::Store {
 public:
  explicit SqliteStore(Database& database) : database_(database) {}
  base::Task<base::Result<std::optional<std::string>>> get(std::string space,
                                                           std::string key) override;
  base::Task<base::Result<void>> put(std::string space, std::string key,
                                     std::string value) override;
  base::Task<base::Result<void>> erase(std::string space, std::string key) override;
  base::Task<base::Result<std::vector<std::pair<std::string, std::string>>>> list(
      std::string space) override;

 private:
  Database& database_;
};

/// abrp::PointQueue in the table `abrp_queue`. Everything survives a crash of the program at once,
/// and a power cut as soon as anything was put into the SqliteStore of the same database
/// afterwards.
class SqlitePointQueue final : public abrp::PointQueue {
 public:
  explicit SqlitePointQueue(Database& database) : database_(database) {}
  base::Task<base::Result<void>> append(std::string car, std::vector<std::string> tlms) override;
  base::Task<base::Result<std::vector<Entry>>> front(std::string car, std::size_t limit) override;
  base::Task<base::Result<void>> remove(std::string car, std::vector<long long> ids) override;

 private:
  Database& database_;
};

}  // namespace toyota2mqtt::platform
