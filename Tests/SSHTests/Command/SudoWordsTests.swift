import Testing

@testable import SSH

@Suite("what sudo says")
struct SudoWordsTests {
    @Test(
        "its refusals are known, also without its name in front",
        arguments: [
            "sudo: a password is required", "sudo: a terminal is required to read the password",
            "sudo-rs: interactive authentication is required",
            "Sorry, user jdoe is not allowed to execute '/bin/sh -c x' as root on nodo1.",
            "jdoe is not in the sudoers file.  This incident will be reported.",
            "env: ‘sudo’: No such file or directory", "sudo: account validation failure, is your account locked?",
        ])
    func refusals(line: String) { #expect(SudoWords.refusal(in: ["Welcome", line, "bye"]) == line) }

    @Test(
        "words of others are none of its",
        arguments: [
            "Please login as the user \"debian\" rather than the user \"root\".", "Welcome. Use sudo with care",
            "This account is currently not available.", "bash: line 1: exec: restricted",
        ])
    func others(line: String) { #expect(SudoWords.refusal(in: [line]) == nil) }
}
