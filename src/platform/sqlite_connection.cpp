#include "platform/sqlite_connection.hpp"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "toyota2mqtt/platform/files.hpp"

namespace toyota2mqtt::platform {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr int kPagesAtOnce = 256;
constexpr unsigned kDatabaseMode = 0600;
constexpr const char* kDatabase = "/toyota2mqtt.db";
constexpr const char* kSnapshot = "/toyota2mqtt.snapshot";

// Version n is reached by running the first n. Only ever append: databases of any age exist.
constexpr std::array kMigrations = {
    // Ids are never used again (AUTOINCREMENT): a late remove() must not hit a newer point.
    "CREATE TABLE memory (space TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (space, key)) WITHOUT ROWID;"
    "CREATE TABLE abrp_queue (id INTEGER PRIMARY KEY AUTOINCREMENT, car TEXT NOT NULL,"
    " tlm TEXT NOT NULL);",
    // History. A car is a small number here, because it stands in every row. Times are milliseconds
    // since 1970; a number without fraction takes one to four bytes in a REAL column.
    "CREATE TABLE history_cars (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);"
    "CREATE TABLE history_trips (car INTEGER NOT NULL, start INTEGER NOT NULL, id TEXT NOT NULL,"
    " finish INTEGER NOT NULL, distance REAL, duration REAL, ev_distance REAL, fuel REAL,"
    " average_speed REAL, score REAL, PRIMARY KEY (car, start, id)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX history_trip_ids ON history_trips (car, id);"
    "CREATE TABLE history_routes (car INTEGER NOT NULL, trip TEXT NOT NULL, points TEXT NOT NULL,"
    " PRIMARY KEY (car, trip)) WITHOUT ROWID;"
    "CREATE TABLE history_charges (id INTEGER PRIMARY KEY AUTOINCREMENT, car INTEGER NOT NULL,"
    " start INTEGER NOT NULL, finish INTEGER, level_start REAL, level_end REAL,"
    " basis TEXT NOT NULL);"
    "CREATE UNIQUE INDEX history_charge_starts ON history_charges (car, start);"
    "CREATE TABLE history_samples (car INTEGER NOT NULL, at INTEGER NOT NULL, battery_level REAL,"
    " ev_range REAL, fuel_level REAL, fuel_range REAL, odometer REAL, PRIMARY KEY (car, at))"
    " WITHOUT ROWID;"
    "CREATE TABLE history_events (car INTEGER NOT NULL, at INTEGER NOT NULL,"
    " number INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, outcome TEXT NOT NULL,"
    " detail TEXT NOT NULL, PRIMARY KEY (car, at, number)) WITHOUT ROWID;"
    "CREATE TABLE history_backfill (car INTEGER PRIMARY KEY, state TEXT NOT NULL,"
    " trips INTEGER NOT NULL, reached INTEGER);",
};

int primary(const SQLite::Exception& error) { return error.getErrorCode() & 0xFF; }

bool is_intact(SQLite::Database& database, const std::string& path) {
  // Large ones are not read in full at every start; damage then shows when it is met.
  constexpr std::uintmax_t kLargestChecked = std::uintmax_t{4} << 20U;
  std::error_code error;
  if (std::filesystem::file_size(path, error) > kLargestChecked) return true;
  return database.execAndGet("PRAGMA quick_check(1)").getString() == "ok";
}

Result<void> migrate(SQLite::Database& database) {
  const auto version = [&database] {
    return static_cast<std::size_t>(database.execAndGet("PRAGMA user_version").getInt());
  };
  if (version() == kMigrations.size()) return {};
  SQLite::Transaction change(database, SQLite::TransactionBehavior::IMMEDIATE);
  const auto found = version();  // another process may have been quicker
  if (found > kMigrations.size()) {
    return fail(ErrorCode::storage_failed, "the database was made by a newer version",
                "Update this program, or move toyota2mqtt.db out of the storage directory.");
  }
  for (auto next = found; next < kMigrations.size(); ++next) database.exec(kMigrations.at(next));
  database.exec("PRAGMA user_version = " + std::to_string(kMigrations.size()));
  change.commit();
  return {};
}

// SQLite gives its side files the permissions of the database, so this one file decides for all.
// An existing one is not opened here: closing it would drop SQLite's own locks on it.
Result<void> make_private_file(const std::string& path) {
  if (const FileDescriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
      !made.is_open() && errno != EEXIST) {
    return fail(file_error("create", path, errno));
  }
  if (::chmod(path.c_str(), 0600) != 0) return fail(file_error("protect", path, errno));
  return {};
}

// The log may hold what would repair the database, so it goes along; the index beside it is only
// an index.
Result<void> set_database_aside(const std::string& path, const std::string& stamp) {
  if (auto moved = set_aside(path, "corrupt", stamp); !moved) return moved;
  const auto log = path + "-wal";
  if (::rename(log.c_str(), (path + ".corrupt-" + stamp + "-wal").c_str()) != 0 &&
      errno != ENOENT) {
    return fail(file_error("set aside", log, errno));
  }
  ::unlink((path + "-shm").c_str());
  return {};
}

using MaybeConnection = Result<std::unique_ptr<SqliteConnection>>;

// nullptr: corrupt.
MaybeConnection try_open(const std::string& path) {
  if (auto made = make_private_file(path); !made) return fail(made.error());
  try {
    auto connection = std::make_unique<SqliteConnection>(path);
    if (auto ready = connection->prepare(path); !ready) return fail(ready.error());
    return connection;
  } catch (const SQLite::Exception& error) {
    if (is_corrupt(error)) return nullptr;
    return fail(to_error(error));
  }
}

/// Half a snapshot on a full disk would only make things worse.
class RemovedAtEnd {
 public:
  explicit RemovedAtEnd(std::string path) : path_(std::move(path)) {}
  ~RemovedAtEnd() { ::unlink(path_.c_str()); }
  RemovedAtEnd(const RemovedAtEnd&) = delete;
  RemovedAtEnd& operator=(const RemovedAtEnd&) = delete;

