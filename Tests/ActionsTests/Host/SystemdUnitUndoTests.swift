import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// The scripts run on a folder in place of systemd's, with a `systemctl` that sets links as the real one does.
@Suite("systemd.unit takes its own links back")
struct SystemdUnitUndoTests {
    private static let stub = """
        systemctl() {
            [ "$1" != --quiet ] || shift
            verb=$1; shift; [ "${1:-}" != --now ] || shift
            for unit; do
                case $verb in
                mask) ln -sf /dev/null "$UNITS/$unit";;
                enable) ln -sf "/lib/$unit" "$UNITS/wants/$unit";;
                disable) rm -f "$UNITS/wants/$unit";;
                is-active) echo inactive; return 3;;
                esac
            done
        }
        """

    private func run(_ script: Script?, in folder: URL) throws -> UInt8 {
        let text = try #require(script).text.replacing("/etc/systemd/system", with: "\(folder.path)/units")
        let words = "UNITS=\(folder.path)/units; HARUN_STATE=\(folder.path)/state; mkdir -p \"$HARUN_STATE\""
        return try shell("\(words)\n\(Self.stub)\n\(text)").code
    }

    private func links(in folder: URL) throws -> String {
        try shell("cd \(folder.path)/units && find . -type l -printf '%p %l\\n' | LC_ALL=C sort").output
    }

    @Test("links that were there or came from others stay, and repeating the work changes nothing of that")
    func undo() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "units/wants"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try shell(
            "cd \(folder.path)/units && ln -s /lib/c.service wants/c.service && ln -s /lib/z.service wants/z.service")
        let before = try links(in: folder)
        let place = SourceLocation(file: "r", line: 1, column: 1)
        func units(_ name: String) -> Value.Content { .array([Value(.string(name), at: place)]) }
        let action = try make(
            SystemdUnit.self,
            ["mask": units("a.target"), "enable": units("b.service"), "disable_only": units("c.service")])
        for _ in 1...2 { #expect(try run(action.apply("n", [:]), in: folder) == 0) }
        let after = try links(in: folder)
        #expect(after.contains("./a.target /dev/null") && after.contains("./wants/b.service /lib/b.service"))
        #expect(!after.contains("c.service") && after.contains("z.service"))
        #expect(try run(action.undo("n"), in: folder) == 0)
        #expect(try links(in: folder) == before)
    }

    @Test("links that somebody made or removed meanwhile stay so, after a whole apply and after one that was cut off")
    func others() throws {
        let place = SourceLocation(file: "r", line: 1, column: 1)
        func units(_ name: String) -> Value.Content { .array([Value(.string(name), at: place)]) }
        let action = try make(SystemdUnit.self, ["enable": units("b.service")])
        let script = try #require(action.apply("n", [:]))
        /// - Parameters:
        ///   - act: what others do in the folder of units before the undo.
        func after(_ apply: Script, _ act: String) throws -> String {
            let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(
                at: folder.appending(path: "units/wants"), withIntermediateDirectories: true)
            _ = try shell("cd \(folder.path)/units && ln -s /lib/z.service wants/z.service")
            _ = try run(apply, in: folder)
            let acted = try shell("cd \(folder.path)/units && STATE=\(folder.path)/state && \(act)")
            #expect(acted.code == 0, "\(acted.output)")
            #expect(try run(action.undo("n"), in: folder) == 0)
            return try links(in: folder)
        }
        let others = "ln -s /lib/new.service wants/new.service; rm wants/z.service"
        #expect(try after(script, others) == "./wants/new.service /lib/new.service\n")
        let cut = Script(script.text.replacing("links >\"$HARUN_STATE/after\"", with: "exit 1;"))
        #expect(cut != script)
        #expect(try after(cut, others) == "./wants/new.service /lib/new.service\n")
        // Cut off before it enabled anything; the owner enables the very unit, long after.
        let early = Script(script.text.replacing("systemctl --quiet enable", with: "exit 1; systemctl --quiet enable"))
        let owner = "touch -d '1 hour ago' $STATE/pre/links; ln -s /lib/b.service wants/b.service"
        #expect(try after(early, owner).contains("./wants/b.service /lib/b.service"))
    }
}
