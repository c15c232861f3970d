package import Steps
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

    /// Takes the push back: stops what it brought, then patches back to the CIB before the first one.
    ///
    /// Resources that were there before the push keep running: of an update only the values go back. Nothing is stopped
    /// before a copy of the CIB has taken the way back: where anything else in the cluster needs what the push brought,
    /// Pacemaker's schema refuses it.
    ///
    /// What must stop is kept from every node by constraints of harun's own (``stopPrefix``), put in at once, so that
    /// the scheduler stops everything in the order of the other constraints. No `target-role` is written: one that
    /// says Stopped is a person's. The constraints go with the last patch, or when the undo fails; after a kill the next
    /// undo ends what this one began, and the next push takes them out, see ``CIBMerge``.
    ///
    /// - Parameters:
    ///   - resources: ids of resources that the push may have brought.
    ///   - mount: the resource that mounts, and where; nothing may be mounted there on this node once it is stopped.
    ///   - wait: how long the resources may take to stop.
    package static func undo(resources: [String], mount: (id: String, path: String)? = nil, wait: Duration) -> Script {
        let unmounted = mount.map { mount in
            """
            case " $ours " in *\(" \(mount.id) ".shellQuoted)*)
                while read -r _ where _; do
                    [ "$where" != \(mount.path.shellQuoted) ] || { echo "$where is still mounted here" >&2; exit 1; }
                done </proc/mounts;;
            esac
            """
        }
        return Script(
            """
            \(versionFunction)
            umask 077; S=$HARUN_STATE; orig=$S/pre/cib.xml
            [ -e "$S/pushed" ] || { echo 'nothing was pushed'; exit 0; }
            # The CIB as it is into $S/now.xml, and as it is to be into $S/back.xml.
            way_back() {
                cibadmin --query >"$S/now.xml" || return
                cp "$S/now.xml" "$S/back.xml" || return
                for id in \(resources.map(\.shellQuoted).joined(separator: " ")); do
                    CIB_file=$S/back.xml cibadmin --delete-all --force --xpath "//rsc_location[@id='\(stopPrefix)$id']" || return
                done
                [ ! -s "$S/undo.xml" ] || CIB_file=$S/back.xml cibadmin --patch --xml-file "$S/undo.xml"
            }
            released() {
                for id in $ours; do cibadmin --delete-all --force --xpath "//rsc_location[@id='\(stopPrefix)$id']"; done
            }
            crm_diff --original "$S/new.xml" --new "$orig" --no-version >"$S/undo.xml"
            case $? in 0) : >"$S/undo.xml";; 1) ;; *) exit 1;; esac
            cibadmin --query >"$S/now.xml" || exit 1
            cib_version "$S/now.xml"; now=$VERSION; cib_version "$orig"
            [ "$now" != "$VERSION" ] || { echo 'the push did not come to pass'; rm -f "$S/pushed"; exit 0; }
            way_back || { echo 'the cluster needs what was pushed, so nothing was stopped or taken back; see: pcs constraint' >&2; exit 1; }
            ours=; stops=
            for id in \(resources.map(\.shellQuoted).joined(separator: " ")); do
                ! grep -q "<primitive id=\\"$id\\"" "$orig" || continue
                grep -q "<primitive [^>]*id=\\"$id\\"" "$S/now.xml" || continue
                ours="$ours $id"
                stops="$stops<rsc_location id=\\"\(stopPrefix)$id\\" rsc=\\"$id\\"><rule id=\\"\(stopPrefix)$id-rule\\" score=\\"-INFINITY\\" boolean-op=\\"and\\"><expression id=\\"\(stopPrefix)$id-anywhere\\" attribute=\\"#uname\\" operation=\\"defined\\"/></rule></rsc_location>"
            done
            if [ -n "$ours" ]; then
                trap released EXIT; trap 'exit 1' HUP INT TERM
                cibadmin --modify --allow-create --scope constraints --xml-text "<constraints>$stops</constraints>" || exit 1
                \(waitCommand(wait, why: "the resources did not stop"))
                for id in $ours; do
                    case $(crm_resource --resource "$id" --locate --output-as=xml 2>/dev/null) in
                    *'<node>'* | *'<node '*) echo "$id still runs; nothing was deleted" >&2; exit 1;;
                    esac
                done
            \(unmounted ?? "")
            fi
            way_back || exit 1
            crm_diff --original "$S/now.xml" --new "$S/back.xml" --no-version >"$S/undo.patch"
            case $? in 0) ;; 1) cibadmin --patch --xml-file "$S/undo.patch" || exit 1;; *) exit 1;; esac
            trap - EXIT
            \(waitCommand(wait, why: "the cluster did not come to rest"))
            rm -f "$S/pushed"
            """, timeout: wait * 2 + .seconds(120))
    }

    /// What begins the id of a constraint that keeps a resource stopped for an undo.
    static let stopPrefix = "harun-stop-"

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
