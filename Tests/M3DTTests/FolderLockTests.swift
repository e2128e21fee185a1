import Foundation
import Testing

@testable import M3DT

@Suite struct FolderLockTests {
    @Test func aFolderIsOneProcessAtATime() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appendingPathComponent("study")
        var first: FolderLock? = try FolderLock(url, patienceSeconds: 0)
        #expect(throws: StudyError.busy(folder: url.path)) { try FolderLock(url, patienceSeconds: 0.2) }
        withExtendedLifetime(first) {}
        first = nil
        _ = try FolderLock(url, patienceSeconds: 0)
    }
}
