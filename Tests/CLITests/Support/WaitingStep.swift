/// The step of a test's runbook in whose middle something happens: it waits for the file `go`.
enum WaitingStep {
    /// Named `a`; says in the file `started` that it began, and in the log how often; more settings may follow.
    static func toml(class stepClass: String, isLong: Bool) -> String {
        """
        [[stage.step]]
        id = "a"
        action = "shell"
        [stage.step.with]
        class = "\(stepClass)"
        long = \(isLong)
        timeout = "600s"
        probe = '[ -e "$NODE_ROOT/a" ]'
        apply = '''
        echo a >>"$NODE_ROOT/log"; : >"$NODE_ROOT/started"
        until [ -e "$NODE_ROOT/go" ]; do sleep 0.05; done
        : >"$NODE_ROOT/a"
        '''
        """
    }
}
