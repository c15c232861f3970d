import Testing

@testable import SSH

@Suite("the order of a login")
struct LoginPlanTests {
    @Test("keys come first, then the question what else is allowed, and nothing more without a password")
    func keysOnly() {
        var plan = LoginPlan(keys: 2, hasPassword: false, canAsk: false)
        #expect(plan.next() == .key(0))
        plan.ended(.refused)
        #expect(plan.next() == .key(1))
        plan.ended(.refused)
        #expect(plan.next() == .methods)
        plan.listed(["publickey", "password"], wasFirst: false)
        #expect(plan.next() == .giveUp)
    }

    @Test("six failures are never reached, whatever there is to offer", arguments: 0...9, [false, true])
    func belowSix(keys: Int, hasPassword: Bool) {
        for methods in [
            ["publickey"], ["publickey", "password"], ["publickey", "keyboard-interactive", "password"], [],
        ] {
            for canAsk in [false, true] {
                var plan = LoginPlan(keys: keys, hasPassword: hasPassword, canAsk: canAsk)
                var failures = 0
                var attempts = 0
                loop: while true {
                    let step = plan.next()
                    // The sixth failure would be the last thing that the server says.
                    if step != .giveUp { #expect(failures < 6) }
                    switch step {
                    case .key:
                        plan.ended(.refused)
                        failures += 1
                    case .methods:
                        plan.listed(methods, wasFirst: attempts == 0)
                        if attempts > 0 { failures += 1 }
                        #expect(failures < 6)
                    case .password, .keyboard:
                        plan.refused()
                        failures += 1
                    case .giveUp: break loop
                    }
                    attempts += 1
                }
                #expect(attempts < 10)
            }
        }
    }

    @Test("with a password the server is asked first, which costs nothing, and the keys still come before it")
    func passwordLast() {
        var plan = LoginPlan(keys: 1, hasPassword: true, canAsk: true)
        #expect(plan.next() == .methods)
        plan.listed(["publickey", "password", "keyboard-interactive"], wasFirst: true)
        #expect(plan.next() == .key(0))
        plan.ended(.refused)
        #expect(plan.next() == .password)
        plan.refused()
        #expect(plan.next() == .giveUp)
    }

    @Test("a server without publickey is offered no key")
    func noPublicKey() {
        var plan = LoginPlan(keys: 3, hasPassword: true, canAsk: false)
        #expect(plan.next() == .methods)
        plan.listed(["keyboard-interactive"], wasFirst: true)
        #expect(plan.next() == .keyboard)
        plan.refused()
        #expect(plan.next() == .giveUp)
    }

    @Test("after a key that is not enough come the questions, then the password")
    func secondFactor() {
        var plan = LoginPlan(keys: 2, hasPassword: false, canAsk: true)
        #expect(plan.next() == .key(0))
        plan.ended(.partial)
        #expect(plan.isPartial)
        #expect(plan.next() == .keyboard)
        plan.refused()
        #expect(plan.next() == .password)
    }

    @Test("on a terminal a password may be typed three times, from the inventory it is offered once")
    func passwordTries() {
        for (hasPassword, tries) in [(true, 1), (false, 3)] {
            var plan = LoginPlan(keys: 0, hasPassword: hasPassword, canAsk: true)
            #expect(plan.next() == .methods)
            plan.listed(["password"], wasFirst: true)
            for _ in 0..<tries {
                #expect(plan.next() == .password)
                plan.refused()
            }
            #expect(plan.next() == .giveUp)
        }
    }

    @Test("a key that nobody could sign with costs no try")
    func unsigned() {
        var plan = LoginPlan(keys: 7, hasPassword: false, canAsk: false)
        for number in 0..<7 {
            #expect(plan.next() == .key(number))
            plan.ended(.unsigned)
        }
        #expect(plan.leftOut == 0)
    }
}
