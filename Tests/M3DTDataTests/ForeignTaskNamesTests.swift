import M3DTTasks
import Testing

@testable import M3DTData

@Suite struct ForeignTaskNamesTests {
    private func meanings(_ names: String..., renames: [String: String] = [:]) throws -> [ForeignTaskNames.Meaning] {
        try ForeignTaskNames(registry: .standard, renames: renames)
            .meanings(of: names.map { ForeignTask(name: $0, files: 1, bytes: 1) })
    }

    @Test(arguments: [
        ("cheetah-vel-07", "cheetah-vel-07"), ("cheetah_vel-7", "cheetah-vel-07"), ("Ant_Dir_12", "ant-dir-12"),
        ("ant-dir-3-v0", "ant-dir-03"),
    ])
    func spellingsOfKnownTasksAreRecognised(foreign: String, name: String) throws {
        #expect(try meanings(foreign) == [.known(TaskRegistry.standard.task(named: name))])
    }

    @Test(arguments: [
        ("mw-reach-wall", "reach-wall-v2"), ("metaworld/pick-place-v3", "pick-place-v2"),
        ("dmc_walker_walk", "walker-walk"),
        ("walker-run-00", "walker_run-0"),
    ])
    func spellingsShareANormalForm(first: String, second: String) {
        #expect(ForeignTaskNames.normalForm(first) == ForeignTaskNames.normalForm(second))
    }

    @Test(arguments: [("reach", "reach-wall"), ("ant-dir-1", "ant-dir-11"), ("v2", "v3"), ("mw", "metaworld")])
    func differentTasksDoNot(first: String, second: String) {
        #expect(ForeignTaskNames.normalForm(first) != ForeignTaskNames.normalForm(second))
    }

    @Test func otherNamesAreMadeFitForFiles() throws {
        #expect(try meanings("hopper-medium-v2") == [.new("hopper-medium-v2")])
        #expect(try meanings("my set/robot v0") == [.new("my-set-robot-v0")])
        #expect(try meanings(".hidden") == [.new("hidden")])
        #expect(try meanings("cheetah-vel-40") == [.new("cheetah-vel-40")])
    }

    @Test func renamesWinAndMayNameAKnownTask() throws {
        let renames = try ForeignTaskNames.renames(["a=ant-dir-01", "ant_dir-2=mine"])
        let found = try meanings("a", "ant_dir-2", renames: renames)
        #expect(found == [.known(try TaskRegistry.standard.task(named: "ant-dir-01")), .new("mine")])
    }

    @Test(arguments: ["a", "=b", "a=", "a=b=c", ""])
    func malformedRenamesAreRefused(text: String) {
        let error = #expect(throws: DataError.self) { try ForeignTaskNames.renames([text]) }
        #expect(error?.description.contains("FROM=TO") == true)
    }

    @Test func aRenameOfNothingSuggestsTheNearest() {
        let error = #expect(throws: DataError.self) { try meanings("hopper", renames: ["hoper": "x"]) }
        #expect(error?.description.contains("hopper") == true)
    }

    @Test func twoNamesOfOneTaskAreRefused() {
        let error = #expect(throws: DataError.self) { try meanings("ant_dir-1", "ant-dir-01") }
        #expect(error?.description.contains("'ant_dir-1' and 'ant-dir-01'") == true)
        #expect(error?.description.contains("--rename") == true)
    }
}
