import Foundation
import Testing

@testable import M3DTWorker

/// How a worker is started and greeted; these need Python, but none of its packages.
@Suite struct WorkerConnectionTests {
    @Test func versionsAreExchangedAtTheStart() throws {
        let worker = try WorkerConnection(WorkerLaunch(role: .environments))
        #expect(worker.versions.protocol == WorkerConnection.protocolVersion)
        #expect(worker.versions.python.hasPrefix("3."))
        #expect(worker.versions.packages.isEmpty)
    }

    @Test func aWorkerOfAnotherVersionIsRefused() throws {
        let folder = try TemporaryFolder()
        let program = folder.url.appendingPathComponent("later.py")
        let text = """
            import json, socket, struct
            parent = socket.socket(fileno=1)
            length, _, request = struct.unpack("<III", parent.recv(12, socket.MSG_WAITALL))
            parent.recv(length, socket.MSG_WAITALL)
            body = json.dumps({"protocol": 99, "python": "3", "packages": {}}).encode()
            parent.sendall(struct.pack("<III", len(body), 2, request) + body)
            parent.recv(1)
            """
        try Data(text.utf8).write(to: program)
        var launch = WorkerLaunch(role: .environments)
        launch.installation.program = program
        #expect(
            throws: WorkerError.malformed(doing: "starting", reason: "it speaks version 99 of the protocol, not 1")
        ) { try withExtendedLifetime(folder) { try WorkerConnection(launch) } }
    }

    @Test func aMissingGroupNamesTheRemedy() {
        var launch = WorkerLaunch(role: .environments, groups: ["simulators"])
        launch.installation.packages = URL(fileURLWithPath: "nowhere")
        #expect(throws: WorkerError.notInstalled(group: "simulators")) { try launch.check() }
        #expect(throws: WorkerError.notInstalled(group: "simulators")) { try WorkerConnection(launch) }
    }

    @Test func aWrongPinNamesThePackageBothVersionsAndTheRemedy() throws {
        let folder = try TemporaryFolder()
        let group = folder.url.appendingPathComponent("simulators")
        let information = group.appendingPathComponent("absl_py-9.9.dist-info")
        try FileManager.default.createDirectory(at: information, withIntermediateDirectories: true)
        try Data("Metadata-Version: 2.1\nName: absl-py\nVersion: 9.9\n".utf8)
            .write(to: information.appendingPathComponent("METADATA"))
        try Data("python3\n".utf8).write(to: group.appendingPathComponent("interpreter"))
        var launch = WorkerLaunch(role: .environments, groups: ["simulators"])
        launch.installation.packages = folder.url
        let error = #expect(throws: WorkerError.self) {
            try withExtendedLifetime(folder) { try WorkerConnection(launch) }
        }
        guard case .refused(let problem) = error else { throw try #require(error) }
        #expect(problem.code == "wrong-pin")
        #expect(
            problem.message
                == "package absl-py: found 9.9, wanted 2.5.1; run Scripts/setup_worker.sh simulators")
    }

    @Test func aMissingProgramIsNamed() {
        var launch = WorkerLaunch(role: .environments)
        launch.installation.program = URL(fileURLWithPath: "/nowhere/start.py")
        #expect(throws: WorkerError.noProgram(path: "/nowhere/start.py")) { try WorkerConnection(launch) }
    }

    @Test func aMissingPythonIsNamed() {
        let launch = WorkerLaunch(role: .environments, python: "no-such-python")
        #expect(throws: WorkerError.notStarted(program: "no-such-python", reason: "No such file or directory")) {
            try WorkerConnection(launch)
        }
    }

    @Test func aProgramThatEndsAtOnceIsReportedWithItsWords() throws {
        let folder = try TemporaryFolder()
        let program = folder.url.appendingPathComponent("ends.py")
        try Data("import sys; sys.stderr.write('no time\\n'); sys.exit(3)".utf8).write(to: program)
        var launch = WorkerLaunch(role: .environments)
        launch.installation.program = program
        #expect(throws: WorkerError.ended(how: "ended with code 3", doing: "starting", words: "no time")) {
            try withExtendedLifetime(folder) { try WorkerConnection(launch) }
        }
    }

    @Test func aProgramThatSaysNothingIsKilledInTime() throws {
        let folder = try TemporaryFolder()
        let program = folder.url.appendingPathComponent("sleeps.py")
        try Data("import time; print('zzz', flush=True); time.sleep(60)".utf8).write(to: program)
        var launch = WorkerLaunch(role: .environments)
        launch.installation.program = program
        launch.startLimitSeconds = 0.5
        let start = Date()
        // What it prints is shorter than the header of a frame.
        #expect(throws: WorkerError.silent(seconds: 0.5, doing: "starting", words: "")) {
            try withExtendedLifetime(folder) { try WorkerConnection(launch) }
        }
        #expect(Date().timeIntervalSince(start) < 10)
    }

    @Test func requestsThatAWorkerDoesNotKnowAreRefused() throws {
        let worker = try WorkerConnection(WorkerLaunch(role: .environments))
        let error = #expect(throws: WorkerError.self) {
            try worker.request(63, body: [], expecting: 63, limitSeconds: 10, doing: "asking for the moon")
        }
        guard case .refused(let problem) = error else { throw try #require(error) }
        #expect(problem.code == "unknown-request")
        #expect(error?.isLoss == false)
    }

    @Test func aClosedWorkerIsGone() throws {
        let worker = try WorkerConnection(WorkerLaunch(role: .environments))
        worker.close()
        worker.close()
        #expect(throws: WorkerError.self) { try worker.send(40, body: [], limitSeconds: 1, doing: "knocking") }
    }

    @Test func manyWorkersStartAndEndAtOnce() async throws {
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 {
                group.addTask { try WorkerConnection(WorkerLaunch(role: .environments)).versions.python }
            }
            for try await version in group { #expect(version.hasPrefix("3.")) }
        }
    }
}