 private:
  std::string path_;
};

// A log without its database belongs to nobody; SQLite would take it for the new one's.
void remove_database(const std::string& path) {
  for (const char* side : {"", "-wal", "-shm"}) ::unlink((path + side).c_str());
}

bool is_something_else(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode);
}

// Opens a copy of the snapshot as the database. nullptr: the snapshot cannot be used. Made under
// another name and renamed, so that a crash leaves nothing that only looks like a database.
MaybeConnection restore(const std::string& snapshot, const std::string& path) {
  if (is_something_else(snapshot)) return nullptr;
  if (const auto copied = copy_atomically(snapshot, path, kDatabaseMode); !copied) {
    return fail(copied.error());
  }
  return try_open(path);
}

// As try_open(), but where there is no database the snapshot becomes one: a backup holds the
// snapshot and not the database, because no copy of a database in use can be used.
MaybeConnection open_or_restore(const std::string& directory, const std::string& stamp,
                                std::vector<std::string>& warnings) {
  const auto path = directory + kDatabase;
  const auto snapshot = directory + kSnapshot;
  std::error_code unknown;
  if (std::filesystem::exists(path, unknown) || unknown) return try_open(path);
  remove_database(path);
  const auto status = std::filesystem::symlink_status(snapshot, unknown);
  if (status.type() == std::filesystem::file_type::not_found) return try_open(path);
  auto connection = restore(snapshot, path);
  if (!connection) return connection;
  if (*connection) {
    warnings.emplace_back("the database was missing; its snapshot took its place");
    return connection;
  }
  if (auto moved = set_aside(snapshot, "broken", stamp); !moved) return fail(moved.error());
  warnings.push_back(
      "the database's snapshot could not be used; it is kept as toyota2mqtt.snapshot.broken-" +
      stamp);
  remove_database(path);
  return try_open(path);
}

}  // namespace

bool is_corrupt(const SQLite::Exception& error) {
  return primary(error) == SQLITE_CORRUPT || primary(error) == SQLITE_NOTADB;
}

base::Error to_error(const SQLite::Exception& error) {
  base::Error failed{.code = ErrorCode::storage_failed,
                     .message = std::string("the database refused: ") + error.what()};
  switch (primary(error)) {
    case SQLITE_FULL: failed.remedy = kFreeSpace; break;
    case SQLITE_IOERR:
      failed.remedy = "Check that the disk that holds the storage directory is sound and not full.";
      break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      failed.remedy =
          "Check that the storage directory belongs to the user that runs this program.";
      break;
    case SQLITE_BUSY: failed.remedy = "Another process keeps the database locked; end it."; break;
    default: break;
  }
  return failed;
}

