import Foundation
import Testing

@testable import M3DTStorage

@Suite("Storage errors")
struct StorageErrorTests {
    static let texts: [(error: StorageError, text: String)] = [
        (.missingFile(path: "/a/b"), "/a/b: there is no such file; check the path"),
        (.missingFolder(path: "/a"), "/a: there is no such folder; create it first"),
        (.notAFile(path: "/a"), "/a is not a regular file; give the path of a file"),
        (.notAFolder(path: "/a"), "/a is not a folder; give the path of a folder"),
        (.emptyFile(path: "/a"), "/a is empty; it was not written completely, so make it again"),
        (
            .notPermitted(path: "/a"),
            "/a: access is not permitted; change its permissions or those of its folder, or choose another place"
        ),
        (.readOnly(path: "/a"), "/a is on a read-only file system; choose a folder that can be written to"),
        (
            .diskFull(path: "/a"),
            "/a: the disk or the quota is full, nothing was replaced; free some space or choose another place"
        ),
        (
            .malformedSafetensors(path: "/a", problem: .duplicateKey("w")),
            "/a is not a valid safetensors file: the key “w” is there twice; make or fetch the file again"
        ),
        (
            .unwritableSafetensors(path: "/a", problem: .reservedName("__metadata__")),
            "/a cannot be written as a safetensors file: no tensor may be called “__metadata__”"
        ),
        (.unknownTensor(name: "v", path: "/a", nearest: nil), "/a holds no tensor “v”"),
        (.unknownTensor(name: "v", path: "/a", nearest: "w"), "/a holds no tensor “v”; did you mean “w”?"),
        (
            .otherElementType(name: "w", path: "/a", stored: .bfloat16, requested: .float32),
            "/a: the tensor “w” holds BF16 elements, not F32; read it as BF16"
        ),
        (
            .malformedArchive(path: "/a", problem: .forbiddenGlobal("os.system")),
            "/a cannot be read as a PyTorch file: it holds “os.system”, which is not allowed as it may run code; "
                + "load it in PyTorch and save only its tensors (its state_dict)"
        ),
        (
            .impossiblePicture(width: 2, height: 3, byteCount: 4),
            "a picture of 2 x 3 pixels cannot be made of 4 bytes; give three for each pixel"
        ),
    ]

    @Test("Every error names the thing and the remedy", arguments: texts)
    func text(error: StorageError, text: String) {
        #expect(error.description == text)
    }

    @Test("An error of the system has its text and number")
    func system() {
        let text = StorageError.system(path: "/a", operation: "writing", code: EIO).description
        #expect(text.hasPrefix("/a: writing failed: ") && text.contains("(error \(EIO)); check the disk"))
    }

    @Test(
        "Numbers of the system become cases",
        arguments: [
            (ENOSPC, .diskFull(path: "/a/b")), (EDQUOT, .diskFull(path: "/a/b")), (EROFS, .readOnly(path: "/a/b")),
            (EACCES, .notPermitted(path: "/a/b")), (EPERM, .notPermitted(path: "/a/b")),
            (ENOENT, .missingFolder(path: "/a")), (ENOTDIR, .notAFolder(path: "/a")), (EISDIR, .notAFile(path: "/a/b")),
            (EIO, .system(path: "/a/b", operation: "writing", code: EIO)),
        ] as [(Int32, StorageError)])
    func numbers(code: Int32, error: StorageError) {
        #expect(StorageError.writing("/a/b", operation: "writing", code: code) == error)
    }

    @Test("No two problems read the same")
    func distinctTexts() {
        let safetensors = MalformedSafetensorsTests.problems.map(\.problem)
        let archives = HostileArchiveTests.problems.map(\.problem)
        #expect(Set(safetensors.map(\.description)).count == distinct(safetensors))
        #expect(Set(archives.map(\.description)).count == distinct(archives))
    }

    private func distinct<Problem: Equatable>(_ problems: [Problem]) -> Int {
        problems.enumerated().count { !problems[..<$0.offset].contains($0.element) }
    }
}
