import Dispatch
import Foundation
import M3DTTraining

/// Turns Ctrl-C and a polite kill into a request to save and stop; a second one ends the program at once.
final class Interrupts {
    let stop = StopRequest()
    private var sources: [any DispatchSourceSignal] = []

    init() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [stop] in
                if stop.isRequested { _exit(128 + number) }
                FileHandle.standardError.write(Data("\nm3dt: saving; once more to quit without\n".utf8))
                stop.request()
            }
            source.resume()
            sources.append(source)
        }
    }
}
