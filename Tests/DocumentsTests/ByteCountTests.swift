import Documents
import Testing

@Suite("ByteCount")
struct ByteCountTests {
    @Test(
        "an amount is a whole number with a binary unit",
        arguments: [("1MiB", 1), ("500GiB", 512_000), ("2TiB", 2_097_152), ("99999TiB", 104_856_551_424)])
    func read(text: String, mebibytes: Int) {
        #expect(ByteCount(text)?.bytes == mebibytes << 20)
        #expect(ByteCount(text)?.shorthand == text)
    }

    @Test(
        "anything else is none",
        arguments: [
            "", "1", "GiB", "0GiB", "1GB", "1gib", "1 GiB", "1GiB ", "-1GiB", "+1GiB", "1.5GiB", "100000TiB",
            "99999999999999999999GiB", "\u{0661}GiB",
        ])
    func refused(text: String) {
        #expect(ByteCount(text) == nil)
    }

    @Test(
        "people see the largest unit of which there are some",
        arguments: [
            (0, "0 MiB"), (1, "1 MiB"), (16, "16 MiB"), (1024, "1 GiB"), (1536, "1.5 GiB"), (8192, "8 GiB"),
            (1_048_576, "1 TiB"), (1_572_864, "1.5 TiB"), (5_368_709_120, "5120 TiB"),
        ])
    func shown(mebibytes: Int, text: String) {
        #expect(ByteCount(bytes: mebibytes << 20).description == text)
    }

    @Test("what is written is read as the same amount", arguments: [1, 1023, 1024, 1025, 1 << 20, 3 << 20])
    func both(mebibytes: Int) {
        let count = ByteCount(bytes: mebibytes << 20)
        #expect(ByteCount(count.shorthand) == count)
    }
}
