import Steps
import Transport

/// Finds out whether a LUN is mounted on a node, at its place or at any other.
///
/// A mount point alone says too little: the LUN mounted by hand at `/data` of one node, and by the cluster on another,
/// is one file system with two writers.
struct MountProbe {
    let mount: String

    /// Shell source that reports the facts which ``obstacle(_:on:)`` reads; `lun_find` must have been called before.
    ///
    /// Partitions of the LUN count as the LUN.
    var script: String {
        """
        numbers=
        if [ -n "${DEV-}" ]; then
            for number in "/sys/class/block/${DEV##*/}/dev" "/sys/class/block/${DEV##*/}"/*/partition; do
                [ -e "$number" ] || continue
                read -r number <"${number%/*}/dev" && numbers="$numbers $number "
            done
        fi
        place=\(mount.shellQuoted); at=
        while read -r _ _ number _ where _; do
            case $numbers in *" $number "*) is_lun=yes;; *) is_lun=no;; esac
            if [ "$where" = "$place" ]; then at=yes; fact mounted yes; [ -z "$numbers" ] || fact mounted.lun $is_lun
            elif [ $is_lun = yes ]; then fact mounted.elsewhere "$where"; fi
        done </proc/self/mountinfo
        if [ -L "$place" ]; then fact place.link "$(readlink -f "$place")"
        elif [ -z "$at" ]; then
            for file in "$place"/* "$place"/.[!.]* "$place"/..?*; do
                if [ -e "$file" ] || [ -L "$file" ]; then fact place.holds "$file"; break; fi
            done
        fi
        """
    }

    static func isMounted(_ observation: Observation) -> Bool { observation.facts["mounted"] != nil }

    /// Why the LUN must not be used on any node because of this one: two writers, or files of the node that lie where it
    /// would be mounted.
    ///
    /// Another place on a node that has it at its own place as well is no second writer.
    func obstacle(_ observation: Observation) -> String? {
        if Self.isMounted(observation) {
            return observation.facts["mounted.lun"] == "no" ? "another disk is mounted at \(mount)" : nil
        }
        if let place = observation.facts["mounted.elsewhere"] {
            return "the LUN is mounted at \(place), outside of the cluster; stop what uses it and type: umount \(place)"
        }
        if let target = observation.facts["place.link"] {
            return "\(mount) is a symbolic link to \(target); let [storage] mount name a folder"
        }
        return observation.facts["place.holds"].map {
            "\($0) would be hidden by the LUN mounted at \(mount): move it away, or choose another [storage] mount"
        }
    }
}
