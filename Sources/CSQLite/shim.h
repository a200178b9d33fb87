#pragma once
#include <sqlite3.h>

// What Swift cannot call: sqlite3_db_config is variadic, and SQLITE_TRANSIENT is a cast to a function.

/// Makes a connection safe for a file that came from outside: the tables that SQLite itself needs cannot
/// be written, and functions with side effects cannot run from the file's own schema.
static inline void ow_sqlite_distrust(sqlite3 *db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (void *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (void *)0);
}

/// Makes a name in double quotes that no column has an error; SQLite takes it for a text otherwise.
static inline void ow_sqlite_quotes_are_names(sqlite3 *db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, (void *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, (void *)0);
}

/// Binds a copy of `count` bytes of UTF-8.
static inline int ow_sqlite_bind_text(
    sqlite3_stmt *statement, int place, const char *text, sqlite3_uint64 count) {
  return sqlite3_bind_text64(statement, place, text, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}
