import Steps
import Transport

/// One package by the names that releases know it by, the preferred one first: `fence-agents-sbd|fence-agents`.
///
/// Debian 13 splits the fence agents into a package each, and the package of the old name brings all of them with the SDKs of
/// every cloud. Which name a node has is asked there: a list of releases would be wrong with the next one.
struct PackageChoice: Sendable, Hashable {
    var names: [String]

    /// Reads the runbook's form; nil where one of the names is none of a package (Debian policy 5.6.1).
    init?(_ text: String) {
        let names = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard names.allSatisfy({ $0.wholeMatch(of: /[a-z0-9][a-z0-9+.\-]+/) != nil }) else { return nil }
        self.names = names
    }

    var text: String { names.joined(separator: "|") }

    /// What some releases split in two, `NAME-base` and `NAME-extra`.
    ///
    /// Ubuntu does, and leaves Filesystem and VirtualDomain out of the part that pacemaker pulls in. There the whole name is an
    /// empty package that needs both, for as long as it is kept.
    private static let split: Set = ["resource-agents", "fence-agents"]

    /// What the choice may be installed by, the preferred first; each is some packages.
    private var alternatives: [[String]] {
        names.flatMap { Self.split.contains($0) ? [["\($0)-base", "\($0)-extra"], [$0]] : [[$0]] }
    }

    /// The alternatives as shell words, one each.
    private var words: String { alternatives.map { $0.joined(separator: " ") }.shellWords }

    /// What asks apt for what it has where that decides something; nil where it never does.
    private var question: String? {
        guard alternatives.count > 1 else { return nil }
        // A whole package stands for its parts.
        return (names.count == 1 ? "there \(names.shellWords) || " : "") + "unsure \(words)"
    }

    /// Sets the positional parameters to every name that one of the choices may have been installed by.
    static func all(of choices: [PackageChoice]) -> String {
        "set -- \(choices.flatMap(\.alternatives).flatMap { $0 }.shellWords)"
    }

    /// Shell words: `look` sets `installed` to those of the names that are installed, `offered` to those of the others that
    /// apt has where that decides something, `names` to the name of each choice and `missing` to those that are not installed.
    ///
    /// A choice goes by its first name that is installed or that apt has, or else by its last. An installed later name decides
    /// nothing: `qemu-system-common` is there in Debian 13 too, and has no SPICE any more. One process; another one where some
    /// first name is not installed.
    ///
    /// - Parameter also: further choices, for `installed` and `offered` alone.
    static func look(for choices: [PackageChoice], also: [PackageChoice] = []) -> String {
        """
        \(all(of: choices + also))
        every=$*
        there() { for one; do case $installed in *" $one "*) ;; *) return 1;; esac; done; }
        known() { for one; do case $installed$offered in *" $one "*) ;; *) return 1;; esac; done; }
        # shellcheck disable=SC2086
        unsure() { for real; do if there $real; then return; fi; ask="$ask $real"; done; }
        # shellcheck disable=SC2086
        want() {
            for real; do if known $real; then break; fi; done
            names="$names $real"
            for one in $real; do there "$one" || missing="$missing $one"; done
        }
        # shellcheck disable=SC2086
        look() {
            installed=' '; offered=' '; names=; missing=; ask=
            while read -r status name; do
                case $status in installed) installed="$installed$name ";; esac
            done <<END
        $(dpkg-query -W -f='${db:Status-Status} ${Package}\\n' $every 2>/dev/null)
        END
            \((choices + also).compactMap(\.question).joined(separator: "\n    "))
            [ -z "$ask" ] || while read -r field name; do
                case $field in Package:) offered="$offered$name ";; esac
            done <<END
        $(apt-cache show --no-all-versions $ask 2>/dev/null)
        END
            \(choices.map { "want \($0.words)" }.joined(separator: "\n    "))
            missing=${missing# }
        }
        """
    }

    /// What of the choice is to be installed on a node of these facts; nil where it is there.
    func missing(_ observation: Observation) -> String? {
        let installed = observation.words("installed")
        let known = installed + observation.words("offered")
        let name = names.first(where: known.contains) ?? names.last ?? ""
        return installed.contains(name) ? nil : name
    }
}
