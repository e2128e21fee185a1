import Dispatch
import Foundation
import M3DTTraining

/// Turns Ctrl-C, a polite kill and SIGUSR1 into a request to save and stop; a second one ends the program at once.
///
/// SIGUSR1 is what launchers of several processes pass on without ending these, and what clusters send ahead of a time limit.
enum Interrupts {
    /// The signals are listened to as long as these are there: to the end of the process.
    ///
    /// Only the main thread touches them, once, when a command starts.
    private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - toInput: Take the end of standard input for a signal as well.
    ///   - answer: What is said to the first signal; nothing for silence.
    /// - Returns: What is requested on the first signal.
    static func listen(toInput: Bool = false, answer: String? = "saving; once more to quit without") -> StopRequest {
        let stop = StopRequest()
        if toInput { awaitEndOfInput(stop) }
        for number in [SIGINT, SIGTERM, SIGUSR1] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if stop.isRequested { _exit(128 + number) }
                if let answer { FileHandle.standardError.write(Data("\nm3dt: \(answer)\n".utf8)) }
                stop.request()
            }
            source.resume()
            sources.append(source)
        }
        return stop
    }

    private static func awaitEndOfInput(_ stop: StopRequest) {
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(0, &byte, 1) > 0 || errno == EINTR { errno = 0 }
            stop.request()
        }
    }
}
