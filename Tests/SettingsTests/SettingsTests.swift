import Testing

@testable import Settings

@Suite("Settings, whoever reads them")
struct SettingsTests {
    @Test(
        "portals",
        arguments: [
            ("10.0.0.5", "10.0.0.5:3260"), ("10.0.0.5:3261", "10.0.0.5:3261"), ("[fd00::1]", "[fd00::1]:3260"),
            ("[fd00::1]:1", "[fd00::1]:1"), ("[2001:DB8:0::5]", "[2001:db8::5]:3260"),
            ("nas.example:3260", "nas.example:3260"),
        ])
    func portals(text: String, expected: String) throws {
        let portal = try Portal(text)
        #expect(portal.description == expected)
        #expect(portal.isName == text.hasPrefix("nas"))
    }

    @Test(
        "what is no portal",
        arguments: ["", ":3260", "fd00::1", "[nas]:1", "a b", "10.0.0.5:", "10.0.0.5:0", "x:99999", "-o:1", "$(id):1"])
    func noPortal(text: String) { #expect(throws: InvalidValue.self) { try Portal(text) } }

    @Test("floating addresses are read strictly, and come out in their shortest notation")
    func addresses() throws {
        #expect(try FloatingAddress("10.0.0.200/24").description == "10.0.0.200/24")
        #expect(try FloatingAddress("FD00:0::5/64").description == "fd00::5/64")
        for wrong in [
            "10.0.0.200", "10.0.0/24", "10.0.0.256/24", "10.0.0.1/33", "$(id)/24", "10.0.0.1/24/1", "a:$/64", "/24",
            "10.0.0.0/24", "10.0.0.255/24", "127.0.0.1/8", "fe80::1/64", "169.254.1.1/16",
        ] {
            #expect(throws: InvalidValue.self, "\(wrong)") { try FloatingAddress(wrong) }
        }
    }

    @Test("a WWID is 0x and 16, 24 or 32 digits, in small letters")
    func identities() throws {
        #expect(try LogicalUnit.identity("0x6001405ABC000001") == "0x6001405abc000001")
        for wrong in ["6001405abc000001", "0x6001405abc", "0x6001405abc00000g", "0x6001405abc000001; id", ""] {
            #expect(throws: InvalidValue.self, "\(wrong)") { try LogicalUnit.identity(wrong) }
        }
    }
}
