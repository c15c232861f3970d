import Documents
import Steps
import Testing
import Transport

@testable import Actions

@Suite("cluster.pristine")
struct ClusterPristineTests {
    private let action: ClusterPristineAction
    private static let running = units([
        "pacemaker.service": "active", "corosync.service": "active", "sbd.service": "failed",
        "pcsd.service": "active",
    ])
    private static let bareCIB =
        "<cib><configuration><nodes><node id='1' uname='node1'/></nodes><resources/></configuration></cib>"

    init() throws { action = try make(ClusterPristineAction.self, ["cluster": .string("shop")]) }

    private func verdict(_ facts: [String: String]) -> Verdict? { action.judge(["nodo1": found(facts)])["nodo1"] }

    @Test("the distribution's own cluster is cleared away")
    func distribution() {
        let facts = ["conf": CorosyncConfigurationTests.debian, "cib": Self.bareCIB, "units": Self.running]
        #expect(verdict(facts) == .needed("the distribution's default cluster is set up"))
    }

    @Test("the distribution's cluster without a CIB, as sbd's failure leaves it, is cleared away too")
    func noCIB() {
        let facts = ["conf": CorosyncConfigurationTests.debian, "units": Self.running]
        #expect(verdict(facts) == .needed("the distribution's default cluster is set up"))
    }

    @Test("the distribution's cluster is left alone where somebody uses it")
    func used() throws {
        let cib = Self.bareCIB.replacing("<resources/>", with: "<resources><primitive id='db'/></resources>")
        let why = try #require(
            verdict(["conf": CorosyncConfigurationTests.debian, "cib": cib, "units": Self.running]))
        #expect(why.isObstacle)
        #expect(why.reason.contains("somebody put the resources db into it"))
        let members = Self.bareCIB.replacing("<node id", with: "<node id='2'/><node id")
        #expect(
            verdict(["conf": CorosyncConfigurationTests.debian, "cib": members, "units": Self.running])?.isObstacle
                == true)
        #expect(
            verdict(["conf": CorosyncConfigurationTests.debian, "cib": "<cib", "units": Self.running])?.isObstacle
                == true)
    }

    @Test("the wanted cluster passes, and only pcsd is started where it does not run")
    func ours() {
        let facts = ["conf": CorosyncConfigurationTests.shop(), "units": Self.running]
        #expect(verdict(facts) == .satisfied)
        let stopped = ["conf": CorosyncConfigurationTests.shop(), "units": units(["pcsd.service": "inactive"])]
        #expect(verdict(stopped) == .needed("pcsd does not run"))
        let script = action.apply("nodo1", ["nodo1": found(stopped)])
        #expect(script?.text.hasSuffix("\nSYSTEMCTL_SKIP_SYSV=1 systemctl enable --quiet --now pcsd.service") == true)
        #expect(script?.text.contains("systemctl stop") == false)
    }

    @Test(
        "any other cluster is refused by name",
        arguments: [
            CorosyncConfigurationTests.shop(name: "other"), CorosyncConfigurationTests.shop(second: "nodo3"), "totem {",
        ])
    func foreign(conf: String) throws {
        let why = try #require(verdict(["conf": conf, "units": Self.running]))
        guard case .refused = why else {
            Issue.record("\(why)")
            return
        }
    }

    @Test("a bare node passes; an sbd that would fail at the start, or a missing pcsd, does not")
    func bare() {
        #expect(
            verdict(["units": units(["pcsd.service": "active", "sbd.service": "inactive disabled"])]) == .satisfied)
        #expect(verdict(["units": units(["pcsd.service": "active"])]) == .satisfied)
        #expect(
            verdict(["units": units(["pcsd.service": "active", "sbd.service": "failed"])])
                == .needed("sbd starts with the cluster, unconfigured"))
        #expect(
            verdict(["units": units(["pcsd.service": "active", "sbd.service": "inactive"]), "sbd": "configured"])
                == .satisfied)
        #expect(verdict(["units": units(["pcsd.service": "failed"])]) == .needed("pcsd does not run"))
    }

    @Test("resources of an earlier cluster are not lost by setting up another")
    func leftOvers() {
        let cib = "<cib><configuration><nodes/><resources><group id='g'/></resources></configuration></cib>"
        #expect(verdict(["cib": cib, "units": units(["pcsd.service": "active"])])?.isObstacle == true)
    }

    @Test("a probe that failed stays a failure")
    func failure() {
        let verdicts = action.judge(["nodo1": Observation(code: nil), "nodo2": Observation(code: 127, errors: "x")])
        #expect(verdicts.values.filter { if case .failed = $0 { true } else { false } }.count == 2)
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(action, on: "nodo1", ["nodo1": found(["conf": CorosyncConfigurationTests.debian])])
    }

    @Test("a cluster's name is needed")
    func reading() { #expect(read(ClusterPristineAction.self).messages == ["`with` needs `cluster`"]) }
}
