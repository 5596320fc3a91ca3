#if MPI
  import CMPI
  import GSL
  import Glibc
  import ReinforcementLearning

  /// The processes of `MPI_COMM_WORLD`.
  ///
  /// Every exchange is one collective operation that does not block (MPI 3.0, section 5.12), so that
  /// whoever waits gives its core to others and hears a signal. All calls come from the main thread.
  public final class MPIChannel: RankChannel {
    /// The processes.
    public let ranks: RankGroup
    /// The machine that this one is on.
    public let host: String

    /// A wait that has lasted so long, in seconds, gives the core away for a while between two looks.
    private static let patience = 0.002
    private static let nap: UInt32 = 50
    /// Seconds that the others may take to come to an agreement once a signal has arrived: one that does not come was
    /// killed, or hangs.
    private static let grace = 10.0

    private init(ranks: RankGroup, host: String) {
      self.ranks = ranks
      self.host = host
    }

    /// Joins the processes that were started together.
    ///
    /// - Returns: what connects them.
    /// - Throws: `MPIError`.
    public static func join() throws(MPIError) -> MPIChannel {
      var provided: Int32 = 0
      try MPIError.check(
        MPI_Init_thread(nil, nil, Int32(MPI_THREAD_FUNNELED), &provided), "MPI_Init_thread")
      try MPIError.check(
        MPI_Comm_set_errhandler(relaxrl_mpi_world(), relaxrl_mpi_errors_return()),
        "MPI_Comm_set_errhandler")
      var (count, index): (Int32, Int32) = (0, 0)
      try MPIError.check(MPI_Comm_size(relaxrl_mpi_world(), &count), "MPI_Comm_size")
      try MPIError.check(MPI_Comm_rank(relaxrl_mpi_world(), &index), "MPI_Comm_rank")
      var name = [CChar](repeating: 0, count: Int(MPI_MAX_PROCESSOR_NAME) + 1)
      var length: Int32 = 0
      try MPIError.check(MPI_Get_processor_name(&name, &length), "MPI_Get_processor_name")
      return MPIChannel(
        ranks: RankGroup(index: Int(index), of: Int(count)),
        host: String(
          decoding: name.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    /// Leaves them; nothing is exchanged afterwards.
    public func leave() { MPI_Finalize() }

    /// Ends all processes at once.
    ///
    /// - Parameter code: their exit code.
    public func abort(_ code: Int32) -> Never {
      MPI_Abort(relaxrl_mpi_world(), code)
      exit(code)
    }

    /// Lays what every rank has side by side.
    public func allGather(
      _ bytes: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer
    ) throws {
      insist(
        all.count == bytes.count * ranks.count,
        "\(ranks.count) times \(bytes.count) bytes do not fit memory for \(all.count).")
      guard bytes.count > 0 else { return }
      var request = relaxrl_mpi_no_request()
      try MPIError.check(
        MPI_Iallgather(
          bytes.baseAddress, Int32(bytes.count), relaxrl_mpi_byte(), all.baseAddress,
          Int32(bytes.count), relaxrl_mpi_byte(), relaxrl_mpi_world(), &request), "MPI_Iallgather")
      try wait { MPI_Test(&request, &$0, relaxrl_mpi_no_status()) }
    }

    /// Hands the first rank's bytes to all.
    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws {
      guard bytes.count > 0 else { return }
      var request = relaxrl_mpi_no_request()
      try MPIError.check(
        MPI_Ibcast(
          bytes.baseAddress, Int32(bytes.count), relaxrl_mpi_byte(), 0, relaxrl_mpi_world(),
          &request), "MPI_Ibcast")
      try wait { MPI_Test(&request, &$0, relaxrl_mpi_no_status()) }
    }

    /// Looks until an operation is over.
    private func wait(for test: (_ isOver: inout Int32) -> Int32) throws {
      var isOver: Int32 = 0
      var start: Double?
      var interruption: Double?
      while true {
        try MPIError.check(test(&isOver), "MPI_Test")
        if isOver != 0 { return }
        let now = Self.seconds()
        let beginning = start ?? now
        start = beginning
        if InterruptFlag.isRaised {
          let since = interruption ?? now
          interruption = since
          if now - since > Self.grace { throw SilentRanks(rank: ranks.index, seconds: Self.grace) }
        }
        if now - beginning < Self.patience { sched_yield() } else { usleep(Self.nap) }
      }
    }

    private static func seconds() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
  }

  /// An operation of MPI that failed.
  public struct MPIError: Error, Hashable, CustomStringConvertible {
    /// What was called.
    public let function: String
    /// What MPI says of it.
    public let reason: String

    /// What is wrong.
    public var description: String { "\(function) failed: \(reason)" }

    static func check(_ code: Int32, _ function: String) throws(MPIError) {
      guard code != MPI_SUCCESS else { return }
      var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING) + 1)
      var length: Int32 = 0
      MPI_Error_string(code, &text, &length)
      throw MPIError(
        function: function,
        reason: String(
          decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
  }

  /// Ranks that were to stop and do not answer.
  public struct SilentRanks: Error, Hashable, CustomStringConvertible {
    /// Who has waited for them.
    public let rank: Int
    /// How long.
    public let seconds: Double

    /// What is wrong, and how to go on.
    public var description: String {
      "Rank \(rank) was told to stop and has waited \(Int(seconds)) s for the others, of which one was killed or "
        + "hangs. The run goes on from its last checkpoint."
    }
  }
#endif
