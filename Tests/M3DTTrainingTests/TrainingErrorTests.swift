import Testing

@testable import M3DTTraining

@Suite struct TrainingErrorTests {
    @Test(
        arguments: [
            (
                .option(name: "steps", value: "0", allowed: "at least 1"),
                "the training option steps is 0; it must be at least 1"
            ),
            (
                .unknownStage(name: "routers", nearest: "router"),
                "there is no stage 'routers'; did you mean 'router'?; the stages are backbone, group, experts, router, joint, agents, fine-tune"
            ),
            (
                .unknownTask(name: "x", nearest: nil),
                "the data holds no task 'x'; add its data, or leave it out of the groups"
            ),
            (.noTasks(stage: "router"), "router has no tasks to train on; name at least one"),
            (
                .sizeMismatch(field: "contextSteps", data: 4, model: 5),
                "the data has contextSteps 4, the model 5; make the sampler and the model agree"
            ),
            (
                .lossNotFinite(stage: "expert-3", step: 7, tasks: ["a"]),
                "expert-3, step 7: the loss on task a is not finite; check the data of the task, or lower learningRate; "
                    + "the last checkpoint is kept"
            ),
            (
                .gradientNotFinite(stage: "router", step: 0, tasks: ["a", "b"]),
                "router, step 0: the gradient on tasks a, b is not finite; check the data of the task, or lower "
                    + "learningRate; the last checkpoint is kept"
            ),
            (
                .otherConfiguration(file: "f", field: "options.seed", stored: "1", current: "2"),
                "f was made with options.seed = 1, now it is 2; set it back, choose another folder, or delete this one to "
                    + "start over"
            ),
            (
                .checkpointAhead(file: "f", step: 9, steps: 5),
                "f is at step 9, beyond the 5 steps asked for; ask for more, or delete it to start over"
            ),
            (.damagedFile(file: "f", problem: "it is torn"), "f cannot be used: it is torn; delete it to start over"),
            (
                .tooManyExperts(experts: 9, tasks: 8),
                "8 tasks cannot fill 9 groups; ask for at most 8 experts"
            ),
            (
                .unevenRows(rows: 16, ranks: 3),
                "a batch has 16 rows, which 3 ranks cannot share evenly; start as many ranks as divide it, or set data.rows"
            ),
            (
                .boundRows(stage: "joint", ranks: 2),
                "joint with topK or soft gates cannot be shared by 2 ranks, since rows of a batch have to do with each other "
                    + "there; train it in one process"
            ),
            (.emptyGroup(expert: 2), "expert 2 has no tasks; give each expert at least one"),
        ] as [(TrainingError, String)])
    func everyErrorNamesTheThingAndTheRemedy(error: TrainingError, text: String) {
        #expect(error.description == text)
    }
}
