import CMuJoCo
import M3DTTasks

/// Draws an environment's robot, without a display. All calls must come from one thread.
public final class RolloutRenderer {
    public let environment: MuJoCoEnvironment
    public let width: Int
    public let height: Int
    private let openGL: OffscreenContext
    private let model: MuJoCoModel
    private let view: CameraView
    /// The body that the camera goes with.
    private let followed: Int?
    // MuJoCo keeps addresses inside these two, so they may not move.
    private let scene: UnsafeMutablePointer<mjvScene>
    private let context: UnsafeMutablePointer<mjrContext>

    /// Objects that a scene can hold.
    private static let sceneCapacity: Int32 = 1000

    /// - Parameters:
    ///   - width: Of a frame, in pixels.
    ///   - height: Of a frame, in pixels.
    /// - Throws: ``SimulationError/noOffscreenLibrary(reason:)`` where OSMesa is not installed, and other
    ///   ``SimulationError``s where MuJoCo cannot draw.
    public init(environment: MuJoCoEnvironment, width: Int = 480, height: Int = 360) throws {
        precondition(width > 0 && height > 0, "a frame needs a positive size")
        self.environment = environment
        self.width = width
        self.height = height
        view = CameraView(task: environment.task.name, domain: environment.task.domain)
        model = try MuJoCoModel(
            dressing: environment.physics.model, width: width, height: height,
            showsTarget: ControlSuiteAssignment.all[environment.task.name]?.hasTarget ?? false)
        followed = try view.followedBody.map(model.body)
        openGL = try OffscreenContext(width: width, height: height)
        scene = .allocate(capacity: 1)
        context = .allocate(capacity: 1)
        mjv_defaultScene(scene)
        mjr_defaultContext(context)
        try openGL.makeCurrent()
        try check(m3dt_mj_make_context(model.pointer, context))
        try check(m3dt_mj_make_scene(model.pointer, scene, Self.sceneCapacity))
    }

    deinit {
        // Without a current context OpenGL forgets the buffers with the context itself.
        if (try? openGL.makeCurrent()) != nil { mjr_freeContext(context) }
        mjv_freeScene(scene)
        scene.deallocate()
        context.deallocate()
    }

    /// Draws the environment as it is now.
    ///
    /// - Throws: ``SimulationError`` where MuJoCo cannot draw.
    public func frame() throws -> Picture {
        try openGL.makeCurrent()
        var camera = camera()
        var option = mjvOption()
        mjv_defaultOption(&option)
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        try check(
            m3dt_mj_draw(
                model.pointer, environment.physics.data, &option, &camera, scene, context, Int32(width), Int32(height),
                &pixels))
        return Picture(width: width, height: height, rgb: upright(pixels))
    }

    /// The camera of the moment.
    func camera() -> mjvCamera { view.camera(following: followed.map(environment.physics.bodyPosition)) }

    /// Plays an episode and draws every so many steps of it, the start included.
    ///
    /// - Throws: ``EnvironmentError``, ``SimulationError``, and what the policy throws.
    public func film(policy: any Policy, seed: UInt64, everySteps interval: Int) throws -> [Picture] {
        precondition(interval > 0, "frames must be at least one step apart")
        var observation = try environment.reset(seed: seed)
        try policy.begin(slot: 0, task: environment.task, seed: seed)
        var frames = [try frame()]
        var outcome = StepOutcome(reward: 0)
        for step in 1...environment.task.episodeSteps where !outcome.terminated {
            let request = ActionRequest(slot: 0, observation: observation, reward: outcome.reward)
            outcome = try environment.step(try policy.act([request])[0], into: &observation)
            if step % interval == 0 { frames.append(try frame()) }
        }
        return frames
    }

    /// OpenGL's first row is the lowest.
    private func upright(_ pixels: [UInt8]) -> [UInt8] {
        (0..<height).reversed().flatMap { pixels[3 * width * $0..<3 * width * ($0 + 1)] }
    }

    private func check(_ status: m3dt_mj_status) throws {
        guard status == M3DT_MJ_OK else {
            throw SimulationError.simulator(
                doing: "drawing \(environment.task.name)", reason: String(cString: m3dt_mj_message()))
        }
    }
}
