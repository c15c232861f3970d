import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// The script itself, on a folder in place of `/proc`, `/dev` and `/sys`: the watchdog is `/dev/null` there, another one `/dev/zero`.
@Suite("Who has the watchdog")
struct WatchdogHolderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Shell source; `open PID NAME SERVICE DEVICE` makes a process with an open file.
        var processes = ":"
        /// As `systemctl show` tells it.
        var period = "0"
        var device = ""
        /// The number of the inventory's device.
        var number = "1:3"
        /// Words of the obstacle; none where nobody stands in the way.
        var says: [String] = []
    }

    static let cases: [Case] = [
        Case(testDescription: "nobody", processes: "open 7 cron cron.service null"),
        Case(testDescription: "sbd", processes: "open 7 sbd sbd.service watchdog; open 8 sbd sbd.service watchdog"),
        Case(
            testDescription: "systemd", processes: "open 1 systemd init.scope watchdog0", period: "20s",
            says: [
                "systemd, process 1, takes the watchdog /dev/watchdog for itself (RuntimeWatchdogSec, 20s)",
                "RuntimeWatchdogSec=0", "systemctl daemon-reload",
            ]),
        Case(
            testDescription: "systemd, as soon as there is one", processes: "rm $R/dev/watchdog*", period: "infinity",
            number: "", says: ["(RuntimeWatchdogSec, infinity)"]),
        Case(
            testDescription: "systemd, beside an sbd that came first", processes: "open 7 sbd sbd.service watchdog",
            period: "30s", says: ["systemd, process 1"]),
        Case(
            testDescription: "systemd with another watchdog", processes: "open 1 systemd init.scope watchdog1",
            period: "20s", device: "watchdog1"),
        Case(
            testDescription: "corosync", processes: "open 812 corosync corosync.service watchdog",
            says: ["corosync, process 812 of corosync.service, holds the watchdog /dev/watchdog", "watchdog_device:"]),
        Case(
            testDescription: "the daemon of the package watchdog",
            processes: "open 640 watchdog watchdog.service watchdog",
            says: [
                "watchdog, process 640 of watchdog.service",
                "Type on it: systemctl disable --now watchdog.service wd_keepalive.service",
            ]),
        Case(
            testDescription: "a service of somebody's", processes: "open 9 'my dog' my-dog.service watchdog0",
            says: ["my dog, process 9 of my-dog.service", "systemctl disable --now my-dog.service ("]),
        Case(
            testDescription: "a process of a login", processes: "open 9 cat session-3.scope watchdog",
            says: ["cat, process 9, holds", "Type on it: kill 9 ("]),
        Case(testDescription: "another watchdog", processes: "open 640 watchdog watchdog.service watchdog1"),
        Case(
            testDescription: "the first watchdog by its old name", processes: "open 9 dog dog.service watchdog0",
            number: "a:82", says: ["dog, process 9"]),
        Case(
            testDescription: "sbd and somebody else",
            processes: "open 7 sbd sbd.service watchdog1; open 9 dog dog.service watchdog", says: ["dog, process 9"]),
    ]

    @Test("the one who stands in sbd's way is named, with what to type", arguments: cases)
    func holders(example: Case) throws {
        let obstacle = try Tool.withFolder { folder in
            try Tool.replace(
                "systemctl", in: folder,
                with:
                    "case $* in *RuntimeWatchdogUSec*) echo \(example.period);; *) echo \(example.device.isEmpty ? "" : "$R/dev/\(example.device)");; esac"
            )
            let result = try Tool.shell(
                """
                \(ScriptPrelude.text)
                mkdir -p $R/dev $R/sys/class/watchdog/watchdog0 $R/proc/1/fd $R/proc/2/fd
                for name in watchdog watchdog0; do ln -s /dev/null $R/dev/$name; done
                ln -s /dev/zero $R/dev/watchdog1
                echo 1:3 >$R/sys/class/watchdog/watchdog0/dev
                open() {
                    mkdir -p $R/proc/$1/fd; echo "$2" >$R/proc/$1/comm
                    echo "0::/system.slice/$3" >$R/proc/$1/cgroup; ln -s "$R/dev/$4" $R/proc/$1/fd/3
                }
                \(example.processes)
                number=\(example.number)
                \(WatchdogHolder.probe(root: folder.path))
                """, in: folder, environment: ["R": folder.path])
            #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
            var observation = Observation(code: ScriptPrelude.satisfied)
            for line in result.output.split(separator: "\n") { observation.take(line) }
            let step = try make(SBDWatchdogAction.self, ["device": .string("/dev/watchdog")])
            let early = try make(
                HostCheck.self, ["fencing": .string("sbd"), "watchdog": .string("/dev/watchdog")])
            let obstacle = WatchdogHolder(observation, of: "/dev/watchdog")?.obstacle
            #expect(step.judge(["nodo1": observation])["nodo1"] == obstacle.map { .refused($0) } ?? .satisfied)
            let why = early.judge(["nodo1": observation])["nodo1"]?.reason ?? ""
            #expect(obstacle == nil ? !why.contains("watchdog") : why.hasSuffix(obstacle ?? ""))
            return obstacle
        }
        #expect((obstacle == nil) == example.says.isEmpty, "\(obstacle ?? "nobody")")
        for words in example.says { #expect(obstacle?.contains(words) == true, "\(obstacle ?? "nobody")") }
    }

    @Test("a cluster without fencing needs no watchdog")
    func unfenced() throws {
        let action = try make(HostCheck.self, ["fencing": .string("none"), "watchdog": .string("/dev/watchdog")])
        #expect(!action.probe("nodo1").text.contains("watchdog"))
    }

    @Test("what is to be typed does what it says")
    func typed() throws {
        func way(_ lines: String, _ systemd: String? = nil) throws -> String {
            var facts = ["watchdog.holders": lines]
            facts["watchdog.systemd"] = systemd
            let obstacle = try #require(WatchdogHolder(found(facts), of: "/dev/watchdog")).obstacle
            return String(try #require(obstacle.firstMatch(of: #/Type on .*?: (.*)/#)).1)
        }
        try Tool.withFolder { folder in
            try Tool.replace("systemctl", in: folder, with: "echo \"$*\"")
            let systemd = try way("", "20s").replacing("/etc/", with: "\(folder.path)/etc/")
            #expect(try Tool.shell(systemd, in: folder).output == "daemon-reload\n")
            let written = try String(
                contentsOf: folder.appending(path: "etc/systemd/system.conf.d/zz-watchdog.conf"), encoding: .utf8)
            #expect(written == "[Manager]\nRuntimeWatchdogSec=0\n")
            let sed = try #require(try way("5\tcorosync.service\tcorosync").split(separator: ";").first)
            let result = try Tool.shell(
                """
                mkdir -p etc/corosync; printf 'resources {\\n\\twatchdog_device: /dev/watchdog\\n}\\n' >etc/corosync/corosync.conf
                \(sed.replacing(" /etc/", with: " etc/")); cat etc/corosync/corosync.conf
                """, in: folder)
            #expect(result.output == "resources {\n\twatchdog_device: off\n}\n")
        }
    }
}
