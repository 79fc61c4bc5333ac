#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/error.hpp"

namespace toyota2mqtt::platform {

/// What a write survives. Every write survives a crash of the program.
enum class Durability {
  power_cut,  ///< synced before it returns: about 5 kB and one fsync for a small value
  crash,      ///< on the disk with the next synced write: about 1 kB
};

/// One use of a prepared statement, which is reset afterwards.
class Query {
 public:
  template <class... Values>
  explicit Query(SQLite::Statement& statement, const Values&... values) : statement_(statement) {
    [[maybe_unused]] int index = 0;
    (bind(++index, values), ...);
  }
  ~Query() { statement_.tryReset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// True while there is a row.
  bool step() { return statement_.executeStep(); }
  /// Answers how many rows were written or deleted.
  int execute() { return statement_.exec(); }
  [[nodiscard]] std::string text(int column) const {
    return statement_.getColumn(column).getString();
  }
  [[nodiscard]] long long number(int column) const {
    return statement_.getColumn(column).getInt64();
  }
  /// nullopt: NULL.
  [[nodiscard]] std::optional<double> real(int column) const {
    const auto found = statement_.getColumn(column);
    return found.isNull() ? std::nullopt : std::optional(found.getDouble());
  }
  [[nodiscard]] bool is_null(int column) const { return statement_.isColumnNull(column); }

 private:
  template <class Value>
  void bind(int index, const Value& value) {
    statement_.bind(index, value);
  }
  template <class Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value) {
      statement_.bind(index, *value);
    } else {
      statement_.bind(index);
    }
  }
  SQLite::Statement& statement_;
};

/// One open database. Worker thread only. Everything throws SQLite::Exception.
class SqliteConnection {
 public:
  /// Opens `<directory>/toyota2mqtt.db`, checks it, and brings its schema up to date. A corrupt one
  /// is set aside under the name `stamp`. Where none is (left), the snapshot takes its place if
  /// there is one, and a snapshot that is no database is set aside in its turn. `warnings` receives
  /// what the owner should know.
  static base::Result<std::unique_ptr<SqliteConnection>> open(const std::string& directory,
                                                              const std::string& stamp,
                                                              std::vector<std::string>& warnings);

  /// Opens without looking inside; open() is the way to a usable one.
  explicit SqliteConnection(const std::string& path);
  /// Replaces `<directory>/toyota2mqtt.snapshot` by a whole copy of this database, 0600, so that
  /// there is always a complete one. False when `give_up` became true meanwhile: the older snapshot
  /// stays.
  base::Result<bool> snapshot(const std::string& directory, const std::atomic<bool>& give_up);

  /// Settings, check and migrations.
  base::Result<void> prepare(const std::string& path);

  /// Binds `values` (std::string, std::int64_t, double, or an optional of them) in order. `sql`
  /// must be a string literal: it is also the key under which the prepared statement is kept.
  template <class... Values>
  Query query(const char* sql, const Values&... values) {
    return Query(statement(sql), values...);
  }
  /// The id that the last row got.
  [[nodiscard]] std::int64_t last_id() const { return database_.getLastInsertRowid(); }
  /// Folds the log back and empties it, so that what was deleted is not in there either.
  void empty_log();
  /// Writes the database anew, without gaps and remains of what was deleted, and empties the log.
  void compact();
  /// Takes the write lock at once, so that a read before a write cannot turn stale in between.
  SQLite::Transaction begin(Durability durability);

 private:
  SQLite::Statement& statement(const char* sql);
  SQLite::Database database_;
  std::map<std::string_view, std::unique_ptr<SQLite::Statement>> statements_;
  Durability durability_ = Durability::power_cut;
};

/// SQLite says that the file is not, or no longer, a database.
bool is_corrupt(const SQLite::Exception& error);
/// storage_failed in words for the owner.
base::Error to_error(const SQLite::Exception& error);

}  // namespace toyota2mqtt::platform
