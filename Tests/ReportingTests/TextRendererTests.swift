import Journaling
import Planning
import Reporting
import Testing
import Transport

@Suite("Events as text")
struct TextRendererTests {
    private func text(_ events: [Event], status: Bool = false) -> String {
        let printed = Printed()
        let renderer = TextRenderer(nodes: ["nodo1", "nodo2"], hasColor: false, hasStatusLine: status) {
            printed.add($0)
        }
        for event in events { renderer.show(event) }
        renderer.finish()
        return printed.text
    }

    @Test("a run is a heading for each stage, a line for each step that was done, and the count at the end")
    func run() {
        var applied = Samples.event(.applied, "lun", "nodo1", "not proven yet")
        applied.seconds = 1.24
        var measured = Samples.event(.applied, "move", "nodo2")
        measured.facts = ["outage_seconds": "4.2", "wwid": "0x6001"]
        let events = [
            Samples.stage(.stage, "iSCSI and the LUN"), Samples.event(.unchanged, "packages", "nodo1"),
            Samples.event(.unchanged, "packages", "nodo2"), Samples.event(.intent, "lun", "nodo1", "not proven yet"),
            applied, measured, Samples.stage(.checkpoint, seconds: 3.06),
            Samples.end(.done, changed: 2, unchanged: 2, failed: 0, outage: 4.2),
        ]
        #expect(
            text(events) == """

                storage  iSCSI and the LUN
                  … lun           nodo1  not proven yet
                  + lun           nodo1  1.2 s
                  + move          nodo2  outage_seconds 4.2
                  checkpoint storage, 2 already true, 3.1 s

                done: 2 changed, 2 already true, 0 failed, outage 4.2 s in 12 s

                """)
    }

    @Test("a failure and its way back are lines of their own")
    func failure() {
        let events = [
            Samples.event(.failed, "lun", "nodo1", "exit code 3\nno such disk"), Samples.event(.undo, "lun", "nodo1"),
            Samples.event(.undoFailed, "lun", "nodo1", "taking it back failed"),
            Samples.event(.undone, "login", "nodo1"),
            Samples.event(.kept, "format", "nodo1", "it cannot come back"),
            Samples.end(.failed, changed: 1, unchanged: 0, failed: 1),
        ]
        #expect(
            text(events) == """
                  failed lun           nodo1  exit code 3
                        no such disk
                  undo lun           nodo1
                  undo failed lun           nodo1  taking it back failed
                  undone login         nodo1
                  kept format        nodo1  it cannot come back

                failed: 1 changed, 0 already true, 1 failed in 12 s

                """)
    }

    @Test("a run that changed nothing says so")
    func converged() {
        #expect(
            text([Samples.end(.done, changed: 0, unchanged: 42, failed: 0)])
                == "\ndone: 0 changed, 42 already true, 0 failed in 12 s; the nodes were as the inventory wants them\n")
    }

    @Test("what is going on right now is one line of a terminal, with its time, and leaves no trace there")
    func status() {
        let (renderer, printed, time) = timed(status: true)
        renderer.show(Samples.event(.intent, "packages", "nodo1", "none"))
        renderer.show(Samples.event(.intent, "packages", "nodo2", "none"))
        time.advance(by: .seconds(185))
        renderer.show(Samples.event(.progress, "packages", "nodo1", "Setting up xfce4"))
        #expect(printed.text.hasSuffix("\r\u{1B}[Kpackages  nodo[1-2]  3 min 5 s  Setting up xfce4"))
        time.advance(by: .seconds(1))
        renderer.tick()
        #expect(printed.text.hasSuffix("\r\u{1B}[Kpackages  nodo[1-2]  3 min 6 s  Setting up xfce4"))
        renderer.show(Samples.event(.applied, "packages", "nodo1"))
        #expect(printed.text.hasSuffix("\r\u{1B}[K  + packages      nodo1\n"))
        renderer.tick()
        #expect(printed.text.hasSuffix("\r\u{1B}[Kpackages  nodo2  3 min 6 s"))
        renderer.finish()
        #expect(printed.text.hasSuffix("\r\u{1B}[K"))
        let length = printed.text.count
        renderer.tick()
        #expect(printed.text.count == length, "a question may stand there")
    }

    @Test("without a terminal a minute of silence ends with a line")
    func heartbeat() {
        let (renderer, printed, time) = timed(status: false)
        renderer.show(Samples.event(.intent, "packages", "nodo1", "none"))
        let before = printed.text
        time.advance(by: .seconds(59))
        renderer.show(Samples.event(.progress, "packages", "nodo1", "Unpacking xfce4"))
        #expect(printed.text == before)
        time.advance(by: .seconds(1))
        renderer.tick()
        renderer.tick()
        #expect(printed.text == before + "    packages  nodo1  60 s  Unpacking xfce4\n")
        renderer.finish()
    }

    private func timed(status: Bool) -> (TextRenderer, Printed, ManualNow) {
        let printed = Printed()
        let time = ManualNow()
        let renderer = TextRenderer(
            nodes: ["nodo1", "nodo2"], hasColor: false, hasStatusLine: status, clock: { time.now }
        ) {
            printed.add($0)
        }
        return (renderer, printed, time)
    }

    @Test(
        "seconds read as people say them",
        arguments: [
            (0.04, "0.0 s"), (0.449, "0.4 s"), (9.96, "10 s"), (12.4, "12 s"), (99.7, "1 min 40 s"), (185, "3 min 5 s"),
        ])
    func seconds(seconds: Double, text: String) {
        #expect(TextRenderer.seconds(seconds) == text)
    }

    @Test("one journaled event shows its place, facts, output and, if asked, its script")
    func eventText() {
        var event = Samples.event(.applied, "lun", "nodo1", "one\ntwo")
        event.seconds = 2
        event.facts = ["wwid": "0x6001", "size": "1"]
        event.output = "first\nsecond"
        event.script = "set -e\ntrue"
        #expect(
            EventText(event, withScript: true).text == """
                2026-11-23T19:02:14.123Z  applied     storage/lun nodo1  one / two  (2.0 s)
                    size=1 wwid=0x6001
                    | first
                    | second
                    $ set -e
                    $ true
                """)
        #expect(!EventText(event, withScript: false).text.contains("$ true"))
    }
}
