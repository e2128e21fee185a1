"""Shows each check a bad example, so that it is known to fail, and a good one, so that it is known to pass."""

import subprocess
import tempfile
import unittest
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import build_warnings
import documentation
import layering
import tests_ran
import text_rules
from findings import Finding, report
from swift_source import declarations

FOLDER = Path(__file__).resolve().parent


def problems(findings):
    return [finding.problem for finding in findings]


class SwiftSourceTests(unittest.TestCase):
    def names(self, source):
        return [(each.keyword, each.name, each.access) for each in declarations(source)]

    def test_members_are_found_and_locals_are_not(self):
        source = (
            "public struct A {\n    let b: Int\n"
            "    public func c() {\n        let d = 1\n        func e() {}\n    }\n}\n")
        self.assertEqual(
            self.names(source),
            [("struct", "A", "public"), ("let", "b", "internal"), ("func", "c", "public")])

    def test_text_and_comments_are_no_code(self):
        source = 'let a = "} func b() {"\n/* func c() {} */\n// func d() {}\nlet e = """\nfunc f() {}\n"""\nlet g = 1\n'
        self.assertEqual([name for _, name, _ in self.names(source)], ["a", "e", "g"])

    def test_access_comes_from_the_owner(self):
        source = (
            "public protocol A {\n    func b()\n}\npublic extension C {\n    func d() {}\n}\n"
            "private enum E {\n    static func f() {}\n}\n")
        access = {name: access for _, name, access in self.names(source)}
        self.assertEqual((access["b"], access["d"], access["f"]), ("public", "public", "private"))

    def test_only_what_throws_itself_throws(self):
        source = (
            "func a(_ body: () throws -> Int) {}\nfunc b(\n    c: Int\n) throws -> Int {\n}\n"
            "var d: Int { get throws { 1 } }\nfunc e() throws(Fault) {}\n")
        self.assertEqual([each.throws for each in declarations(source)], [False, True, True, True])
        self.assertEqual([each.typed_throws for each in declarations(source)], [False, False, False, True])


class DocumentationTests(unittest.TestCase):
    def problems(self, *sources):
        files = {f"{index}.swift": source for index, source in enumerate(sources)}
        return problems(documentation.Package(files).findings())

    def test_public_declarations_need_a_comment(self):
        source = "public struct A {\n    public func b() {}\n    public let c: Int\n    func d() {}\n}\n"
        self.assertEqual(self.problems(source), ["public struct A has no comment", "public func b has no comment"])

    def test_what_people_write_in_files_needs_a_comment(self):
        source = "/// A.\npublic struct AOptions: Codable {\n    public var b: Int\n}\n"
        self.assertEqual(self.problems(source), ["public var b has no comment"])
        self.assertEqual(self.problems(source.replace(": Codable", "")), [])

    def test_what_throws_needs_a_comment(self):
        self.assertEqual(self.problems("func a() throws {}\n"), ["func a throws and has no comment"])
        self.assertEqual(self.problems("private func a() throws {}\n"), [])

    def test_public_functions_say_what_they_throw(self):
        source = "/// A.\npublic func a() throws {}\n"
        self.assertEqual(self.problems(source), ["public func a does not say what it throws"])
        self.assertEqual(self.problems(source.replace("A.", "A.\n/// - Throws: B.")), [])
        self.assertEqual(self.problems(source.replace("throws", "throws(B)")), [])

    def test_an_extension_speaks_for_its_members(self):
        source = "/// A.\n/// - Throws: B.\nextension C {\n    public func d() throws {}\n}\n"
        self.assertEqual(self.problems(source), [])

    def test_a_requirement_speaks_for_what_fulfils_it(self):
        protocol = "/// A.\npublic protocol A {\n    /// B.\n    /// - Throws: C.\n    func b() throws\n}\n"
        conforming = "/// D.\npublic struct D: A {\n    public func b() throws {}\n    public func e() {}\n}\n"
        self.assertEqual(self.problems(protocol, conforming), ["public func e has no comment"])
        self.assertEqual(len(self.problems(protocol, conforming.replace(": A", ""))), 2)

    def test_attributes_may_stand_between(self):
        self.assertEqual(self.problems("/// A.\n@discardableResult\npublic func a() {}\n"), [])


