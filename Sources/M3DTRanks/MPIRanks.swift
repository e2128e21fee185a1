#if MPI
    import CMPI

    /// The processes that an MPI launcher has started.
    final class MPIRanks: RankGroup {
        let rank: Int
        let count: Int

        /// - Throws: ``RankError/lost(reason:)`` where MPI cannot start.
        init() throws {
            var (rank, count): (Int32, Int32) = (0, 0)
            try Self.check(m3dt_mpi_start(&rank, &count))
            (self.rank, self.count) = (Int(rank), Int(count))
        }

        func sum(_ numbers: UnsafeMutableBufferPointer<Float>) throws {
            try Self.inPieces(numbers) { m3dt_mpi_sum_floats($0, $1) }
        }

        func sum(_ numbers: UnsafeMutableBufferPointer<Double>) throws {
            try Self.inPieces(numbers) { m3dt_mpi_sum_doubles($0, $1) }
        }

        /// MPI counts in 32 bits.
        private static func inPieces<Number>(
            _ numbers: UnsafeMutableBufferPointer<Number>, _ call: (UnsafeMutablePointer<Number>, Int32) -> Int32
        ) throws {
            guard let start = numbers.baseAddress else { return }
            for first in stride(from: 0, to: numbers.count, by: 1 << 30) {
                try check(call(start + first, Int32(min(numbers.count - first, 1 << 30))))
            }
        }

        private static func check(_ error: Int32) throws {
            guard error != 0 else { return }
            var text = [CChar](repeating: 0, count: Int(M3DT_MPI_TEXT) + 1)
            m3dt_mpi_text(error, &text)
            throw RankError.lost(reason: text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
        }
    }
#endif
