import Testing

@testable import M3DTReports

@Suite struct ReportErrorTests {
    @Test(
        arguments: [
            (
                .metricNotFinite(name: "loss", stage: "backbone", step: 7),
                "loss is not finite at step 7 of stage backbone; the training has diverged: lower the learning rate or resume "
                    + "from an earlier checkpoint"
            ),
            (.file(path: "a/b", operation: "write", reason: "no space"), "a/b: cannot write: no space"),
            (.malformed(file: "f", line: 3, reason: "not JSON"), "f, line 3: not JSON; repair or delete the line"),
            (.missingColumns(file: "f", missing: ["a", "b"], found: ["c"]), "f: no column named a, b; the file has c"),
            (.missingColumns(file: "f", missing: ["a"], found: []), "f: no column named a; the file has no columns"),
            (
                .field(file: "f", line: 2, column: "score", text: "x", expected: "a finite number"),
                "f, line 2, column score: \"x\" is not a finite number"
            ),
            (.rowWidth(table: "t", row: 2, expected: 3, found: 1), "t, row 2: 1 cells for 3 columns"),
            (
                .plotNotFinite(plot: "P", series: "s", index: 4),
                "plot \"P\", s, value 4: not finite; leave it out or mend its source"
            ),
            (
                .plotNotPositive(plot: "P", series: "s", index: 4, value: -1),
                "plot \"P\", s, value 4: -1.0 has no place on a logarithmic axis; use a linear one"
            ),
            (
                .plotShape(plot: "P", what: "values of s", expected: 2, found: 1),
                "plot \"P\": 1 values of s where 2 belong"
            ),
            (.emptySample(statistic: "the mean"), "the mean of no numbers; evaluate at least one episode"),
            (
                .sampleNotFinite(statistic: "the mean"),
                "the mean of a number that is not finite; mend the evaluation it came from"
            ),
            (
                .taskCounts(statistic: "X", first: 1, second: 2),
                "X compares task by task, but one side has 1 tasks and the other 2"
            ),
            (.notPNG(name: "a.png"), "a.png: not a PNG picture"),
            (
                .notARun(folder: "runs/x"),
                "runs/x: not a run folder; it should hold metrics.jsonl, evaluation/ or config.yaml"
            ),
        ] as [(ReportError, String)])
    func messagesNameTheThing(error: ReportError, text: String) {
        #expect(error.description == text)
    }
}
