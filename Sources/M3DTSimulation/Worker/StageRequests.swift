import M3DTTasks
import M3DTWorker

/// What is asked of a worker that plays environments. The same numbers and bodies are in `Worker/m3dt_worker/environments.py`.
enum StageRequest {
    static let make: UInt32 = 32
    static let reset: UInt32 = 33
    static let step: UInt32 = 34
    static let render: UInt32 = 35
    static let play: UInt32 = 36

    /// How a step ended, as bits.
    struct Ending: OptionSet {
        let rawValue: UInt8
        static let terminated = Ending(rawValue: 1)
        static let truncated = Ending(rawValue: 2)
        static let succeeded = Ending(rawValue: 4)
    }

    /// Makes the environment of a place.
    struct Make: Encodable {
        let place: Int
        let environment: Description
        let steps: Int
        let pictures: Bool
    }

    /// The widths of an environment that was made.
    struct Made: Decodable, Equatable {
        let observationWidth: Int
        let actionWidth: Int
    }

    /// Plays a whole episode.
    struct Play: Encodable {
        let environment: Description
        let seed: UInt64
        let steps: Int
        let player: String
        let noise: Double
    }

    /// What a worker is told of an environment.
    struct Description: Encodable {
        let library: PythonEnvironment.Library
        let id: String
        let arguments: [String: PythonArgument]

        init(_ environment: PythonEnvironment) {
            (library, id, arguments) = (environment.library, environment.id, environment.arguments)
        }
    }

    static func resetBody(place: Int, seed: UInt64) -> [UInt8] {
        var writer = FrameWriter(capacity: 12)
        writer.append(UInt32(place))
        writer.append(seed)
        return writer.bytes
    }

    static func stepBody(_ requests: [StepRequest]) -> [UInt8] {
        var writer = FrameWriter(capacity: requests.count * 64)
        writer.append(UInt32(requests.count))
        for request in requests {
            writer.append(UInt32(request.slot))
            writer.append(UInt32(request.action.count))
            writer.append(request.action)
        }
        return writer.bytes
    }

    /// - Throws: `FrameTooShort`.
    static func observation(_ reader: inout FrameReader) throws -> [Double] {
        try reader.doubles(Int(try reader.uint32()))
    }

    /// - Throws: `FrameTooShort`.
    static func result(_ reader: inout FrameReader) throws -> StepResult {
        let reward = try reader.double()
        let ending = Ending(rawValue: try reader.byte())
        let outcome = StepOutcome(
            reward: reward, terminated: ending.contains(.terminated), truncated: ending.contains(.truncated),
            succeeded: ending.contains(.succeeded))
        return StepResult(observation: try observation(&reader), outcome: outcome)
    }

    /// - Throws: `FrameTooShort`.
    static func picture(_ reader: FrameReader) throws -> Picture {
        var reader = reader
        let (width, height) = (Int(try reader.uint32()), Int(try reader.uint32()))
        return Picture(width: width, height: height, rgb: try reader.bytes(3 * width * height))
    }
}
