import Foundation

/// One record of a TensorBoard event file.
///
/// The field numbers are those of TensorFlow's `event.proto`, `summary.proto` and `tensor.proto`.
enum TensorBoardEvent {
    /// The first record of every file.
    case fileVersion
    /// Says that a training went on from here: what earlier files hold from this step on is void.
    case restart
    case scalars([String: Double])
    case picture(name: String, PNGPicture)
    case text(name: String, String)

    /// The record with its frame: length, checksum of the length, message, checksum of the message.
    func framed(step: Int, unixSeconds: Double) -> Data {
        let message = message(step: step, unixSeconds: unixSeconds)
        var length = Data()
        withUnsafeBytes(of: UInt64(message.count).littleEndian) { length.append(contentsOf: $0) }
        return length + bytes(CRC32C.masked(length)) + message + bytes(CRC32C.masked(message))
    }

    private func bytes(_ value: UInt32) -> Data {
        withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }

    private func message(step: Int, unixSeconds: Double) -> Data {
        var event = ProtobufMessage()
        event.add(1, double: unixSeconds)
        event.add(2, integer: Int64(step))
        switch self {
        case .fileVersion: event.add(3, text: "brain.Event:2")
        case .restart: event.add(7) { $0.add(1, integer: 1) }
        case .scalars(let values):
            event.add(5) { summary in
                for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                    summary.add(1) {
                        $0.add(1, text: name)
                        $0.add(2, float: Float(value))
                    }
                }
            }
        case .picture(let name, let picture): event.add(5) { $0.add(1) { Self.add(picture, named: name, to: &$0) } }
        case .text(let name, let text): event.add(5) { $0.add(1) { Self.add(text, named: name, to: &$0) } }
        }
        return event.bytes
    }

    private static func add(_ picture: PNGPicture, named name: String, to value: inout ProtobufMessage) {
        value.add(1, text: name)
        value.add(4) { image in
            image.add(1, integer: Int64(picture.height))
            image.add(2, integer: Int64(picture.width))
            image.add(3, integer: 3)  // Red, green and blue.
            image.add(4, data: picture.bytes)
        }
    }

    /// A text is a tensor of one string that the text plug-in claims.
    private static func add(_ text: String, named name: String, to value: inout ProtobufMessage) {
        value.add(1, text: name)
        value.add(8) { tensor in
            tensor.add(1, integer: 7)  // The element type: string.
            tensor.add(2) { shape in shape.add(2) { $0.add(1, integer: 1) } }
            tensor.add(8, text: text)
        }
        value.add(9) { metadata in metadata.add(1) { $0.add(1, text: "text") } }
    }
}
