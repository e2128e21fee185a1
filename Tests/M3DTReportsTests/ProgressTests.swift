import Foundation
import Synchronization
import Testing

@testable import M3DTReports

@Suite struct ProgressTests {
    /// A display whose time is set by hand and whose output is kept.
    private final class Bench: Sendable {
        let seconds = Mutex(0.0)
        let text = Mutex("")

        func display(_ style: ProgressStyle) -> ProgressDisplay {
            ProgressDisplay(
                style: style, clock: { self.seconds.withLock { $0 } },
                output: { piece in self.text.withLock { $0 += piece } })
        }

        func wait(_ duration: Double) { seconds.withLock { $0 += duration } }

        func taken() -> String {
            text.withLock { text in
                defer { text = "" }
                return text
            }
        }
    }

    private let stage = ProgressStage("expert-4", total: 2000, position: .init(2, of: 3))

    @Test func plainLinesComeAtIntervals() {
        let bench = Bench()
        let display = bench.display(.lines(everySeconds: 10))
        display.begin(stage)
        #expect(bench.taken() == "[2/3] expert-4:   0%, 0/2,000 steps\n")
        for step in 1...20 {
            bench.wait(1)
            display.update(step: step * 50, loss: 0.5 / Double(step))
        }
        #expect(
            bench.taken() == """
                [2/3] expert-4:  25%, 500/2,000 steps, 50 steps/s, 0:30 left, loss 0.05
                [2/3] expert-4:  50%, 1,000/2,000 steps, 50 steps/s, 0:20 left, loss 0.025

                """)
        bench.wait(20)
        display.update(step: 2000, loss: 0.0125)
        _ = bench.taken()
        display.end()
        #expect(bench.taken() == "[2/3] expert-4: 2,000/2,000 steps, done in 0:40, loss 0.0125\n")
    }

    @Test func theBarIsRedrawnInPlaceAndEndsAsALine() {
        let bench = Bench()
        let display = bench.display(.bar(Terminal(width: 100, colour: false)))
        display.begin(stage)
        bench.wait(10)
        display.update(step: 500, loss: 0.1)
        let drawn = bench.taken()
        #expect(drawn.split(separator: "\r").count == 2)
        #expect(!drawn.contains("\n"))
        #expect(drawn.hasSuffix("25%  500/2,000 steps  50 steps/s  0:30 left  loss 0.1\u{1B}[K"))
        display.note("checkpoint saved")
        #expect(bench.taken().hasPrefix("\r\u{1B}[Kcheckpoint saved\n\r[2/3] expert-4"))
        display.end()
        #expect(bench.taken() == "\r\u{1B}[K[2/3] expert-4: 500/2,000 steps, done in 0:10, loss 0.1\n")
    }

    @Test func theBarIsNotRedrawnMoreOftenThanCanBeSeen() {
        let bench = Bench()
        let display = bench.display(.bar(Terminal(width: 80)))
        display.begin(stage)
        for step in 1...1000 {
            bench.wait(0.001)
            display.update(step: step)
        }
        #expect((10...12).contains(bench.taken().split(separator: "\r").count))
    }

    @Test(arguments: Array(1...130))
    func theBarNeverReachesTheEdge(width: Int) {
        let state = ProgressState(stage: stage, step: 1234, loss: 0.123456, rate: 12.34)
        for terminal in [Terminal(width: width, colour: false), Terminal(width: width, colour: false, unicode: false)] {
            #expect(DisplayWidth.of(ProgressLine.bar(state, terminal)) <= max(width - 1, 1))
        }
    }

    @Test func aNarrowTerminalKeepsWhatMattersMost() {
        let state = ProgressState(stage: stage, step: 1000, loss: 0.5, rate: 50)
        #expect(
            ProgressLine.bar(state, Terminal(width: 46, colour: false, unicode: false))
                == "[2/3] expert-4  ######......   50%  0:20 left")
        #expect(ProgressLine.bar(state, Terminal(width: 10, colour: false)) == "[2/3] ex…")
    }

    @Test func colourIsOnlyThereWhereItIsWanted() {
        let state = ProgressState(stage: stage, step: 1000)
        #expect(ProgressLine.bar(state, Terminal(width: 80, colour: true)).contains("\u{1B}[36m"))
        #expect(!ProgressLine.bar(state, Terminal(width: 80, colour: false)).contains("\u{1B}"))
    }

    @Test func hundredPerCentIsSaidOnlyWhenAllIsDone() {
        let terminal = Terminal(width: 80, colour: false)
        #expect(ProgressLine.bar(ProgressState(stage: stage, step: 1999), terminal).contains(" 99%"))
        #expect(ProgressLine.bar(ProgressState(stage: stage, step: 2000), terminal).contains("100%"))
    }

    @Test func theRateForgetsWhatIsLongPast() {
        var rate = MovingRate()
        rate.add(step: 0, at: 0)
        #expect(rate.rate == nil)
        for second in 1...100 { rate.add(step: second, at: Double(second)) }
        for second in 1...40 { rate.add(step: 100 + 10 * second, at: 100 + Double(second)) }
        #expect(rate.rate == 10)
    }

    @Test func manyReadingsTakeLittleRoomAndKeepTheRate() throws {
        var rate = MovingRate()
        for index in 0...100_000 { rate.add(step: index, at: Double(index) / 1000) }
        #expect(abs(try #require(rate.rate) - 1000) < 1e-6)
        #expect(Mirror(reflecting: rate).children.contains { ($0.value as? [Any])?.count ?? 0 > 300 } == false)
    }

    @Test func aResumedStageTakesNoCreditForWhatWasDoneBefore() {
        let bench = Bench()
        let display = bench.display(.lines(everySeconds: 1))
        display.begin(stage, at: 1000)
        bench.wait(10)
        display.update(step: 1100)
        #expect(bench.taken().hasSuffix("1,100/2,000 steps, 10 steps/s, 1:30 left\n"))
    }

    @Test func jsonLinesCanBeReadByAProgram() throws {
        let bench = Bench()
        let display = bench.display(.json(everySeconds: 1))
        display.begin(stage)
        bench.wait(10)
        display.update(step: 500, loss: .nan)
        display.note("a \"quoted\"\nnote")
        display.end()
        let lines = bench.taken().split(separator: "\n").map { Data($0.utf8) }
        #expect(lines.count == 4)
        let objects = try lines.map { try JSONDecoder().decode([String: JSONValue].self, from: $0) }
        #expect(objects.map { $0["event"] } == [.text("begin"), .text("progress"), .text("message"), .text("end")])
        #expect(
            objects[1] == [
                "event": .text("progress"), "stage": .text("expert-4"), "step": .number(500), "total": .number(2000),
                "unit": .text("steps"), "stage_index": .number(2), "stage_count": .number(3),
                "steps_per_second": .number(50), "seconds_left": .number(30),
            ])
        #expect(objects[2]["text"] == .text("a \"quoted\"\nnote"))
    }

    @Test func quietSaysNothing() {
        let bench = Bench()
        let display = bench.display(.quiet)
        display.begin(stage)
        bench.wait(100)
        display.update(step: 5, loss: 1)
        display.note("note")
        display.end()
        #expect(bench.taken().isEmpty)
    }

    @Test func theStyleFollowsTheUserAndTheOutput() {
        let terminal = Terminal(width: 99)
        #expect(ProgressStyle.fitting(quiet: true, json: true, terminal: terminal) == .quiet)
        #expect(ProgressStyle.fitting(quiet: false, json: true, terminal: terminal) == .json(everySeconds: 1))
        #expect(ProgressStyle.fitting(quiet: false, json: false, terminal: terminal) == .bar(terminal))
        #expect(ProgressStyle.fitting(quiet: false, json: false, terminal: nil) == .lines(everySeconds: 15))
    }

    @Test(
        arguments: [
            ([:], 120, Terminal(width: 120, colour: true, unicode: false)),
            (["COLUMNS": "60", "LANG": "C.UTF-8"], 120, Terminal(width: 60, colour: true, unicode: true)),
            (["COLUMNS": "-3", "NO_COLOR": "1"], 120, Terminal(width: 120, colour: false, unicode: false)),
            (
                ["COLUMNS": "x", "NO_COLOR": "", "LC_ALL": "C", "LANG": "en_GB.utf8"], nil,
                Terminal(width: 80, unicode: false)
            ),
            (["TERM": "dumb"], 120, nil),
        ] as [([String: String], Int?, Terminal?)])
    func theTerminalFollowsTheEnvironment(environment: [String: String], width: Int?, expected: Terminal?) {
        #expect(Terminal.fitting(environment: environment, systemWidth: width) == expected)
    }

    @Test func manyThreadsDrawWholeLines() async {
        let bench = Bench()
        let display = bench.display(.lines(everySeconds: 0))
        display.begin(ProgressStage("work", total: 400))
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for step in 1...50 { display.update(step: step, loss: Double(worker)) }
                }
            }
        }
        let lines = bench.taken().split(separator: "\n")
        #expect(lines.count == 401)
        #expect(lines.allSatisfy { $0.hasPrefix("work: ") && $0.contains("/400 steps") })
    }

    @Test func stagesFollowEachOther() {
        let bench = Bench()
        let display = bench.display(.lines(everySeconds: 5))
        for (index, name) in ["backbone", "router"].enumerated() {
            display.begin(ProgressStage(name, total: 10, position: .init(index + 1, of: 2)))
            bench.wait(2)
            display.update(step: 10, loss: 1)
            display.end()
            // Nothing is shown between two stages.
            display.update(step: 3)
        }
        #expect(
            bench.taken() == """
                [1/2] backbone:   0%, 0/10 steps
                [1/2] backbone: 10/10 steps, done in 0:02, loss 1
                [2/2] router:   0%, 0/10 steps
                [2/2] router: 10/10 steps, done in 0:02, loss 1

                """)
    }

    @Test func aStageOfNoStepsIsDone() {
        let state = ProgressState(stage: ProgressStage("empty", total: 0), step: 0)
        #expect(state.fraction == 1)
        #expect(state.secondsLeft == 0)
    }

    @Test func aPipeIsNoTerminal() {
        let pipe = Pipe()
        #expect(Terminal.detect(descriptor: pipe.fileHandleForWriting.fileDescriptor, environment: [:]) == nil)
    }
}
