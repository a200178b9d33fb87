import GRDB

/// Rows of a query as texts.
enum DatabaseRows {
  static func fetch(
    _ db: Database, _ sql: String, _ arguments: StatementArguments = StatementArguments()
  ) throws -> [[String]] {
    try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
      row.databaseValues.map { value in
        switch value.storage {
        case .null: ""
        case .int64(let number): "\(number)"
        case .double(let number): "\(number)"
        case .string(let text): text
        case .blob: "(bytes)"
        }
      }
    }
  }
}
