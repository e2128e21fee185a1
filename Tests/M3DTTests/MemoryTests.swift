#if os(Linux)
    import Foundation
    import Testing

    @Suite struct MemoryTests {
        /// Whether pages become as large as asked for is the system's affair, so this looks at what was asked.
        @Test func memoryOfTensorsIsAskedForOnLargePages() throws {
            let program = Process()
            program.executableURL = Program.url
            program.arguments = ["bench", "case", "backbone", "float32", "--seconds", "60"]
            program.standardOutput = FileHandle.nullDevice
            try program.run()
            defer {
                program.terminate()
                kill(program.processIdentifier, SIGKILL)
                program.waitUntilExit()
            }
            var flags: [Substring] = []
            // libtorch is loaded, and the memory asked for, some time after the start.
            for _ in 0..<1000 where program.isRunning && !flags.contains("hg") {
                Thread.sleep(forTimeInterval: 0.02)
                flags = flagsOfTheHeap(of: program.processIdentifier)
            }
            #expect(flags.contains("hg"), "\(flags)")
        }

        /// The flags of all mappings of the heap, as the system's list of them has it.
        private func flagsOfTheHeap(of process: Int32) -> [Substring] {
            // The system says of such a file that it has no bytes, so it is read to its end.
            let file = FileHandle(forReadingAtPath: "/proc/\(process)/smaps")
            let maps = String(decoding: file?.readDataToEndOfFile() ?? Data(), as: UTF8.self)
            var isHeap = false
            return maps.split(separator: "\n").filter { line in
                // A mapping's first line begins with its addresses, those of its properties with a capital letter.
                if line.first?.isUppercase == false { isHeap = line.hasSuffix("[heap]") }
                return isHeap && line.hasPrefix("VmFlags:")
            }.flatMap { $0.split(separator: " ") }
        }
    }
#endif
