import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// A small system of its own with this machine's real apt and dpkg, and a repository of packages that are made on the spot.
///
/// `/usr` is the machine's, read only; everything else is a folder's. The scripts run there as on a node, without a
/// network, and every process can be ended at once at any of their commands, as when the power goes.
struct AptSandbox {
    let root: URL

    /// - Parameter packages: shell source that makes packages: `pkg NAME VERSION [FIELD…]` with files in `$P`.
    init(_ root: URL, packages: String) throws {
        self.root = root
        let made = try shell(
            """
            set -e
            mkdir -p \(root.path); cd \(root.path)
            for d in bin sbin lib lib32 lib64 libx32; do [ ! -L /$d ] || ln -s usr/$d $d; done
            mkdir -p usr proc dev run tmp opt repo stub etc/apt/apt.conf.d etc/apt/preferences.d etc/apt/trusted.gpg.d \
                etc/dpkg var/lib/dpkg/info var/lib/dpkg/updates var/lib/dpkg/triggers var/lib/apt/lists/partial \
                var/cache/apt/archives/partial var/log/apt var/tmp
            : >var/lib/dpkg/status
            cp /etc/passwd /etc/group /etc/os-release /etc/ld.so.cache etc/
            cp -a /etc/alternatives etc/; echo 'log /var/log/dpkg.log' >etc/dpkg/dpkg.cfg
            echo 'deb [trusted=yes] file:/repo ./' >etc/apt/sources.list
            # Each command counts itself, and at the number in /run/kill everything ends; two of a pipeline may count at once.
            for name in apt-get apt-mark dpkg dpkg-query awk mv cp sync mkdir chmod cat sort comm find xargs sed zcat rm date; do
                printf '#!/bin/sh\\n. /stub/tick; exec /usr/bin/%s "$@"\\n' "$name" >stub/$name
            done
            cat >stub/tick <<'TICK'
            echo x >>/run/calls
            if [ -e /run/kill ] && [ "$(/usr/bin/wc -l </run/calls)" -ge "$(/usr/bin/cat /run/kill)" ]; then
                /usr/bin/rm -f /run/kill; kill -9 -1; kill -9 $$
            fi
            TICK
            chmod 755 stub/*
            P=\(root.path)/tmp/p
            pkg() {
                name=$1; version=$2; shift 2; mkdir -p $P/DEBIAN $P/opt/$name; echo "$version" >$P/opt/$name/file
                { printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: a <a@b>\\n' "$name" "$version"
                  for field; do printf '%s\\n' "$field"; done; printf 'Description: one\\n'; } >$P/DEBIAN/control
                for part in preinst postinst prerm postrm; do
                    [ ! -e $P/$part ] || { printf '#!/bin/sh\\n'; cat $P/$part; } >$P/DEBIAN/$part
                    [ ! -e $P/$part ] || { rm $P/$part; chmod 755 $P/DEBIAN/$part; }
                done
                dpkg-deb -b $P repo/${name}_$version.deb >/dev/null; rm -rf $P
            }
            mkdir -p $P
            \(packages)
            cd repo
            for file in *.deb; do
                dpkg-deb -f $file; echo "Filename: ./$file"; echo "Size: $(stat -c %s $file)"
                echo "SHA256: $(sha256sum <$file | cut -d ' ' -f 1)"; echo
            done >Packages
            """)
        #expect(made.code == 0, "\(made.output)")
    }

    /// A copy in another folder.
    func copy(to other: URL) throws -> AptSandbox {
        #expect(try shell("cp -a \(root.path) \(other.path)").code == 0)
        return AptSandbox(root: other)
    }

    private init(root: URL) { self.root = root }

    /// Runs shell source there, as root, with ``ScriptPrelude`` and the state folder of a step.
    ///
    /// - Parameter call: the number of the command at which everything ends, counted from 1; none for 0.
    func run(_ text: String, killing call: Int = 0, script: Script? = nil) throws -> (code: UInt8, output: String) {
        func write(_ text: String, _ path: String) throws {
            try Data(text.utf8).write(to: root.appending(path: path))
        }
        try write("\(ScriptPrelude.text)\n\(text)\n", "run/main")
        if let script { try write("\(ScriptPrelude.text)\n\(script.text)\n", "run/script") }
        try write("", "run/calls")
        try? FileManager.default.removeItem(at: root.appending(path: "run/kill"))
        if call > 0 { try write("\(call)", "run/kill") }
        let inside = """
            HARUN_STATE=/var/lib/harun/runs/r/s.t; export HARUN_STATE; mkdir -p $HARUN_STATE/pre
            PATH=/stub:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
            sh /run/main; exit $?
            """
        return try MountTable.copies.during {
            try shell(
                """
                exec unshare -m -p -f --kill-child sh -c '
                    mount --make-rprivate / && mount --bind /usr "$1/usr" && mount -o remount,bind,ro "$1/usr" &&
                        mount -t proc proc "$1/proc" || exit 99
                    for d in null zero urandom; do : >"$1/dev/$d" && mount --bind /dev/$d "$1/dev/$d" || exit 99; done
                    exec chroot "$1" /bin/sh -c "$2"' in \(root.path) \(inside.shellQuoted)
                """)
        }
    }

    func run(_ script: Script?, killing call: Int = 0) throws -> (code: UInt8, output: String) {
        try run(try #require(script).text, killing: call)
    }

    /// How many commands the last script ran.
    func count() throws -> Int { try Data(contentsOf: root.appending(path: "run/calls")).count / 2 }

    /// The names of the installed packages; those of which settings are left have a `-` behind them.
    func packages() throws -> Set<String> {
        let status = try String(contentsOf: root.appending(path: "var/lib/dpkg/status"), encoding: .utf8)
        var names: Set<String> = []
        for block in status.components(separatedBy: "\n\n") {
            let lines = block.split(separator: "\n")
            guard let name = lines.first(where: { $0.hasPrefix("Package: ") })?.dropFirst(9) else { continue }
            let state = lines.first { $0.hasPrefix("Status: ") }?.split(separator: " ").last ?? ""
            if state == "config-files" {
                names.insert("\(name)-")
            } else if state != "not-installed" {
                names.insert("\(name)")
            }
        }
        return names
    }

    func holds(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.path + path) }
}
