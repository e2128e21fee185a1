import Foundation
import M3DTTasks
import Testing

@testable import M3DTSimulation

@Suite struct PictureTests {
    static func square(_ value: UInt8) -> Picture {
        Picture(width: 2, height: 2, rgb: [UInt8](repeating: value, count: 12))
    }

    @Test func aStripHoldsItsPicturesInRows() {
        let strip = Picture.strip([1, 2, 3].map(Self.square), columns: 2, gap: 1)
        #expect((strip.width, strip.height) == (5, 5))
        let reds = stride(from: 0, to: strip.rgb.count, by: 3).map { strip.rgb[$0] }
        #expect(
            reds == [
                1, 1, 255, 2, 2, 1, 1, 255, 2, 2, 255, 255, 255, 255, 255,
                3, 3, 255, 255, 255, 3, 3, 255, 255, 255,
            ])
        #expect(Picture.strip([Self.square(9)]) == Self.square(9))
    }

    @Test func aMissingLibraryNamesTheRemedy() {
        let error = #expect(throws: SimulationError.self) {
            try OffscreenContext(width: 8, height: 8, names: ["libnothing.so.0"])
        }
        #expect(error?.description.contains("apt-get install libosmesa6") == true)
        #expect(error?.description.contains("libnothing.so.0") == true)
    }

    /// One task of every robot.
    static let robots = [
        "cheetah-vel-10", "ant-dir-03", "walker-walk", "cheetah-run", "reacher-hard", "reacher-three-easy",
        "acrobot-swingup", "pendulum-spin", "cartpole-swingup", "cup-catch", "finger-turn-easy", "fish-swim",
        "hopper-hop",
    ]

    @Test(arguments: robots) func framesShowTheWholeRobotMove(name: String) throws {
        let task = try TaskRegistry.standard.task(named: name)
        let environment = try NativeEnvironments().make(task)
        let renderer = try RolloutRenderer(environment: environment, width: 96, height: 72)
        let interval = task.episodeSteps / 5
        // An ant that moves at random soon falls, and its episode ends.
        func policy() -> any Policy { name.hasPrefix("ant") ? ConstantPolicy() : RandomPolicy() }
        let frames = try renderer.film(policy: policy(), seed: 3, everySteps: interval)
        try #require(frames.count == 6)
        for frame in frames {
            #expect((frame.width, frame.height) == (96, 72))
            #expect(Set(frame.rgb).count > 20, "a frame must not be of one colour")
        }
        #expect(Set(frames).count == 6)
        #expect(try frames[0].png().starts(with: [0x89, 0x50, 0x4E, 0x47]))
        for body in 1..<environment.physics.model.bodyCount {
            let seen = renderer.projected(environment.physics.bodyPosition(body))
            #expect((0..<96).contains(seen.x) && (0..<72).contains(seen.y), "body \(body) is out of the picture")
        }
        let again = try RolloutRenderer(environment: environment, width: 96, height: 72)
            .film(policy: policy(), seed: 3, everySteps: interval)
        #expect(again == frames)
    }

    /// Tasks move their target inside their model at every start; what is drawn must be there.
    @Test(arguments: ["reacher-easy", "reacher-three-easy", "finger-turn-easy", "fish-swim", "acrobot-swingup"])
    func aTargetIsSeenWhereItIs(name: String) throws {
        let environment = try NativeEnvironments().make(TaskRegistry.standard.task(named: name))
        let renderer = try RolloutRenderer(environment: environment, width: 320, height: 240)
        for seed in UInt64(0)..<4 {
            _ = try environment.reset(seed: seed)
            let physics = environment.physics
            let geometry = try? physics.model.geometry(named: "target")
            let place =
                try geometry.map(physics.geometryPosition) ?? physics.sitePosition(physics.model.site(named: "target"))
            let expected = renderer.projected((place[0], place[1], place[2]))
            let pixels = Self.green(try renderer.frame())
            let nearest = pixels.map { hypot($0.x - expected.x, $0.y - expected.y) }.min() ?? .infinity
            #expect(nearest < 2, "seed \(seed): the nearest pixel of the target is \(nearest) pixels away")
            // No further from its middle than the largest target's radius, where nothing else is of its colour.
            let farthest = pixels.map { hypot($0.x - expected.x, $0.y - expected.y) }.max() ?? .infinity
            if name != "finger-turn-easy" { #expect(farthest < 30, "seed \(seed): \(farthest) pixels away") }
        }
    }

    @Test func whereTheTaskHasNoTargetNoneIsSeen() throws {
        for name in ["finger-spin", "cup-spin"] {
            let environment = try NativeEnvironments().make(TaskRegistry.standard.task(named: name))
            _ = try environment.reset(seed: 1)
            #expect(Self.green(try RolloutRenderer(environment: environment).frame()).isEmpty, "\(name)")
        }
    }

    /// A task's target is drawn in the size that the task has given it.
    @Test func aHarderTargetIsSmaller() throws {
        let areas = try ["reacher-easy", "reacher-hard"].map { name in
            let environment = try NativeEnvironments().make(TaskRegistry.standard.task(named: name))
            _ = try environment.reset(seed: 2)
            return Double(Self.green(try RolloutRenderer(environment: environment).frame()).count)
        }
        // Radii of 5 and 1.5 cm.
        #expect((6...20).contains(areas[0] / areas[1]))
    }

    /// Where the green pixels of a picture are.
    private static func green(_ picture: Picture) -> [(x: Double, y: Double)] {
        (0..<picture.width * picture.height).compactMap { pixel in
            let colour = picture.rgb[3 * pixel..<3 * pixel + 3].map(Int.init)
            guard colour[1] > colour[0] + 40, colour[1] > colour[2] + 25 else { return nil }
            return (Double(pixel % picture.width), Double(pixel / picture.width))
        }
    }
}

extension RolloutRenderer {
    /// The pixel at which a point of the world is seen, by the rules of a camera with a field of view of 45 degrees.
    fileprivate func projected(_ point: (x: Double, y: Double, z: Double)) -> (x: Double, y: Double) {
        let camera = camera()
        let (azimuth, elevation) = (camera.azimuth * .pi / 180, camera.elevation * .pi / 180)
        let forward = [cos(elevation) * cos(azimuth), cos(elevation) * sin(azimuth), sin(elevation)]
        let right = [sin(azimuth), -cos(azimuth), 0]
        let up = [-sin(elevation) * cos(azimuth), -sin(elevation) * sin(azimuth), cos(elevation)]
        let middle = [camera.lookat.0, camera.lookat.1, camera.lookat.2]
        let way = zip([point.x, point.y, point.z], middle).map(-)
        func along(_ axis: [Double]) -> Double { zip(way, axis).map(*).reduce(0, +) }
        let scale = Double(height) / 2 / tan(.pi / 8) / (along(forward) + camera.distance)
        return (Double(width) / 2 + scale * along(right), Double(height) / 2 - scale * along(up))
    }
}