class LayeringTests(unittest.TestCase):
    def target(self, name, *dependencies, kind="regular"):
        return {"name": name, "type": kind, "dependencies": set(dependencies), "folder": name}

    def imports(self, source, *targets):
        return problems(layering.import_findings(layering.add_importable(list(targets))[0], "a.swift", source))

    def test_arrows_point_down(self):
        down, up = self.target("M3DTModel", "M3DTTensor"), self.target("M3DTTensor", "M3DTModel")
        self.assertEqual(problems(layering.manifest_findings([down])), [])
        self.assertEqual(
            problems(layering.manifest_findings([up])), ["M3DTTensor depends on M3DTModel, which is not below it"])

    def test_what_is_for_tests_is_theirs_alone(self):
        target = self.target("M3DTTensor", "M3DTTestSupport")
        self.assertEqual(
            problems(layering.manifest_findings([target])),
            ["M3DTTensor depends on M3DTTestSupport, which is for tests"])
        self.assertEqual(
            problems(layering.manifest_findings([self.target("ATests", "M3DTTestSupport", kind="test")])), [])

    def test_every_target_has_a_layer(self):
        self.assertEqual(problems(layering.manifest_findings([self.target("New")])), ["target New is in no layer"])

    def test_modules_of_c_belong_to_one_target(self):
        found = problems(layering.manifest_findings([self.target("M3DTModel", "CTorchBridge")]))
        self.assertEqual(found, ["M3DTModel depends on CTorchBridge, which only M3DTTensor may use"])

    def test_imports_are_declared(self):
        target = self.target("M3DTData", "M3DTTasks")
        self.assertEqual(self.imports("import Foundation\nimport M3DTTasks\n// import M3DTModel\n", target), [])
        for line in ["import M3DTModel", "@testable import M3DTModel", "private import struct M3DTModel.A"]:
            self.assertEqual(self.imports(line, target), ["M3DTData imports M3DTModel, which it may not"])

    def test_tests_may_import_what_stands_below_but_no_c(self):
        targets = [
            self.target("M3DTModelTests", "M3DTModel", kind="test"), self.target("M3DTModel", "M3DTTensor"),
            self.target("M3DTTensor", "CTorchBridge"), self.target("CTorchBridge"),
        ]
        self.assertEqual(self.imports("import Testing\n@testable import M3DTTensor\n", *targets), [])
        self.assertEqual(len(self.imports("import CTorchBridge\nimport XCTest\n", *targets)), 2)

    def test_only_the_bridge_holds_cpp(self):
        paths = ["Torch/Sources/M3DTTorch/A.cpp", "Sources/CMuJoCo/a.c", "Sources/M3DTData/B.cpp"]
        self.assertEqual([each.path for each in layering.language_findings(paths)], ["Sources/M3DTData/B.cpp"])


class TextRuleTests(unittest.TestCase):
    # In two pieces, so that this file does not break the rules that it tests.
    BAD_LINES = [
        "let a = try" + "! b()", "fatal" + 'Error("not written")', "// TO" + "DO: later", "# FIX" + "ME",
        'let a = "/ro' + 'ot/.cache"', "pip install --index" + "-url x",
        "struct File" + "Helpers {", "final class Task" + "Manager {", "import XC" + "Test",
        "final class A: @unchecked " + "Sendable {}",
    ]
    GOOD_LINES = [
        "let a = try b()", "FileManager.default.remove()", "let a = root/work", "../root/x", "https://x.org/a",
        "// The mutex guards it.\nfinal class A: @unchecked " + "Sendable {}",
    ]

    def test_lines(self):
        for line in self.BAD_LINES:
            self.assertEqual(len(list(text_rules.text_findings("Sources/A.swift", "\n" + line))), 1, line)
        for line in self.GOOD_LINES:
            self.assertEqual(list(text_rules.text_findings("Sources/A.swift", "\n" + line)), [], line)

    def test_tests_are_not_switched_off(self):
        line = '@Test(.disa' + 'bled("later")) func a() {}'
        self.assertEqual(len(list(text_rules.text_findings("Tests/A.swift", line))), 1)

    def test_paths(self):
        for path in [
            "Package" + ".resolved", ".build/a.o", ".deps", "Sources/A/String" + "Utils.swift",
            "Sources/Com" + "mon/a.c", "Sources/A/Place" + "holder.swift",
        ]:
            self.assertEqual(len(list(text_rules.path_findings(path, 1))), 1, path)
        for path in ["Sources/A/Commonality.swift", "Docs/building.md", "Tests/ATests/Placement.swift"]:
            self.assertEqual(list(text_rules.path_findings(path, 1)), [], path)

    def test_links(self):
        text = "[a](a.md) [b](../Docs/b.md#part) [c](https://c.org) [d](#part)\n![e](e.png)"
        found = text_rules.link_findings("Docs/x.md", text, {"Docs/a.md", "Docs/b.md"})
        self.assertEqual([(each.line, each.problem) for each in found], [(2, "a link to e.png, which is not there")])

    def test_size(self):
        self.assertEqual(problems(text_rules.path_findings("a.bin", 1_200_000)), ["1.2 MB"])


