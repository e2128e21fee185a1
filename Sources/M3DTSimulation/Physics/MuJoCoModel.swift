import CMuJoCo
import Foundation

/// A loaded model: what does not change while it moves.
///
// A shared model is only read after it was made; MuJoCo allows many threads to do so at once. A task that moves a target in
// its model has a copy of its own.
public final class MuJoCoModel: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<mjModel>
    /// The file's name, for messages.
    public let name: String

    /// Loads a model from an XML file.
    ///
    /// - Throws: ``SimulationError`` where the file is missing or no sound model.
    public init(path: String) throws {
        name = URL(fileURLWithPath: path).lastPathComponent
        guard FileManager.default.fileExists(atPath: path) else { throw SimulationError.modelMissing(path: path) }
        var loaded: UnsafeMutablePointer<mjModel>?
        guard m3dt_mj_load(path, &loaded) == M3DT_MJ_OK, let loaded else {
            throw SimulationError.modelUnreadable(path: path, reason: String(cString: m3dt_mj_message()))
        }
        pointer = loaded
    }

    /// Copies a model and lets a closure change the copy before anyone else sees it.
    ///
    /// - Throws: ``SimulationError`` where there is not enough memory.
    init(copying other: MuJoCoModel, change: (UnsafeMutablePointer<mjModel>) -> Void) throws {
        var copy: UnsafeMutablePointer<mjModel>?
        guard m3dt_mj_copy_model(other.pointer, &copy) == M3DT_MJ_OK, let copy else {
            throw SimulationError.simulator(
                doing: "copying \(other.name)", reason: String(cString: m3dt_mj_message()))
        }
        change(copy)
        pointer = copy
        name = other.name
    }

    deinit { mj_deleteModel(pointer) }

    /// Numbers in a position: joint coordinates, four for a free or ball joint's rotation.
    public var positionWidth: Int { Int(pointer.pointee.nq) }
    /// Numbers in a velocity, one for each degree of freedom.
    public var velocityWidth: Int { Int(pointer.pointee.nv) }
    /// Actuators.
    public var controlWidth: Int { Int(pointer.pointee.nu) }
    /// Bodies, the world included.
    var bodyCount: Int { Int(pointer.pointee.nbody) }
    /// Seconds in a step of physics.
    public var timestepSeconds: Double { pointer.pointee.opt.timestep }

    /// The position that the model file describes.
    public var initialPosition: [Double] {
        Array(UnsafeBufferPointer(start: pointer.pointee.qpos0, count: positionWidth))
    }

    /// The number of a body.
    ///
    /// - Throws: ``SimulationError/partMissing(name:model:)``.
    public func body(named body: String) throws -> Int { try part(body, of: mjOBJ_BODY) }

    /// The number of a camera.
    ///
    /// - Throws: ``SimulationError/partMissing(name:model:)``.
    public func camera(named camera: String) throws -> Int { try part(camera, of: mjOBJ_CAMERA) }

    /// The number of a part of any kind.
    ///
    /// - Throws: ``SimulationError/partMissing(name:model:)``.
    func part(_ part: String, of kind: mjtObj) throws -> Int {
        let number = Int(mj_name2id(pointer, Int32(kind.rawValue), part))
        guard number >= 0 else { throw SimulationError.partMissing(name: part, model: name) }
        return number
    }
}
