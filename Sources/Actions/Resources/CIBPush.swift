import Transport

/// Scripts that put a CIB built by harun into the cluster, and take it out again.
///
/// What is pushed is the difference between the CIB that was read and the one that was made of it, as
/// one atomic patch: the status and whatever else changes meanwhile are left alone. Nothing is pushed
/// when the configuration has moved on since it was read, or when `crm_verify` objects.
///
/// The CIB before the first push is the pre-image `cib.xml`; `$HARUN_STATE` keeps `new.xml`, the last one pushed.
package enum CIBPush {
    /// Pushes and waits until the cluster has come to rest.
    ///
    /// - Parameters:
    ///   - base: the CIB as the probe read it.
    ///   - new: what ``CIB/merged(with:)`` made of it.
    ///   - wait: how long the cluster may take to carry it out.
    package static func script(base: CIB, new: String, wait: Duration) -> Script {
        let input = base.xml + "@new\n" + new
        return Script(
            """
            \(versionFunction)
            umask 077; S=$HARUN_STATE
            \(PreImage.words)
            cat >"$S/input" && sed '/^@new$/,$d' "$S/input" >"$S/base.xml" && sed '1,/^@new$/d' "$S/input" >"$S/new.xml" || exit 1
            rm -f "$S/input"
            cibadmin --query >"$S/now.xml" || exit 1
            cib_version "$S/now.xml"
            [ "$VERSION" = \(base.version.shellQuoted) ] ||
                needed "the cluster's configuration changed from \(base.version) to $VERSION after it was read; run harun again"
            crm_verify -V --xml-file "$S/new.xml" >"$S/verify" 2>&1 || refuse "crm_verify rejects it: $(tr '\\n' ' ' <"$S/verify")"
            crm_simulate --xml-file "$S/new.xml" --simulate 2>&1 | blob simulation
            crm_diff --original "$S/base.xml" --new "$S/new.xml" --no-version >"$S/patch.xml"
            case $? in 0) echo 'nothing differs';; 1) ;; *) exit 1;; esac
            keep cib.xml "$S/base.xml" || exit 1
            sync "$pre/cib.xml" "$S/new.xml"; : >"$S/pushed"
            if [ -s "$S/patch.xml" ]; then cibadmin --patch --xml-file "$S/patch.xml" || exit 1; fi
            \(waitCommand(wait, why: "the cluster did not come to rest"))
            crm_mon -1 --output-as=xml | blob status
            """, input: Array(input.utf8), timeout: wait + .seconds(90))
    }

    /// Clears old failures of these resources and waits: for a configuration that is in place already.
    package static func cleanup(_ resources: [String], wait: Duration) -> Script {
        let lines = resources.map { "crm_resource --cleanup --resource \($0.shellQuoted) >/dev/null || exit 1" }
        return Script(
            """
            \(lines.joined(separator: "\n"))
            \(waitCommand(wait, why: "the cluster did not come to rest"))
            crm_mon -1 --output-as=xml | blob status
            """, timeout: wait + .seconds(60))
    }

    /// Takes the last push back: stops what it brought, in waves, then patches back to the CIB before the first.
    ///
    /// Constraints go last and together with the resources: without them the scheduler could move a
    /// running machine away from its storage. Resources that were there before the push keep running.
    ///
    /// - Parameters:
    ///   - waves: ids of resources; a wave is stopped before the next one is.
    ///   - mount: where nothing may be mounted on this node afterwards.
    ///   - wait: how long each wave may take.
    package static func undo(waves: [[String]], mount: String?, wait: Duration) -> Script {
        let stops = waves.filter { !$0.isEmpty }.map { wave in
            """
            for id in \(wave.map(\.shellQuoted).joined(separator: " ")); do stop "$id" || exit 1; done
            \(waitCommand(wait, why: "the resources did not stop"))
            for id in \(wave.map(\.shellQuoted).joined(separator: " ")); do stopped "$id" || exit 1; done
            """
        }
        let unmounted = mount.map { mount in
            """
            while read -r _ where _; do
                [ "$where" != \(mount.shellQuoted) ] || { echo "$where is still mounted here" >&2; exit 1; }
            done </proc/mounts
            """
        }
        return Script(
            """
            S=$HARUN_STATE; orig=$S/pre/cib.xml
            [ -e "$S/pushed" ] || { echo 'nothing was pushed'; exit 0; }
            ours() { ! grep -q "<primitive id=\\"$1\\"" "$orig" && cibadmin --query --xpath "//primitive[@id='$1']" >/dev/null 2>&1; }
            stop() {
                ours "$1" || return 0
                crm_resource --resource "$1" --meta --set-parameter target-role --parameter-value Stopped >/dev/null
            }
            stopped() {
                ours "$1" || return 0
                case $(crm_resource --resource "$1" --locate --output-as=xml 2>/dev/null) in
                *'<node>'* | *'<node '*) echo "$1 still runs; nothing was deleted" >&2; return 1;;
                esac
            }
            \((stops + [unmounted].compactMap { $0 }).joined(separator: "\n"))
            crm_diff --original "$S/new.xml" --new "$orig" --no-version >"$S/undo.xml"
            case $? in 0) ;; 1) cibadmin --patch --xml-file "$S/undo.xml" || exit 1;; *) exit 1;; esac
            \(waitCommand(wait, why: "the cluster did not come to rest"))
            rm -f "$S/pushed"
            """, timeout: wait * (waves.count + 1) + .seconds(60))
    }

    /// Defines `cib_version FILE`, which sets `VERSION` to `admin_epoch.epoch`; shell built-ins only.
    private static let versionFunction = """
        cib_version() {
            while read -r line; do case $line in '<cib '*) break;; esac; done <"$1"
            epoch=${line#* epoch=\\"}; admin=${line#* admin_epoch=\\"}
            VERSION=${admin%%\\"*}.${epoch%%\\"*}
        }
        """

    private static func waitCommand(_ limit: Duration, why: String) -> String {
        let seconds = limit.components.seconds
        return """
            crm_resource --wait --timeout=\(seconds)s
            case $? in 0) ;; 124) echo '\(why) within \(seconds) s' >&2; exit 1;; *) exit 1;; esac
            """
    }
}
