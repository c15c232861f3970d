/// What `sudo` says where it does not let somebody become root, told from what others say.
///
/// sudo speaks English here, since the envelope asks it to. A program that takes the command's place may say
/// anything, and advice about sudoers would mislead whoever reads it.
enum SudoWords {
    /// The line with which sudo refused; nil where none of the lines is sudo's.
    ///
    /// - Parameter wrapped: whether the wrapper's own refusals count too.
    static func refusal(in lines: [String], wrapped: Bool = false) -> String? {
        lines.last { isRefusal($0) || (wrapped && $0.hasPrefix("harun-root: ")) }
    }

    private static func isRefusal(_ line: String) -> Bool {
        // sudo-rs calls itself sudo as well; the others are the original's without its name in front.
        if line.hasPrefix("sudo: ") || line.hasPrefix("sudo-rs: ") { return true }
        if line.hasPrefix("Sorry, user ") || line.contains("is not in the sudoers file") { return true }
        // A shell or env that finds no sudo: "env: ‘sudo’: No such file or directory".
        return line.hasPrefix("env: ") && line.contains("sudo")
    }
}
