import Testing

@testable import M3DTWorker

@Suite struct WorkerErrorTests {
    static let texts: [(WorkerError, String)] = [
        (
            .notInstalled(group: "toys"),
            "the Python packages of the group 'toys' are not installed; run Scripts/setup_worker.sh toys"
        ),
        (.noProgram(path: "a.py"), "the program of the workers, a.py, is missing; restore it from the repository"),
        (
            .notStarted(program: "py", reason: "no file"),
            "the worker's Python, py, could not be started: no file; install it, or name another"
        ),
        (.refused(WorkerProblem(code: "x", message: "what it says")), "what it says"),
        (
            .ended(how: "ended with code 3", doing: "stepping", words: ""),
            "the worker ended with code 3 while stepping; it left no words"
        ),
        (
            .silent(seconds: 0.5, doing: "stepping", words: "last"),
            "the worker did not answer within 0.5 s while stepping, and was killed; its last words:\nlast"
        ),
        (
            .silent(seconds: 60, doing: "stepping", words: ""),
            "the worker did not answer within 60 s while stepping, and was killed; it left no words"
        ),
        (
            .malformed(doing: "stepping", reason: "it is of kind 9"),
            "the worker's answer while stepping is not understood: it is of kind 9"
        ),
    ]

    @Test(arguments: texts) func textsNameWhatIsWrongAndWhatToDo(error: WorkerError, text: String) {
        #expect("\(error)" == text)
    }

    @Test func onlyAWorkerThatIsGoneMayBeReplaced() {
        let losses = Self.texts.map(\.0).filter(\.isLoss)
        #expect(losses.count == 3)
    }
}

@Suite struct FrameBodyTests {
    @Test func whatIsWrittenIsRead() throws {
        var writer = FrameWriter()
        writer.append(UInt32(7))
        writer.append(UInt64(1) << 60)
        writer.append([1.5, -.infinity])
        writer.append(bytes: [9, 8])
        #expect(writer.bytes.prefix(4) == [7, 0, 0, 0])
        var reader = FrameReader(writer.bytes)
        #expect(try reader.uint32() == 7)
        #expect(try reader.bytes(8) == [0, 0, 0, 0, 0, 0, 0, 16])
        #expect(try reader.doubles(2) == [1.5, -.infinity])
        #expect(try reader.byte() == 9)
        #expect(!reader.isAtEnd)
        #expect(try reader.bytes(1) == [8])
        #expect(reader.isAtEnd)
    }

    @Test func aBodyThatEndsTooSoonIsAnError() throws {
        var reader = FrameReader([1, 2, 3, 4, 5])
        #expect(throws: FrameTooShort(bytes: 5, wanted: 8)) { try reader.doubles(1) }
        #expect(try reader.uint32() == 0x0403_0201)
        #expect(throws: FrameTooShort(bytes: 5, wanted: 8)) { try reader.floats(1) }
        #expect(throws: FrameTooShort.self) { try reader.doubles(.max / 4) }
        #expect(throws: FrameTooShort.self) { try reader.bytes(-1) }
    }

    @Test func singlePrecisionIsReadBitForBit() throws {
        var reader = FrameReader([0, 0, 0x80, 0x3f])
        #expect(try reader.floats(1) == [1])
    }
}