SqliteConnection::SqliteConnection(const std::string& path)
    // Only one thread ever uses it, so SQLite needs no locks within the process.
    : database_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
                kBusyTimeoutMs) {}

Result<void> SqliteConnection::prepare(const std::string& path) {
  // Values are small: a page of 1 kB makes a synced write cost 5 kB on the disk, one of 4 kB 8 kB
  // (measured on ext4). The log is folded back at 256 pages, so it stays under 300 kB.
  database_.exec("PRAGMA page_size = 1024");
  database_.exec("PRAGMA journal_mode = WAL");
  database_.exec("PRAGMA wal_autocheckpoint = 256");
  database_.exec("PRAGMA journal_size_limit = 1048576");
  database_.exec("PRAGMA cache_size = -512");
  database_.exec("PRAGMA temp_store = MEMORY");
  database_.exec("PRAGMA trusted_schema = OFF");
  // What is deleted is overwritten: an erased history must not stay in the file. (So is Debian's
  // default.)
  database_.exec("PRAGMA secure_delete = ON");
  database_.exec("PRAGMA synchronous = FULL");
  if (!is_intact(database_, path)) throw SQLite::Exception("damaged", SQLITE_CORRUPT);
  return migrate(database_);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(
    const std::string& directory, const std::string& stamp, std::vector<std::string>& warnings) {
  if (auto made = make_private_directory(directory); !made) return fail(made.error());
  // Two processes that find the same damage must not set each other's fresh database aside.
  const auto guard = lock_file(directory + "/.guard", true);
  if (!guard) return fail(guard.error());

  auto connection = open_or_restore(directory, stamp, warnings);
  if (!connection || *connection) return connection;
  if (auto moved = set_database_aside(directory + kDatabase, stamp); !moved) {
    return fail(moved.error());
  }
  const auto said = warnings.size();
  connection = open_or_restore(directory, stamp, warnings);
  warnings.insert(warnings.begin() + static_cast<std::ptrdiff_t>(said),
                  "the database was damaged; it is kept as toyota2mqtt.db.corrupt-" + stamp +
                      (warnings.size() == said ? ", and an empty one was made" : ""));
  if (connection && !*connection) {
    return fail(ErrorCode::storage_failed, "a fresh database is damaged at once",
                "Check the disk that holds the storage directory.");
  }
  return connection;
}

Result<bool> SqliteConnection::snapshot(const std::string& directory,
                                        const std::atomic<bool>& give_up) {
  // Two programs that make one at a time must not write into each other's temporary file.
  const auto guard = lock_file(directory + "/.guard", true);
  if (!guard) return fail(guard.error());
  const auto path = directory + kSnapshot;
  const auto temporary = path + ".new";
  const RemovedAtEnd leftover(temporary);
  ::unlink(temporary.c_str());
  if (auto made = make_private_file(temporary); !made) return fail(made.error());
  bool whole = false;
  {
    SQLite::Database copy(temporary, SQLite::OPEN_READWRITE);
    // Until it has its name, nothing of it needs to survive a crash; then all of it is synced.
    copy.exec("PRAGMA journal_mode = OFF");
    copy.exec("PRAGMA synchronous = OFF");
    SQLite::Backup backup(copy, database_);
    while (!whole && !give_up) whole = backup.executeStep(kPagesAtOnce) == SQLITE_DONE;
  }
  if (!whole) return false;
  if (auto finished = finish_file(temporary, path); !finished) return fail(finished.error());
  return true;
}

void SqliteConnection::empty_log() {
  // Not while a transaction or a read is under way, here or in another process: then it answers
  // "busy", and the log is emptied by a later checkpoint.
  (void)database_.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)");
}

void SqliteConnection::compact() {
  // A page that was split may still hold what moved to another one and was deleted there: of 600
  // trips one or two could still be read, measured.
  database_.exec("VACUUM");
  empty_log();
}

SQLite::Statement& SqliteConnection::statement(const char* sql) {
  auto& kept = statements_[sql];
  if (!kept) kept = std::make_unique<SQLite::Statement>(database_, sql);
  return *kept;
}

SQLite::Transaction SqliteConnection::begin(Durability durability) {
  if (durability != durability_) {
    database_.exec(durability == Durability::power_cut ? "PRAGMA synchronous = FULL"
                                                       : "PRAGMA synchronous = NORMAL");
    durability_ = durability;
  }
  return SQLite::Transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
}

}  // namespace toyota2mqtt::platform
