import Testing

extension Tag {
    /// Processes are killed, nodes lose their power, disks are full.
    @Tag static var crash: Self
}
