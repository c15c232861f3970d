import Documents
package import Steps
package import Transport

/// What is kept of a fence on the node that asks for it, so that a run that is resumed does not fence again.
extension FencingProveAction {
    /// What an earlier process of this run kept before it had a node fenced, and what became of that.
    static let earlier = """
        read -r boot </proc/sys/kernel/random/boot_id && fact boot_id "$boot"
        if [ -r "${HARUN_STATE:-/dev/null}/fence" ]; then
            blob fence <"$HARUN_STATE/fence"
            read -r _ target _ <"$HARUN_STATE/fence"
            stonith_admin --history "$target" --output-as=xml 2>/dev/null | blob history
        fi
        """

    /// A fence that was asked for is found again by its target's boot and by Pacemaker's history.
    ///
    /// It is gone on from there. A target that booted since, without a fence in that history, proves nothing.
    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool {
        observations.values.allSatisfy { observation in
            guard let begun = Begun(observation.facts) else { return observation.facts["fence"] == nil }
            let boot = observations.first { $0.key.text == begun.target }?.value.facts["boot_id"]
            return boot == begun.boot
                || !Self.successes(of: begun.target, observation.facts).isSubset(of: begun.successes)
        }
    }

    /// Keeps on the node that fences what it was like before, so that a run that is resumed does not fence again.
    static func begin(_ hash: String, _ target: NodeName, _ boot: String, _ successes: Set<String>) -> Script {
        Script(
            """
            umask 077; mkdir -p "$HARUN_STATE" && cd "$HARUN_STATE" || exit 1
            echo \("\(hash) \(target) \(boot) \(successes.sorted().joined(separator: ","))".shellQuoted) >fence && sync fence
            """)
    }

    /// When Pacemaker's own record says that a node was fenced with success, and what an earlier process of this
    /// run kept before it had the node fenced under this configuration.
    ///
    /// Pacemaker shows the newest of several equal fences only, so they cannot be counted.
    func record(
        of target: NodeName, on origin: NodeName, _ hash: String, in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> (successes: Set<String>, begun: Begun?) {
        let script = Script(
            """
            [ ! -r "$HARUN_STATE/fence" ] || blob fence <"$HARUN_STATE/fence"
            stonith_admin --history \(target.text.shellQuoted) --output-as=xml | blob history
            """)
        let facts = try await context.run(script, on: origin).observation.facts
        let begun = Begun(facts)
        return (
            Self.successes(of: target.text, facts), begun?.hash == hash && begun?.target == target.text ? begun : nil
        )
    }

    /// When Pacemaker's history says that a node was fenced with success.
    private static func successes(of target: String, _ facts: [String: String]) -> Set<String> {
        let events = XMLTree(parsing: facts["history"] ?? "")?.descendants("fence_event") ?? []
        let wanted = events.filter { $0["target"] == target && $0["status"] == "success" }
        return Set(wanted.map { event in (event["completed"] ?? "once").filter { !$0.isWhitespace && $0 != "," } })
    }

    /// What ``begin(_:_:_:_:)`` kept.
    struct Begun {
        var hash: String
        var target: String
        var boot: String
        var successes: Set<String>

        init?(_ facts: [String: String]) {
            let words = (facts["fence"] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count >= 3 else { return nil }
            (hash, target, boot) = (words[0], words[1], words[2])
            successes = Set(words.count > 3 ? words[3].split(separator: ",").map(String.init) : [])
        }
    }
}
