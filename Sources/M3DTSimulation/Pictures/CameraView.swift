import CMuJoCo
import M3DTTasks

/// Where the camera stands, seen from the robot or, where that stays in its place, from the middle of the world.
struct CameraView {
    /// The body that the camera goes with.
    let followedBody: String?
    /// Metres from what is looked at.
    private let distance: Double
    /// Degrees around the vertical axis; 90 looks along the y axis.
    private let azimuth: Double
    /// Degrees above the horizon, negative when looking down.
    private let elevation: Double
    /// The height that is looked at, in metres; the camera does not bob with the robot.
    private let height: Double

    private init(
        _ distance: Double, height: Double, following body: String? = nil, azimuth: Double = 90, elevation: Double
    ) {
        (self.distance, self.height, followedBody) = (distance, height, body)
        (self.azimuth, self.elevation) = (azimuth, elevation)
    }

    init(task: String, domain: Domain) {
        if let assignment = ControlSuiteAssignment.all[task] {
            self.init(assignment)
        } else if domain == .antDir {
            self.init(5, height: 0.4, following: "torso", azimuth: 60, elevation: -30)
        } else {
            self.init(3.2, height: 0.5, following: "torso", azimuth: 80, elevation: -12)
        }
    }

    private init(_ assignment: ControlSuiteAssignment) {
        switch assignment {
        case .walker: self.init(4, height: 0.9, following: "torso", azimuth: 80, elevation: -10)
        case .cheetah: self.init(3.6, height: 0.6, following: "torso", azimuth: 80, elevation: -12)
        case .hopper: self.init(3.6, height: 0.7, following: "torso", azimuth: 80, elevation: -10)
        case .reacher, .threeLinkReacher: self.init(0.9, height: 0, elevation: -70)
        case .acrobot: self.init(6.5, height: 2, elevation: -5)
        case .pendulum: self.init(2, height: 0.6, elevation: -10)
        case .cartPole: self.init(4.4, height: 1, elevation: -8)
        case .ballInCup: self.init(1.3, height: 0.42, elevation: -10)
        case .finger: self.init(1.3, height: 0.4, elevation: -15)
        case .fish: self.init(1.5, height: 0.15, elevation: -45)
        }
    }

    func camera(following position: (x: Double, y: Double, z: Double)?) -> mjvCamera {
        var camera = mjvCamera()
        mjv_defaultCamera(&camera)
        camera.lookat = (position?.x ?? 0, position?.y ?? 0, height)
        (camera.distance, camera.azimuth, camera.elevation) = (distance, azimuth, elevation)
        return camera
    }
}
