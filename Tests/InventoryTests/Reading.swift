import Documents
import Inventory

/// Reads inventories on a machine that has only the files a test gives it.
enum Reading {
    /// One node on lines 1 to 3; what a test adds begins on line 4.
    static let node = "[[node]]\nname = \"n1\"\naddress = \"192.0.2.1\"\n"
    /// A second node, on three lines.
    static let secondNode = "[[node]]\nname = \"n2\"\naddress = \"192.0.2.2\"\n"
    static let iscsi = "[iscsi]\nportal = \"192.0.2.9\"\ntarget = \"iqn.2005-10.org.freenas.ctl:ha\"\n"
    static let noFencing = "[fencing]\nmethod = \"none\"\naccept_data_loss = true\n"

    static func surroundings(_ files: [String: UInt16] = [:]) -> Surroundings {
        Surroundings(home: "/home/me", directory: "/work/site") { files[$0] }
    }

    static func fleet(_ text: String, files: [String: UInt16] = [:]) throws(DiagnosticError) -> Fleet {
        try Fleet.parse(text, file: "i.toml", in: surroundings(files))
    }

    /// Everything that is wrong, one error a line; empty where nothing is.
    static func errors(_ text: String, files: [String: UInt16] = [:]) -> String {
        do throws(DiagnosticError) {
            _ = try fleet(text, files: files)
            return ""
        } catch {
            return error.description
        }
    }
}
