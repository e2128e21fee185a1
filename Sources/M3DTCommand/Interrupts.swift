import Dispatch
import Foundation
import M3DTTraining

/// Turns Ctrl-C and a polite kill into a request to save and stop; a second one ends the program at once.
enum Interrupts {
    /// The signals are listened to as long as these are there: to the end of the process.
    ///
    /// Only the main thread touches them, once, when a command starts.
    private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

    /// Starts to listen.
    ///
    /// - Parameter toInput: Take the end of standard input for a signal as well.
    /// - Returns: What is requested on the first signal.
    static func listen(toInput: Bool = false) -> StopRequest {
        let stop = StopRequest()
        if toInput { awaitEndOfInput(stop) }
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if stop.isRequested { _exit(128 + number) }
                FileHandle.standardError.write(Data("\nm3dt: saving; once more to quit without\n".utf8))
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
