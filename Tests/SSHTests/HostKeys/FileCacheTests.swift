import Synchronization
import TestSupport
import Testing

@testable import SSH

@Suite("the cache of parsed files")
struct FileCacheTests {
    @Test("a thousand askers at once cause one reading, and a changed file another")
    func once() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("file", "1")
        let path = folder.file("file")
        let readings = Atomic(0)
        let cache = FileCache<Int> { path in
            readings.add(1, ordering: .relaxed)
            return ((try? FileContent.read(path, limit: 100)) ?? []).count
        }
        let sum = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<1000 { group.addTask { await cache.value(at: path) } }
            return await group.reduce(0, +)
        }
        #expect(sum == 1000)
        #expect(readings.load(ordering: .relaxed) == 1)
        try folder.write("file", "two")
        #expect(await cache.value(at: path) == 3)
        #expect(readings.load(ordering: .relaxed) == 2)
    }
}
