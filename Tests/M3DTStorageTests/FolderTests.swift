import Foundation
import M3DTStorage
import Testing

@Suite struct FolderTests {
    @Test func foldersAboveAreMadeToo() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("m3dt-folder-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let folder = root.appendingPathComponent("a/b")
        try Folder.create(folder)
        try Folder.create(folder)
        #expect(FileManager.default.fileExists(atPath: folder.path))
        let file = root.appendingPathComponent("file")
        try Data().write(to: file)
        #expect(throws: StorageError.notAFolder(path: file.path)) { try Folder.create(file) }
        #expect(throws: StorageError.notAFolder(path: file.path)) {
            try Folder.create(file.appendingPathComponent("below"))
        }
    }
}
