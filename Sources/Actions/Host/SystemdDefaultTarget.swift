package import Documents
package import Steps
package import Transport

/// Sets the target that systemd brings up at boot.
package struct SystemdDefaultTarget: Action {
    package static let kind = "systemd.default-target"

    private let target: String

    package let stepClass = StepClass.converge
    package let undo = Undo.exact
    package let scope = Scope.node
    package var summary: String { "boot into \(target)" }

    package init?(reading with: TableReader, peers: [Peer]) {
        guard let target = with.requiredString("target") else { return nil }
        guard target.isUnitName, target.hasSuffix(".target") else {
            with.fail("`target` must be a target such as \"graphical.target\"", at: with.location)
            return nil
        }
        self.target = target
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            target=$(systemctl get-default) || exit 1
            fact target "$target"
            [ "$target" = \(target.shellQuoted) ] || needed "it boots into $target"
            satisfied
            """)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            \(PreImage.words)
            set -e
            link=/etc/systemd/system/default.target
            link() { if [ -L "$link" ]; then readlink "$link"; else echo none; fi; }
            keep_output link link
            systemctl --quiet set-default \(target.shellQuoted)
            """)
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            set -e
            link=/etc/systemd/system/default.target
            [ -e "$HARUN_STATE/pre/link" ] || exit 0
            read -r old <"$HARUN_STATE/pre/link"
            at=none; [ ! -L "$link" ] || at=$(readlink "$link")
            [ "$at" != "$old" ] || exit 0
            now=$(systemctl get-default)
            [ "$now" = \(target.shellQuoted) ] || refuse "it boots into $now by now, which harun did not set"
            if [ "$old" = none ]; then rm -f "$link"; else ln -sfn "$old" "$link"; fi
            systemctl daemon-reload
            """)
    }
}

extension String {
    /// Whether the string can be the full name of a systemd unit.
    var isUnitName: Bool { wholeMatch(of: /[A-Za-z0-9:_@\\][A-Za-z0-9:_.@\\-]*\.[a-z]+/) != nil }
}
