import CGSL

/// Points that fill the unit cube more evenly than random ones.
public enum QuasiRandom {
  /// The most coordinates that a point of Sobol's sequence has here.
  public static let mostDimensions = 40

  /// The first points of Sobol's sequence, all moved by the same random distance.
  ///
  /// Of the first 2^k points each coordinate has one in every interval of the length 2^−k, up to where
  /// the shift has moved its ends. The sequence is the one of Bratley and Fox (1988), algorithm 659, and
  /// begins with the origin, which the balance of its first points needs (Owen 2020); the shift modulo 1
  /// is that of Cranley and Patterson (1976). There is no further scrambling.
  /// [`gsl_qrng_sobol`](https://www.gnu.org/software/gsl/doc/html/qrng.html)
  ///
  /// - Parameters:
  ///   - count: how many points; more points begin with the same ones.
  ///   - dimensions: coordinates of each, from 1 to ``mostDimensions``.
  ///   - stream: the source of the shift.
  /// - Returns: `[count][dimensions]`, each coordinate in [0, 1).
  /// - Throws: `GSLError` for a number of dimensions out of range.
  public static func sobol(
    _ count: Int, dimensions: Int, shiftedBy stream: inout RandomStream
  ) throws(GSLError) -> [[Double]] {
    guard (1...mostDimensions).contains(dimensions) else {
      throw .outOfRange(
        name: "number of dimensions", value: Double(dimensions), allowed: "[1, \(mostDimensions)]")
    }
    let shift = (0..<dimensions).map { _ in stream.uniform() }
    let sequence = try Library.call("gsl_qrng_alloc") {
      relaxrl_sobol_alloc(UInt32(dimensions))
    }
    defer { gsl_qrng_free(sequence) }
    var point = [Double](repeating: 0, count: dimensions)
    var points: [[Double]] = []
    points.reserveCapacity(max(count, 0))
    while points.count < count {
      points.append(
        zip(point, shift).map { coordinate, distance in
          let sum = coordinate + distance
          return sum < 1 ? sum : sum - 1
        })
      try Library.call("gsl_qrng_get") { _ = gsl_qrng_get(sequence, &point) }
    }
    return points
  }
}
