#include "toyota2mqtt/platform/sqlite_store.hpp"

#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <vector>

#include "platform/sqlite_connection.hpp"
#include "toyota2mqtt/platform/files.hpp"

namespace toyota2mqtt::platform {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

// Touched on the worker only, but for its construction.
struct Database::State {
  std::string directory;
  std::unique_ptr<SqliteConnection> connection = {};

  /// SQLite gives a full disk several names, among them that a file cannot be opened.
  [[nodiscard]] base::Error explained(base::Error error) const {
    if (is_disk_full(directory)) error.remedy = kFreeSpace;
    return error;
  }

  Result<void> attempt(const std::function<void(SqliteConnection&)>& job, const std::string& stamp,
                       std::vector<std::string>& warnings) {
    constexpr int kAttempts = 2;  // the second on a fresh database
    for (int left = kAttempts; left > 0; --left) {
      if (!connection) {
        auto opened = SqliteConnection::open(directory, stamp, warnings);
        if (!opened) return fail(explained(opened.error()));
        connection = std::move(*opened);
      }
      try {
        job(*connection);
        return {};
      } catch (const SQLite::Exception& error) {
        if (!is_corrupt(error)) return fail(explained(to_error(error)));
        connection.reset();
      }
    }
    return fail(ErrorCode::storage_failed, "the database is damaged",
                "Stop the program and move toyota2mqtt.db out of the storage directory.");
  }
};

Database::Database(Worker& worker, const base::Clock& clock, base::Log& log, std::string directory)
    : worker_(worker), clock_(clock), log_(log), state_(std::make_shared<State>(directory)) {}

Database::~Database() {
  worker_.post([state = state_] { state->connection.reset(); });
}

Task<Result<void>> Database::open() {
  std::function<void(SqliteConnection&)> nothing = [](SqliteConnection&) {};
  co_return co_await perform(std::move(nothing));
}

Task<Result<void>> Database::perform(std::function<void(SqliteConnection&)> job) {
  const auto warnings = std::make_shared<std::vector<std::string>>();
  std::function<Result<void>()> work = [state = state_, stamp = time_stamp(clock_.now()), warnings,
                                        job = std::move(job)] {
    return state->attempt(job, stamp, *warnings);
  };
  auto done = co_await worker_.run<void>(std::move(work));
  for (const auto& warning : *warnings) log_.warning("storage", warning);
  const bool stopped = !done && done.error().code == ErrorCode::cancelled;
  if (!stopped) ++counters_.uses;
  if (!done && !stopped) ++counters_.failures;
  co_return done;
}

Task<Result<bool>> Database::snapshot(std::shared_ptr<const std::atomic<bool>> give_up) {
  std::function<Result<bool>(SqliteConnection&)> work = [directory = state_->directory,
                                                         give_up](SqliteConnection& connection) {
    return connection.snapshot(directory, *give_up);
  };
  co_return co_await use(std::move(work));
}

Task<Result<std::optional<base::Time>>> Database::snapshot_time() {
  using Answer = std::optional<base::Time>;
  std::function<Result<Answer>()> work = [path = state_->directory +
                                                 "/toyota2mqtt.snapshot"]() -> Result<Answer> {
    struct stat found{};
    if (::lstat(path.c_str(), &found) == 0) {
      return Answer(base::Time(std::chrono::seconds(found.st_mtim.tv_sec)));
    }
    if (errno == ENOENT) return Answer();
    return fail(file_error("look at", path, errno));
  };
  co_return co_await worker_.run<Answer>(std::move(work));
}

namespace {

constexpr std::size_t kLongestKey = std::size_t{1} << 10U;
constexpr std::size_t kLongestValue = std::size_t{1} << 20U;

std::optional<std::string> read_value(SqliteConnection& connection, const std::string& space,
                                      const std::string& key) {
  auto found = connection.query("SELECT value FROM memory WHERE space = ? AND key = ?", space, key);
  if (!found.step()) return std::nullopt;
  return found.text(0);
}

void write_value(SqliteConnection& connection, const std::string& space, const std::string& key,
                 const std::string& value) {
  // The port promises durability: a rejected sign-in that a power cut forgets would be repeated.
  auto change = connection.begin(Durability::power_cut);
  connection
      .query(
          "INSERT INTO memory (space, key, value) VALUES (?, ?, ?)"
          " ON CONFLICT DO UPDATE SET value = excluded.value",
          space, key, value)
      .execute();
  change.commit();
}

}  // namespace

Task<Result<std::optional<std::string>>> SqliteStore::get(std::string space, std::string key) {
  std::function<Result<std::optional<std::string>>(SqliteConnection&)> work =
      [space, key](SqliteConnection& connection) -> Result<std::optional<std::string>> {
    return read_value(connection, space, key);
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<void>> SqliteStore::put(std::string space, std::string key, std::string value) {
  if (space.size() > kLongestKey || key.size() > kLongestKey || value.size() > kLongestValue) {
    co_return fail(ErrorCode::storage_failed,
                   "a value for '" + space.substr(0, kLongestKey) + "' is too large to be stored");
  }
  std::function<Result<void>(SqliteConnection&)> work =
      [space, key, value](SqliteConnection& connection) -> Result<void> {
    if (read_value(connection, space, key) != value) write_value(connection, space, key, value);
    return {};
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<void>> SqliteStore::erase(std::string space, std::string key) {
  std::function<Result<void>(SqliteConnection&)> work =
      [space, key](SqliteConnection& connection) -> Result<void> {
    if (!read_value(connection, space, key)) return {};
    auto change = connection.begin(Durability::power_cut);
    connection.query("DELETE FROM memory WHERE space = ? AND key = ?", space, key).execute();
    change.commit();
    return {};
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<std::vector<std::pair<std::string, std::string>>>> SqliteStore::list(
    std::string space) {
  using Entries = std::vector<std::pair<std::string, std::string>>;
  std::function<Result<Entries>(SqliteConnection&)> work =
      [space](SqliteConnection& connection) -> Result<Entries> {
    Entries entries;
    auto found =
        connection.query("SELECT key, value FROM memory WHERE space = ? ORDER BY key", space);
    while (found.step()) entries.emplace_back(found.text(0), found.text(1));
    return entries;
  };
  co_return co_await database_.use(std::move(work));
}

}  // namespace toyota2mqtt::platform
