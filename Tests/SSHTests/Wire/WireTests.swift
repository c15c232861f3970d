import Testing

@testable import SSH

@Suite("the wire")
struct WireTests {
    @Test("a line that takes a kibibyte at a time holds no more memory at the end of a file than at its beginning")
    func slowLine() {
        let carrier = QuietCarrier(sendLimit: 1024)
        let wire = Wire(carrier: carrier)
        let packet = [UInt8](repeating: 7, count: 32 << 10)
        let size = 24 << 20
        var most = 0
        while wire.bytesOut < size {
            // As every writer does: nothing more while there is much.
            while wire.bytesOut < size, wire.backlog < Wire.backlogLimit {
                packet.withUnsafeBytes { if let start = $0.baseAddress { _ = wire.send(start, $0.count) } }
            }
            wire.flush()
            most = max(most, wire.reserved)
        }
        #expect(wire.shortSends > 0)
        #expect(most < 6 << 20)
        while wire.backlog > 0 { wire.flush() }
        #expect(carrier.sent == size)
    }
}
