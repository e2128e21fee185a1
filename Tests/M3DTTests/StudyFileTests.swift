import Foundation
import M3DT
import Testing

@Suite struct StudyFileTests {
    private static let whole = """
        name: all-keys
        data: data/native
        tasks:
          - 10
          - ant-dir/2
          - {name: some, tasks: [mt40, cheetah-vel-*], seeds: [7], steps: 50, set: {grouping.experts: 8}}
        methods:
          - demo-promptdt
          - {recipe: demo, label: Ours, experts: [2, 4], tasks: some, seeds: 3, set: {model: {width: 32}, data.clip: null}}
        seeds: [0, 1]
        steps: 1000
        evaluation: {episodes: 3, seeds: [0, 5]}
        set: {backbone: {learningRate: 3.0e-4}, tasks: [ant-dir, x]}
        baseline: Ours N=2
        jobs: 3
        keep: scores
        """

    @Test func everyKeyIsRead() throws {
        let study = try StudyDescription(yaml: Self.whole, source: "s.yaml")
        #expect(study.name == "all-keys" && study.data == "data/native" && study.seeds == [0, 1])
        #expect(study.tasks.map(\.name) == ["10", "ant-dir-2", "some"])
        #expect(study.tasks.map(\.words) == [["10@0"], ["ant-dir/2"], ["mt40", "cheetah-vel-*"]])
        #expect(study.tasks[2].seeds == [7] && study.tasks[2].steps == 50)
        #expect(study.tasks[2].settings == ["grouping.experts=8"])
        #expect(study.methods.map(\.recipe) == ["demo-promptdt", "demo"] && study.methods[1].label == "Ours")
        #expect(study.methods[1].experts == [2, 4] && study.methods[1].tasks == ["some"])
        #expect(study.methods[1].seeds == [3])
        #expect(study.methods[1].settings == ["model.width=32", "data.clip=null"])
        #expect(
            study.settings == [
                "backbone.learningRate=3.0e-4", "tasks=[ant-dir, x]", "evaluation.episodes=3",
                "evaluation.seeds=[0, 5]",
            ])
        #expect(study.steps == 1000 && study.baseline == "Ours N=2" && study.jobs == 3 && study.keep == .scores)
    }

    @Test func whatIsWrittenReadsAlike() throws {
        let study = try StudyDescription(yaml: Self.whole, source: "s.yaml")
        #expect(try StudyDescription(yaml: study.yaml(), source: "written") == study)
        let least = try StudyDescription(
            yaml: "{name: a, data: d, methods: demo, tasks: all}", source: "least")
        #expect(try StudyDescription(yaml: least.yaml(), source: "written") == least)
        #expect(least.seeds == [0] && least.steps == nil && least.keep == .policy && least.methods.count == 1)
    }

    @Test(arguments: ["first", "quick"]) func theStudiesThatComeWithTheProgramAreRead(name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Studies/\(name).yaml")
        #expect(try StudyDescription(contentsOf: file).name == name)
    }

    private static let head = "name: a\ndata: d\nmethods: [demo]\ntasks: [10]\n"

    @Test(arguments: [
        ("seds: [1]", StudyError.unknownKey(key: "seds", nearest: "seeds", file: "s")),
        ("evaluation: {episode: 1}", .unknownKey(key: "evaluation.episode", nearest: "evaluation.episodes", file: "s")),
        ("steps: many", .value(key: "steps", problem: "a whole number from 1 on is needed", file: "s")),
        ("jobs: 0", .value(key: "jobs", problem: "a whole number from 1 on is needed", file: "s")),
        ("seeds: [1, 1]", .value(key: "seeds", problem: "different numbers are needed", file: "s")),
        ("seeds: [1, -1]", .value(key: "seeds.2", problem: "a whole number from 0 on is needed", file: "s")),
        ("set: 3", .value(key: "set", problem: "a section with keys of its own is needed", file: "s")),
        ("keep: none", .value(key: "keep", problem: "one of policy, all, scores is needed", file: "s")),
        ("baseline: [a]", .value(key: "baseline", problem: "a word is needed", file: "s")),
    ])
    func wrongKeysAndValuesAreNamed(line: String, error: StudyError) {
        #expect(throws: error) { try StudyDescription(yaml: Self.head + line, source: "s") }
    }

    @Test(arguments: [
        ("data: d\nmethods: demo\ntasks: 1", StudyError.missingKey(key: "name", file: "s")),
        ("name: a\ndata: d\nmethods: demo\ntasks: []", .missingKey(key: "tasks", file: "s")),
        ("name: a\ndata: d\nmethods: []\ntasks: 1", .missingKey(key: "methods", file: "s")),
        (
            "name: a/b\ndata: d\nmethods: demo\ntasks: 1",
            .value(key: "name", problem: "a name may not hold / or begin with a dot", file: "s")
        ),
        (
            "name: a\ndata: d\nmethods: {label: x}\ntasks: 1",
            .value(key: "methods", problem: "the key 'recipe' is missing", file: "s")
        ),
        (
            "name: a\ndata: d\nmethods: [{recipe: demo, lable: x}]\ntasks: 1",
            .unknownKey(key: "methods.1.lable", nearest: "methods.1.label", file: "s")
        ),
        (
            "name: a\ndata: d\nmethods: [demo]\ntasks: [5, {name: x}]",
            .value(key: "tasks.2", problem: "the key 'tasks' is missing", file: "s")
        ),
        ("just words", .malformed(file: "s", problem: "it is not a list of keys and values")),
    ])
    func wrongStudiesAreRefused(yaml: String, error: StudyError) {
        #expect(throws: error) { try StudyDescription(yaml: yaml, source: "s") }
    }

    @Test func textThatIsNoYAMLIsRefused() {
        #expect(throws: StudyError.self) { try StudyDescription(yaml: "a: [", source: "s") }
        #expect(throws: (any Error).self) { try StudyDescription(contentsOf: URL(filePath: "/nowhere.yaml")) }
    }

    @Test(
        arguments: [
            (StudyError.unknownKey(key: "a", nearest: "b", file: "f"), "f: studies have no key 'a'; did you mean 'b'?"),
            (.missingKey(key: "name", file: "f"), "f: the key 'name' is missing"),
            (
                .unknownName(key: "baseline", name: "x", nearest: nil, known: ["m", "n"]),
                "baseline: there is no 'x' in this study; there are 'm', 'n'"
            ),
            (.twice(what: "methods", name: "M"), "two methods are called 'M'; give one of them another name"),
            (
                .tasksNotInData(set: "mt40", tasks: ["a", "b", "c", "d"], data: "d"),
                "d lacks 4 tasks of 'mt40' (a, b, c, …); collect or import them, or choose others"
            ),
            (
                .tooManyExperts(method: "M", experts: 8, set: "4", tasks: 4),
                "M has 8 experts, but '4' has 4 tasks to share out among them; give it fewer, or name the sets it is for under 'tasks'"
            ),
            (.tooFewSteps(method: "M", set: "4", steps: 2), "2 steps on '4' leave a stage of M without any; give more"),
            (.noStudy(folder: "f"), "f holds no study; run one with m3dt study FILE.yaml --run f"),
            (.busy(folder: "f"), "another process runs the study in f; wait for it, or end it first"),
            (.cellsFailed(failed: 1, of: 9), "1 of 9 runs failed, as said above; the same command tries them again"),
        ] as [(StudyError, String)])
    func messagesNameTheThingAndTheRemedy(error: StudyError, text: String) {
        #expect(error.description == text)
    }
}
