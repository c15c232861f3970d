import Documents
import Foundation
import Settings
import Steps
import Testing
import Transport

@testable import Actions

@Suite("The service as the cluster's configuration")
struct ServiceResourcesTests {
    @Test("a machine, an address, both or none give the right constraints")
    func constraints() throws {
        func ids(_ pairs: [(String, Value.Content)]) throws -> [String] {
            try service(pairs).fragment(device: Example.device).constraints.map(\.id)
        }
        #expect(
            try ids(Example.service) == [
                "harun-col-vm_opencart-shared_storage", "harun-ord-shared_storage-vm_opencart",
                "harun-col-virtual_ip-vm_opencart", "harun-ord-vm_opencart-virtual_ip",
            ])
        #expect(
            try ids(Example.without("vm")) == [
                "harun-col-virtual_ip-shared_storage", "harun-ord-shared_storage-virtual_ip",
            ])
        #expect(
            try ids(Example.without("address")) == [
                "harun-col-vm_opencart-shared_storage", "harun-ord-shared_storage-vm_opencart",
            ])
        #expect(try ids(Example.without("vm", "address")) == [])
    }
}
