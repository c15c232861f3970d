import Foundation
import TestSupport
import Testing

/// What `harun copy` refuses before it asks any node, each time with a line that can be typed.
@Suite("what copy refuses")
struct CopyUsageTests {
    private let program: Program

    init() throws {
        program = try Program()
        let nodes = [1, 2].map { "[[node]]\nname = \"n\($0)\"\naddress = \"127.0.0.\($0)\"\nidentity = \"id\"\n" }
        try program.write("it's.toml", nodes.joined())
        try program.write("a file", "x")
        try program.write("folder/x", "x")
    }

    private struct Wrong: CustomTestStringConvertible {
        var arguments: [String]
        var error: String
        var next: String
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ arguments: [String], _ error: String, _ next: String) {
            (self.arguments, self.error, self.next) = (arguments, error, next)
        }
    }

    private static let wrong = [
        Wrong(
            ["a file", "b"], "one side must be INVENTORY:/PATH",
            "harun copy 'a file' 'inventory.toml:/tmp/a file'"),
        Wrong(
            ["it's.toml:/x", "it's.toml:/y/"], "nothing is copied from nodes to nodes",
            #"harun copy 'it'\''s.toml:/x' /tmp/x && harun copy /tmp/x 'it'\''s.toml:/y/'"#),
        Wrong(
            ["a file", "it's.toml:etc/x"], "must begin with /, not \"etc/x\"",
            #"harun copy 'a file' 'it'\''s.toml:/etc/x'"#),
        Wrong(
            ["it's.toml:~/x", "y"], "must begin with /, not \"~/x\"", #"harun exec 'it'\''s.toml' -- 'echo ~'"#),
        Wrong(
            ["a file", "it's.toml:/etc/../tmp//./x", "--mode", "640", "--on", "n1"], "must not hold `..`",
            #"harun copy 'a file' 'it'\''s.toml:/tmp/x' --mode 640 --on n1"#),
        Wrong(
            ["it's.toml:/etc/", "x", "--on", "n1"], "/etc/ is a folder",
            #"harun exec 'it'\''s.toml' --on n1 -- 'tar -czf /tmp/etc.tar.gz -C / -- etc'"#),
        Wrong(
            ["it's.toml:/etc/x", "x/", "--owner", "1"], "--mode and --owner are for files on the nodes",
            #"harun copy 'it'\''s.toml:/etc/x' x/"#),
        Wrong(
            ["none", "it's.toml:/etc/x"], "none: No such file or directory", "ls -la ."),
        Wrong(
            ["folder", "it's.toml:/etc/x"], "folder is a folder",
            #"tar -czf /tmp/folder.tar.gz -C folder . && harun copy /tmp/folder.tar.gz 'it'\''s.toml:/etc/folder.tar.gz'"#
        ),
        Wrong(["/dev/null", "it's.toml:/etc/x"], "/dev/null is no regular file", "ls -l /dev/null"),
        Wrong(
            ["it's.toml:/etc/x", "/dev/null", "--on", "n1"], "/dev/null is no regular file",
            #"harun exec 'it'\''s.toml' --on n1 -- 'cat -- /etc/x'"#),
        Wrong(["it's.toml:/etc/x", "a file/"], "a file/ is no folder", "ls -l 'a file'"),
        Wrong(["it's.toml:/etc/x", "no/x", "--on", "n1"], "no: No such file or directory", "mkdir -p -- no"),
        Wrong(["it's.toml:/etc/x", "x"], "2 nodes have one each", #"harun copy 'it'\''s.toml:/etc/x' x/"#),
    ]

    @Test("an error names what is wrong and what to type", arguments: wrong)
    private func usage(_ wrong: Wrong) throws {
        let result = try program.run(["copy"] + wrong.arguments)
        #expect(result.code == 64, "\(result.err)")
        #expect(result.err.contains(wrong.error), "\(result.err)")
        #expect(result.err.contains("next:  \(wrong.next)\n"), "\(result.err)")
    }

    @Test("options that mean nothing are refused, and an inventory that is none is named")
    func options() throws {
        for option in [
            ["--mode", "rwx"], ["--mode", "0999"], ["--owner", "a:b:c"], ["--owner", ""], ["--concurrency", "0"],
        ] {
            #expect(try program.run(["copy", "a file", "it's.toml:/x"] + option).code == 64)
        }
        #expect(try program.run("copy", "a file", "it's.toml:/x", "--on", "n9").code == 64)
        let missing = try program.run("copy", "a file", "none.toml:/x")
        #expect(missing.code == 65)
        #expect(missing.err.contains("next:  harun init none.toml"))
    }
}
