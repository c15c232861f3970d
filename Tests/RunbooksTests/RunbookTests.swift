import Documents
import Runbooks
import Testing

@Suite("Reading runbooks")
struct RunbookTests {
    private func errors(_ text: String) -> [String] {
        do throws(DiagnosticError) {
            _ = try Runbook(parsing: text, file: "r.toml")
            return []
        } catch {
            return error.diagnostics.map(\.description)
        }
    }

    private let whole = """
        [runbook]
        name = "test"
        summary = "what it is for"
        requires = ["cluster"]

        [[stage]]
        name = "one"
        summary = "first"
        requires = ["iscsi", "storage"]
        when = { "fencing.method" = "sbd" }

        [[stage.step]]
        id = "a"
        action = "shell"
        on = ["n1", "n2"]
        rolling = true
        requires = ["vm"]
        when = { "storage.format" = "never" }
        with = { apply = "true", n = 3 }

        [[stage.step]]
        id = "b-2"
        action = "fs.make"
        """

    @Test("every key is read, and what is left out has its default")
    func wholeRunbook() throws {
        let runbook = try Runbook(parsing: whole, file: "r.toml")
        #expect(runbook.name == "test")
        #expect(runbook.summary == "what it is for")
        #expect(runbook.requires == ["cluster"])
        #expect(runbook.source == whole)
        let stage = runbook.stages[0]
        #expect(stage.condition.requires == ["iscsi", "storage"])
        #expect(stage.condition.when == ["fencing.method": "sbd"])
        #expect(stage.steps.map(\.id) == ["a", "b-2"])
        let step = stage.steps[0]
        #expect(step.on?.array?.compactMap(\.string) == ["n1", "n2"])
        #expect(step.isRolling)
        #expect(step.condition.requires == ["vm"])
        #expect(step.condition.when == ["storage.format": "never"])
        #expect(step.with["n"]?.integer == 3)
        let plain = stage.steps[1]
        #expect(plain.on == nil)
        #expect(!plain.isRolling)
        #expect(plain.with.entries.isEmpty)
        #expect(plain.location.line == 21)
    }

    @Test("everything that is wrong is reported at once, each error at its place and in the file's order")
    func allErrors() {
        let text = """
            [runbook]
            nme = "typo"

            [[stage]]
            name = "One"
            [[stage.step]]
            id = "a"
            actoin = "shell"
            [[stage.step]]
            id = "a"
            action = "shell"
            rolling = "yes"

            [[stage]]
            name = "two"
            """
        #expect(
            errors(text) == [
                "r.toml:1:1: error: [runbook] needs `name`",
                "r.toml:2:1: error: unknown key `nme` in [runbook]; did you mean `name`?",
                "r.toml:4:1: error: a stage's name is made of a-z, 0-9 and -",
                "r.toml:6:1: error: [[stage.step]] needs `action`",
                "r.toml:8:1: error: unknown key `actoin` in [[stage.step]]; did you mean `action`?",
                "r.toml:9:1: error: step `a` is there twice; its name is its identity in the journal",
                "r.toml:12:11: error: `rolling` must be true or false, not a string",
                "r.toml:14:1: error: stage `two` has no [[stage.step]]",
            ])
    }

    @Test(
        "what a runbook must have is missed where it should be",
        arguments: [
            ("", "r.toml:1:1: error: the runbook needs `runbook`"),
            ("runbook = 1", "r.toml:1:11: error: `runbook` must be a table, not an integer"),
            ("[runbook]\nname = \"x\"", "r.toml:1:1: error: a runbook needs at least one [[stage]]"),
            ("[runbook]\nname = \"\"", "r.toml:2:8: error: `name` must not be empty"),
            ("[runbook]\nname = \"x\"\nstages = []", "r.toml:3:1: error: unknown key `stages` in [runbook]"),
            ("[runbook\n", "r.toml:1:"),
        ])
    func missing(text: String, error: String) {
        #expect(errors(text).contains { $0.hasPrefix(error) }, "\(errors(text))")
    }

    @Test("two stages of one name are an error")
    func repeatedStage() {
        let stage = "[[stage]]\nname = \"one\"\n[[stage.step]]\nid = \"a\"\naction = \"shell\"\n"
        #expect(
            errors("[runbook]\nname = \"x\"\n" + stage + stage) == [
                "r.toml:8:1: error: stage `one` is there twice; its name is its identity in the journal"
            ])
    }

    @Test("a condition compares with strings only")
    func conditions() {
        let text = whole.replacing("{ \"storage.format\" = \"never\" }", with: "{ \"storage.lun\" = 1 }")
        #expect(errors(text) == ["r.toml:18:26: error: `when` compares with strings"])
    }

    @Test(
        "names that would not do in a path are refused",
        arguments: ["A", "a_b", "a/b", "ü", "", String(repeating: "x", count: 41)])
    func names(name: String) {
        let text = whole.replacing("id = \"b-2\"", with: "id = \"\(name)\"")
        #expect(errors(text).count >= 1)
        #expect(errors(text).allSatisfy { $0.hasPrefix("r.toml:2") })
    }
}
