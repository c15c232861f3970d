import Actions
import Foundation
import Planning
import Runbooks
import Steps
import Testing
import Transport

@Suite("Putting an inventory and a runbook together")
struct PlannerTests {
    private let step = "action = \"shell\"\nwith = { apply = \"true\" }"

    private func nodes(_ on: String, _ inventory: String = Inventories.small) throws -> [String]? {
        let line = on.isEmpty ? "" : "on = \(on)\n"
        let plan = try Inventories.plan(Inventories.runbook("id = \"a\"\n\(line)\(step)"), inventory)
        return plan.stages.first?.steps.first?.nodes(active: "n2").map(\.text)
    }

    @Test("a step is done where `on` says: all nodes, the first, one, several, none, or the active one")
    func targets() throws {
        #expect(try nodes("") == ["n1", "n2", "n3"])
        #expect(try nodes("\"all\"") == ["n1", "n2", "n3"])
        #expect(try nodes("\"first\"") == ["n1"])
        #expect(try nodes("\"n3\"") == ["n3"])
        #expect(try nodes("[\"n3\", \"n1\"]") == ["n1", "n3"], "the inventory's order holds")
        #expect(try nodes("\"active\"") == ["n2"])
        #expect(try nodes("\"none\"") == nil)
    }

    @Test("`on` may be a setting of the inventory, and the step falls away with its section")
    func targetFromInventory() throws {
        #expect(try nodes("\"${desktop.install}\"", Inventories.whole) == ["nodo1"])
        #expect(try nodes("\"${vm.source}\"", Inventories.whole) == ["nodo1"])
        #expect(try nodes("\"${vm.source}\"") == nil)
        let all = Inventories.small + "[desktop]\ninstall = \"all\"\n"
        #expect(try nodes("\"${desktop.install}\"", all) == ["n1", "n2", "n3"])
        let none = Inventories.small + "[desktop]\ninstall = \"none\"\n"
        #expect(try nodes("\"${desktop.install}\"", none) == nil)
    }

    @Test("a setting that its section lacks, or of a section that there is not, never leaves a step out unseen")
    func absentTargets() throws {
        for (on, path) in [
            ("\"${vm.disk}\"", "vm.disk"), ("\"${wm.source}\"", "wm.source"), ("\"${ssh.node}\"", "ssh.node"),
            ("[\"nodo1\", \"${vm.disk}\"]", "vm.disk"),
        ] {
            let runbook = Inventories.runbook("id = \"a\"\non = \(on)\n\(step)")
            #expect(
                try Inventories.errors(runbook, Inventories.whole) == [
                    "r.toml:7:6: error: the inventory has no `\(path)`, so there is no node to do this on"
                ])
        }
    }

    @Test("a node that is not there, and an `on` that names none, are errors at their place")
    func wrongTargets() throws {
        let hint = "; write all, first, active, none or names of nodes"
        for (on, message) in [
            ("\"n9\"", "there is no node `n9`"), ("[\"n1\", \"n9\"]", "there is no node `n9`"),
            ("3", "`on` must name nodes"), ("[]", "`on` must name nodes"), ("[\"n1\", 3]", "`on` must name nodes"),
        ] {
            let errors = try Inventories.errors(Inventories.runbook("id = \"a\"\non = \(on)\n\(step)"))
            #expect(errors == ["r.toml:7:6: error: \(message)\(hint)"], "on = \(on)")
        }
    }

    @Test("everything that is wrong is reported at once, each at its place in the runbook")
    func allErrors() throws {
        let runbook = Inventories.runbook(
            "id = \"a\"\naction = \"no.such\"", "id = \"b\"\non = \"n9\"\n\(step)",
            "id = \"c\"\naction = \"shell\"\nwith = { aply = \"true\", class = \"twice\" }")
        let errors = try Inventories.errors(runbook)
        #expect(errors.count == 5)
        #expect(errors[0].hasPrefix("r.toml:5:1: error: there is no action `no.such`; known are "))
        #expect(errors[1].hasPrefix("r.toml:10:6: error: there is no node `n9`"))
        #expect(errors[2] == "r.toml:16:8: error: `with` of step one/c needs `apply`")
        #expect(errors[3].hasPrefix("r.toml:16:10: error: unknown key `aply` in `with` of step one/c"))
        #expect(errors[4].hasPrefix("r.toml:16:33: error: `class` must be one of"))
    }

    @Test("a stage or step whose condition does not hold is left out, and an empty stage with it")
    func conditions() throws {
        let runbook = Inventories.runbook(
            "id = \"a\"\nrequires = [\"iscsi\"]\n\(step)",
            "id = \"b\"\nwhen = { \"fencing.method\" = \"sbd\" }\n\(step)",
            "id = \"c\"\nwhen = { \"fencing.method\" = \"none\" }\n\(step)")
        #expect(try Inventories.plan(runbook, Inventories.whole).stages.flatMap(\.steps).map(\.id.step) == ["a", "b"])
        #expect(try Inventories.plan(runbook).stages.isEmpty)
    }

    @Test("a condition may ask for a truth value or a number by its text")
    func conditionsOnValues() throws {
        let runbook = Inventories.runbook(
            "id = \"a\"\nwhen = { \"cluster.start_at_boot\" = \"true\" }\n\(step)",
            "id = \"b\"\nwhen = { \"storage.lun\" = \"1\" }\n\(step)",
            "id = \"c\"\nwhen = { \"storage.lun\" = \"2\" }\n\(step)")
        #expect(try Inventories.plan(runbook, Inventories.whole).stages.flatMap(\.steps).map(\.id.step) == ["a", "b"])
    }

    @Test("a plan is narrowed to the stages between two names")
    func narrowed() throws {
        let stages = ["a", "b", "c"].map { name in
            "[[stage]]\nname = \"\(name)\"\n[[stage.step]]\nid = \"s\"\n\(step)\n"
        }
        let plan = try Inventories.plan("[runbook]\nname = \"x\"\n" + stages.joined())
        func names(_ from: String?, _ to: String?) -> [String] {
            plan.narrowed(from: from, to: to).stages.map(\.name)
        }
        #expect(names(nil, nil) == ["a", "b", "c"])
        #expect(names("b", nil) == ["b", "c"])
        #expect(names(nil, "b") == ["a", "b"])
        #expect(names("b", "b") == ["b"])
        #expect(names("c", "a") == [], "no stage lies between them")
    }

    @Test("the fingerprint tells every other inventory and every other runbook")
    func fingerprint() throws {
        let runbook = Inventories.runbook("id = \"a\"\n\(step)")
        let plan = try Inventories.plan(runbook)
        #expect(plan.fingerprint.count == 64)
        #expect(try Inventories.plan(runbook).fingerprint == plan.fingerprint)
        #expect(try Inventories.plan(runbook + "# \n").fingerprint != plan.fingerprint)
        #expect(try Inventories.plan(runbook, Inventories.small + "# \n").fingerprint != plan.fingerprint)
    }

    @Test("a plan's summary is JSON and comes back from it")
    func summary() throws {
        let plan = try Inventories.plan(Inventories.runbook("id = \"a\"\n\(step)"), Inventories.whole)
        let summary = PlanSummary(plan)
        let data = try JSONEncoder().encode(summary)
        #expect(try JSONDecoder().decode(PlanSummary.self, from: data) == summary)
        #expect(summary.subject == "opencart_cluster")
        #expect(summary.nodes[0].links == ["198.51.100.11"])
        #expect(String(decoding: data, as: UTF8.self).contains("\"id\":\"one\\/a\""))
    }
}
