#pragma once
#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift cannot call.

/// Makes a connection safe for a file that came from outside: the tables that SQLite itself needs cannot
/// be written, and functions with side effects cannot run from the file's own schema.
static inline void ow_sqlite_distrust(sqlite3 *db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (void *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (void *)0);
}
