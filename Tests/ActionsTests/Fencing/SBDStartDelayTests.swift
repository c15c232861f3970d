import Foundation
import Steps
import Testing

@testable import Actions

@Suite("The start of sbd without its delay")
struct SBDStartDelayTests {
    @Test("the setting is there for the command alone, whose exit code comes back", arguments: [0, 3])
    func skipped(code: Int) throws {
        try Tool.withFolder { folder in
            try Tool.replace("systemctl", in: folder, with: "echo \"$*\" >>\(folder.path)/calls")
            let script = SBDStartDelay.skipped.replacing("/run/", with: "\(folder.path)/run/")
            let result = try Tool.shell(
                """
                set -e
                \(script)
                look() { cat run/systemd/system/sbd.service.d/*.conf run/harun/sbd-start; return \(code); }
                without_delay look || { echo "ends with $?"; exit 0; }
                echo 'ends well'
                """, in: folder)
            #expect(
                result.output == """
                    [Service]
                    EnvironmentFile=-\(folder.path)/run/harun/sbd-start
                    SBD_DELAY_START=no
                    \(code == 0 ? "ends well" : "ends with \(code)")

                    """, "\(result.errors)")
            let left = try Tool.shell("find run -type f; cat calls", in: folder)
            #expect(left.output == "daemon-reload\ndaemon-reload\n")
        }
    }
}
