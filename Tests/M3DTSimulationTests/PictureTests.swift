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

    @Test(arguments: ["cheetah-vel-10", "ant-dir-03"]) func framesShowTheRobotMove(name: String) throws {
        let environment = try NativeEnvironments().make(TaskRegistry.standard.task(named: name))
        let renderer = try RolloutRenderer(environment: environment, width: 96, height: 64)
        let frames = try renderer.film(policy: ConstantPolicy(), seed: 3, everySteps: 40)
        try #require(frames.count == 6)
        for frame in frames {
            #expect((frame.width, frame.height) == (96, 64))
            #expect(Set(frame.rgb).count > 20, "a frame must not be of one colour")
        }
        #expect(frames[0] != frames[1])
        #expect(try frames[0].png().starts(with: [0x89, 0x50, 0x4E, 0x47]))
        let again = try RolloutRenderer(environment: environment, width: 96, height: 64)
            .film(policy: ConstantPolicy(), seed: 3, everySteps: 40)
        #expect(again == frames)
    }
}
