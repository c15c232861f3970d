import CLibC

/// The C allocator of this process.
package enum Allocator {
    /// Lets all threads share two heaps; to be called before there are threads.
    ///
    /// By default glibc gives threads up to eight heaps a processor. What a run of many nodes takes and gives back
    /// then lies scattered over all of them, and the process grows by a third with the number of steps although
    /// nothing more is in use (10,000 nodes: `scripts/bench engine`).
    package static func shareHeaps() { mallopt(M_ARENA_MAX, 2) }
}
