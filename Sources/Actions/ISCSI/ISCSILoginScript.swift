import Steps

/// The parts of ``ISCSILogin``'s scripts that do not depend on its parameters.
enum ISCSILoginScript {
    /// Keeps what was there before, once; records can hold passwords, so the copy is root's alone.
    static let saved = """
        \(PreImage.words)
        session_before() { if find_session; then read -r tmo <"$session/recovery_tmo"; echo "open $tmo"; else echo closed; fi; }
        enabled_before() { systemctl is-enabled open-iscsi.service iscsid.socket 2>/dev/null || :; }
        save() {
            find_record || :
            [ ! -e "$HARUN_STATE/saved" ] || return 0
            umask 077
            keep_output session session_before && keep_output enabled enabled_before &&
                keep record "${record:-/nonexistent}" || return
            : >"$HARUN_STATE/saved"
            umask 022
        }
        """

    /// Sets `initiator` to this node's name for messages, or to why there is none.
    static let initiator = """
        \(ISCSIInitiator.name)
        : "${initiator:=(none: there is no /etc/iscsi/initiatorname.iscsi)}"
        """

    /// Makes one record only: a plain discovery would write one for every portal that the target lists.
    static let create = """
        found=$(iscsiadm -m discovery -t sendtargets -p "$portal" -o nonpersistent) ||
            { echo "no answer from an iSCSI target at $portal" >&2; exit 1; }
        tag=; others=; elsewhere=
        while read -r at name; do
            if [ "$name" != "$target" ]; then others="$others $name"
            elif [ "${at%,*}" = "$portal" ]; then tag=${at##*,}
            else elsewhere="$elsewhere ${at%,*}"
            fi
        done <<END
        $found
        END
        [ -n "$tag" ] || [ -z "$elsewhere" ] ||
            refuse "the target at $portal offers $target at other portals only:$elsewhere; write one of them as portal"
        [ -n "$tag" ] ||
            refuse "$portal does not offer $target to this node, whose initiator name is $initiator; it offers:${others:- nothing}"
        iscsiadm -m node -o new -T "$target" -p "$portal,$tag" >/dev/null || exit 1
        """

    /// Logs in; exit code 15 means that the session is there already, and 24 any refusal by the target.
    static func login(hasChap: Bool) -> String {
        let chap =
            hasChap
            ? "the CHAP user or password is wrong" : "the target may ask for CHAP, and no chap is given for it"
        return """
            iscsiadm -m node -T "$target" -p "$portal" --login
            case $? in
            0|15) ;;
            24) echo "the target refused the login: it does not allow the initiator name of this node, $initiator, or \(chap)" >&2; exit 1;;
            19) echo "the target ended the login; does it allow the initiator name of this node, $initiator?" >&2; exit 1;;
            *) exit 1;;
            esac
            tries=0
            until find_session && read -r state <"$session/state" && [ "$state" = LOGGED_IN ]; do
                tries=$((tries + 1)); [ "$tries" -lt 30 ] || { echo 'the session does not come up' >&2; exit 1; }
                sleep 1
            done
            """
    }

    /// Sets `service` and `daemon` to what systemd would start at boot: one word, and one or two.
    static let enabled = """
        service=; daemon=
        for state in $(systemctl is-enabled open-iscsi.service iscsid.socket iscsid.service 2>/dev/null); do
            if [ -z "$service" ]; then service=$state; else daemon="$daemon $state"; fi
        done
        """

    /// The login at boot is open-iscsi.service's; iscsid is started by its socket.
    static let boot = """
        \(enabled)
        [ "$service" = enabled ] || systemctl --quiet enable open-iscsi.service || exit 1
        case $daemon in *enabled*) ;; *) systemctl --quiet enable iscsid.socket || exit 1;; esac
        """

    /// The links to the target's disks through this portal; udev writes an IPv6 address without brackets.
    static let disks = """
        /dev/disk/by-path/*"ip-$host:$port-iscsi-$target-lun-"* /dev/disk/by-path/*"ip-[$host]:$port-iscsi-$target-lun-"*
        """

    static let awaitDisks = """
        tries=0
        while :; do
            udevadm settle --timeout=30
            for link in \(disks); do [ ! -b "$link" ] || exit 0; done
            tries=$((tries + 1))
            [ "$tries" -lt 30 ] || { echo "$target shows this node no LUN; is one mapped to it?" >&2; exit 1; }
            sleep 1
        done
        """

    /// Ends the session and removes the record where this step made them, and nothing uses the disks.
    static let takeBack = """
        [ -e "$HARUN_STATE/saved" ] || exit 0
        command -v iscsiadm >/dev/null || exit 0
        read -r was tmo <"$HARUN_STATE/pre/session"
        busy() { refuse "the session stays: $1"; }
        if [ "$was" = closed ] && find_session; then
            opened() { case $(ls -l /proc/[0-9]*/fd 2>/dev/null) in *" -> /dev/$name"*) ;; *) return 1;; esac; }
            for block in "$session"/device/target*/*/block/*; do
                [ -e "$block" ] || continue
                name=${block##*/}
                for holder in "$block"/holders/* "$block/$name"*/holders/*; do
                    [ ! -e "$holder" ] || busy "${holder##*/} is built on /dev/$name"
                done
                for file in "$block/dev" "$block/$name"*/dev; do
                    [ -e "$file" ] || continue
                    read -r number <"$file"
                    while read -r _ _ at _ mount _; do
                        [ "$at" != "$number" ] || busy "/dev/$name is mounted at $mount"
                    done </proc/self/mountinfo
                done
                while read -r path _; do
                    case $path in "/dev/$name"*) busy "/dev/$name is swap";; esac
                done </proc/swaps
                # udev looks into a disk for a moment whenever somebody who could write to it closes it.
                left=20; while opened && [ $left -gt 0 ]; do left=$((left - 1)); sleep 0.5; done
                ! opened || busy "a process has /dev/$name open"
            done
            iscsiadm -m node -T "$target" -p "$portal" --logout || exit 1
        fi
        if [ -e "$HARUN_STATE/pre/record" ]; then
            find_record && cp -p "$HARUN_STATE/pre/record" "$record" || exit 1
            if [ "$was" = open ] && find_session; then
                read -r now <"$session/recovery_tmo"
                [ "$now" = "$tmo" ] || echo "$tmo" >"$session/recovery_tmo" || exit 1
            fi
        elif find_record; then
            find_session || iscsiadm -m node -T "$target" -p "$portal" -o delete || exit 1
        fi
        { read -r service || service=; read -r socket || socket=; } <"$HARUN_STATE/pre/enabled"
        [ "$service" != disabled ] || systemctl --quiet disable open-iscsi.service || exit 1
        [ "$socket" != disabled ] || systemctl --quiet disable iscsid.socket || exit 1
        exit 0
        """
}
