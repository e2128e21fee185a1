import Testing

@testable import M3DTStorage

@Suite("Nearest name")
struct NearestNameTests {
    @Test(
        "The number of edits",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "ab", 1),
            ("abc", "acb", 1), ("kitten", "sitting", 3), ("ca", "abc", 3), ("ant-dir", "ant-dri", 1),
        ])
    func editCount(first: String, second: String, count: Int) {
        #expect(NearestName.editCount(Array(first), Array(second)) == count)
        #expect(NearestName.editCount(Array(second), Array(first)) == count)
    }

    @Test(
        "A slip of the hand finds the name that was meant",
        arguments: [
            ("cheeta-vel-3", "cheetah-vel-3"), ("CHEETAH-VEL-3", "cheetah-vel-3"), ("cheetah-vle-3", "cheetah-vel-3"),
            ("antdir-7", "ant-dir-7"), ("reach", "reach"), ("raech", "reach"),
        ])
    func slips(written: String, meant: String) {
        let names = ["ant-dir-7", "cheetah-vel-3", "cheetah-vel-30", "reach", "push"]
        #expect(NearestName.nearest(to: written, in: names) == meant)
    }

    @Test("Nothing close gives nothing", arguments: ["", "x", "humanoid", "reachable-goal", "zzzzz"])
    func nothingClose(written: String) {
        #expect(NearestName.nearest(to: written, in: ["ant-dir-7", "reach", "push"]) == nil)
    }

    @Test("Of equally close names the first is taken")
    func ties() {
        #expect(NearestName.nearest(to: "task-x", in: ["task-a", "task-b"]) == "task-a")
        #expect(NearestName.nearest(to: "task-x", in: [] as [String]) == nil)
    }
}
