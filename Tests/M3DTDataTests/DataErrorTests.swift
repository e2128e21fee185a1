import M3DTStorage
import Testing

@testable import M3DTData

@Suite struct DataErrorTests {
    @Test func thePlaceComesFirst() {
        let error = DataError(.columnMissing, task: "a", file: "store/a.safetensors", key: "seeds")
        #expect(
            error.description == "store/a.safetensors, task a, column seeds: the column is missing; "
                + "remove the file and resume the collection")
        #expect(DataError(.noTasks).description == "no task is chosen; name at least one")
    }

    @Test(
        arguments: [
            (.unknownTask(nearest: "ant-dir-1"), "the store does not hold this task; did you mean ant-dir-1?"),
            (.unknownTask(nearest: nil), "the store does not hold this task; list the tasks with `data info`"),
            (
                .storage(.emptyFile(path: "a")),
                "a is empty; it was not written completely, so make it again"
            ),
            (.fileMissing, "the task's file is missing; collect the task again by resuming the collection"),
            (
                .fileSize(expected: 9, found: 8),
                "the file has 8 bytes, not the 9 of the manifest; remove the file and resume the collection"
            ),
            (
                .checksum,
                "the file has changed since it was made: its checksum is not that of the manifest; "
                    + "remove the file and resume the collection"
            ),
            (
                .statistics,
                "the statistics in the manifest are not those of the file; remove the task's file and resume the collection"
            ),
            (.otherTask(found: "b"), "the file belongs to task b; remove the file and resume the collection"),
            (.otherTask(found: nil), "the file belongs to no task; remove the file and resume the collection"),
            (
                .columnType(expected: .float32, found: .float64),
                "the column holds F64 elements, not F32; remove the file and resume the collection"
            ),
            (
                .columnShape(expected: [4, 3], found: [4]),
                "the column has shape [4], not [4, 3]; remove the file and resume the collection"
            ),
            (
                .offsets(episode: 2),
                "the bounds of episode 2 are not in ascending order up to the last step; "
                    + "remove the file and resume the collection"
            ),
            (
                .outOfRange(index: 1, value: 7, bound: 2),
                "entry 1 is 7, not in 0 ..< 2; remove the file and resume the collection"
            ),
            (
                .returnToGo(episode: 1, step: 2, expected: 3, found: 4),
                "step 2 of episode 1 has return-to-go 4.0, but its rewards add up to 3.0; "
                    + "remove the file and resume the collection"
            ),
            (
                .formatVersion(found: 2, supported: 1),
                "the store has format 2, this program reads 1; "
                    + "use the program's version that made the store, or collect the data again"
            ),
            (
                .notAStore,
                "the folder holds no trajectory store (there is no manifest.json); "
                    + "check the path, or collect the data first"
            ),
        ] as [(DataError.Problem, String)])
    func everyProblemSaysWhatToDo(problem: DataError.Problem, text: String) {
        #expect(DataError(problem).description == text)
    }
}
