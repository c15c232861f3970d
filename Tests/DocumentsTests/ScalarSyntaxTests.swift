import Testing

@testable import Documents

@Suite("ScalarSyntax")
struct ScalarSyntaxTests {
    @Test(
        "numbers, dates and truth values are accepted",
        arguments: [
            "true", "false", "0", "+1", "-17", "1_000", "0x1F_ff", "0o17", "0b1_0", "1.5", "-0.5e-3", "1e6", "6.0E+2",
            "inf", "-nan", "1979-05-27", "07:32:00", "07:32:00.999", "1979-05-27T07:32:00", "1979-05-27 07:32:00.5Z",
            "1979-05-27t07:32:00-07:00", "1979-05-27T07:32:00z", "-0", "0e1",
        ])
    func accepted(text: String) throws {
        #expect(ScalarSyntax.accepts(text))
        _ = try Document.parse("a = \(text)", file: "f")
    }

    @Test(
        "everything else is not",
        arguments: [
            "", "True", "x", "nodo1", "01", "-01", "_1", "1_", "1__0", "1.", ".5", "1.e5", "1e", "1e+", "0x", "0xG",
            "+0x1", "0x_1", "10.0.0.1", "1-2", "1979-05", "1979-05-2", "1979-05-27T", "07:32", "07:32:", "07:32:00.",
            "07:32:00Z", "1979-05-27T07:32:00+", "1979-05-27T07:32:00+7", "1979-05-27Z", "infinity", "+", "++1", "٣",
        ])
    func refused(text: String) {
        #expect(!ScalarSyntax.accepts(text))
    }
}