class TestsRanTests(unittest.TestCase):
    RESULTS = """<testsuites><testsuite>
        <testcase classname="ATests" name="a()"/><testcase classname="ATests.B" name="c()"/>
        <testcase classname="ATests.B" name="d()"><skipped>why</skipped></testcase>
        <testcase classname="BTests.B" name="e()"><failure/></testcase>
        </testsuite></testsuites>"""

    def findings(self, expected, targets):
        results = tests_ran.read_results(self.RESULTS)
        return problems(tests_ran.findings_of(tests_ran.read_expected(expected), targets, results))

    def test_what_is_missing_is_found(self):
        self.assertEqual(
            self.findings("# header\nATests 3\nBTests 1\n", {"ATests", "BTests", "CTests"}),
            [
                "CTests is not listed", "2 tests of ATests passed, 3 were expected",
                "0 tests of BTests passed, 1 were expected", "ATests.B.d() was skipped", "BTests.B.e() failed",
            ])

    def test_enough_is_enough(self):
        results = ({"ATests": 2}, ["ATests.a()"], [])
        found = tests_ran.findings_of(({"ATests": 2}, {"ATests.a()"}), {"ATests"}, results)
        self.assertEqual(list(found), [])

    def test_what_may_be_skipped_is_kept_up_to_date(self):
        found = tests_ran.findings_of(({}, {"ATests.a()"}), set(), ({}, [], []))
        self.assertEqual(problems(found), ["ATests.a() may be skipped, but was not"])


class BuildWarningTests(unittest.TestCase):
    LOG = (
        "[3/9] Compiling A\n/x/Sources/A/B.swift:3:9: warning: unused\n/x/Sources/A/B.swift:3:9: warning: unused\n"
        "/x/.build/checkouts/Y/C.swift:1:1: warning: old\nwarning: 'a': found 1 file(s) which are unhandled\n")

    def test_own_warnings_are_found_once_and_foreign_ones_are_not(self):
        found, compiled = build_warnings.findings_of("build.log", self.LOG)
        self.assertEqual(problems(found), ["unused", "'a': found 1 file(s) which are unhandled"])
        self.assertEqual(compiled, 1)


class FormatTests(unittest.TestCase):
    def lint(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".swift") as file:
            file.write(text)
            file.flush()
            return subprocess.run([FOLDER / "format.sh", file.name], capture_output=True).returncode

    def test_style(self):
        self.assertEqual(self.lint("let a = 1\n"), 0)
        self.assertEqual(self.lint("let   a=1 ;\n"), 1)


class ReportTests(unittest.TestCase):
    def test_having_looked_at_nothing_is_a_fault(self):
        with redirect_stdout(StringIO()):
            self.assertEqual(report("nothing", [], 0), 1)
            self.assertEqual(report("something", [], 1), 0)
            self.assertEqual(report("a fault", [Finding("a", 1, "b", "c")], 1), 1)


if __name__ == "__main__":
    unittest.main()
