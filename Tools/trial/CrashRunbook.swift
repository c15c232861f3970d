import Actions
import Documents
import Inventory
import Planning
import Runbooks
import Steps
import Transport

/// A runbook with a step of every class, every kind of target and every kind of undo.
///
/// Each effect that must happen once is one appended byte, so that a repetition shows, and takes its time, so
/// that it may go on while nobody listens any more. `$NODE_ROOT/../shared` is the disk that all nodes see.
enum CrashRunbook {
    /// Plans it for two nodes.
    ///
    /// - Parameter isFailing: whether the last step fails on the second node, so that its stage is taken back.
    static func plan(isFailing: Bool) throws -> (plan: Plan, endpoints: [Endpoint]) {
        let nodes = (1...2).map { "[[node]]\nname = \"n\($0)\"\naddress = \"192.0.2.\($0)\"\n" }.joined()
        let inventory = try Fleet.parse(
            nodes, file: "inventory.toml",
            in: Surroundings(home: "/home/operator", directory: "/home/operator") { _ in nil })
        let source = text + (isFailing ? bad : "")
        var plan = try Planner.plan(Runbook(parsing: source, file: "runbook.toml"), for: inventory)
        for stage in plan.stages.indices {
            for index in plan.stages[stage].steps.indices {
                let step = plan.stages[stage].steps[index]
                let scope: Scope = ["format", "all"].contains(step.id.step) ? .fleet : .node
                let undo = step.id.step == "exact" ? Undo.exact : step.action.undo
                plan.stages[stage].steps[index].action = VariedAction(base: step.action, scope: scope, undo: undo)
            }
        }
        return (plan, inventory.nodes.map { $0.endpoint() })
    }

    private static let text = """
        [runbook]
        name = "crash"

        [[stage]]
        name = "base"

        [[stage.step]]
        id = "look"
        action = "shell"
        with = { class = "pure", apply = "ls \\"$NODE_ROOT\\"" }

        [[stage.step]]
        id = "conf"
        action = "shell"
        [stage.step.with]
        probe = 'grep -qx new "$NODE_ROOT/conf"'
        apply = '''
        [ -e "$HARUN_STATE/conf" ] || touch "$HARUN_STATE/conf"
        echo new >"$NODE_ROOT/conf.new"; mv "$NODE_ROOT/conf.new" "$NODE_ROOT/conf"
        '''
        undo = 'rm -f "$NODE_ROOT/conf"'

        [[stage.step]]
        id = "once"
        action = "shell"
        with = { class = "once", needed_is_proof = true, long = true, probe = '[ -s "$NODE_ROOT/once" ]', apply = 'sleep 0.05; echo x >>"$NODE_ROOT/once"' }

        [[stage.step]]
        id = "pay"
        action = "shell"
        [stage.step.with]
        class = "once"
        probe = '[ -s "$NODE_ROOT/receipt" ]'
        apply = 'sleep 0.02; echo x >>"$NODE_ROOT/paid"; sleep 0.02; echo x >>"$NODE_ROOT/receipt"'

        [[stage]]
        name = "disk"

        [[stage.step]]
        id = "format"
        action = "shell"
        on = "first"
        [stage.step.with]
        class = "destructive"
        long = true
        probe = '[ -s "$NODE_ROOT/../shared/disk" ]'
        apply = 'sleep 0.05; mkdir -p "$NODE_ROOT/../shared"; echo x >>"$NODE_ROOT/../shared/disk"'

        [[stage.step]]
        id = "roll"
        action = "shell"
        rolling = true
        with = { probe = '[ -e "$NODE_ROOT/roll" ]', apply = ': >"$NODE_ROOT/roll"', undo = 'rm -f "$NODE_ROOT/roll"' }

        [[stage]]
        name = "service"

        [[stage.step]]
        id = "unit"
        action = "shell"
        with = { probe = '[ -e "$NODE_ROOT/run/unit" ]', apply = ': >"$NODE_ROOT/run/unit"', undo = 'rm -f "$NODE_ROOT/run/unit"' }

        [[stage.step]]
        id = "exact"
        action = "shell"
        [stage.step.with]
        probe = 'grep -qx two "$NODE_ROOT/level"'
        apply = '''
        [ -e "$HARUN_STATE/saved" ] || { cat "$NODE_ROOT/level" >"$HARUN_STATE/saved.new" 2>/dev/null || :; mv "$HARUN_STATE/saved.new" "$HARUN_STATE/saved"; }
        echo two >"$NODE_ROOT/level.new"; mv "$NODE_ROOT/level.new" "$NODE_ROOT/level"
        '''
        undo = 'if [ -s "$HARUN_STATE/saved" ]; then cp "$HARUN_STATE/saved" "$NODE_ROOT/level"; else rm -f "$NODE_ROOT/level"; fi'

        [[stage.step]]
        id = "all"
        action = "shell"
        with = { probe = '[ -e "$NODE_ROOT/all" ]', apply = ': >"$NODE_ROOT/all"', undo = 'rm -f "$NODE_ROOT/all"' }

        """

    private static let bad = """

        [[stage.step]]
        id = "bad"
        action = "shell"
        on = ["n2"]
        with = { probe = "false", apply = "exit 7", undo = "true" }

        """
}
