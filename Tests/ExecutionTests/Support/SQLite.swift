import Foundation

/// Does something to a journal behind its back.
enum SQLite {
    static func execute(_ sql: String, _ path: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c", "import sqlite3,sys;d=sqlite3.connect(sys.argv[1]);d.execute(sys.argv[2]);d.commit()",
            path, sql,
        ]
        try? process.run()
        process.waitUntilExit()
    }
}
