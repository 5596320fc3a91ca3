import GSL

/// Which images each step is trained on: every epoch is a new order of all of them.
///
/// The order follows from the seed and the number of the step, so that nothing needs to be saved. An
/// epoch leaves out the few images that do not fill a batch.
struct BatchOrder {
  let seed: UInt64
  let count: Int
  let batch: Int
  private var epoch = -1
  private var order: [Int] = []

  init(seed: UInt64, count: Int, batch: Int) {
    insist(
      count >= batch, "A batch of \(batch) images cannot be taken from \(count) images.")
    self.seed = seed
    self.count = count
    self.batch = batch
  }

  /// The images of a step, counted from 0.
  mutating func images(ofStep step: Int) -> ArraySlice<Int> {
    let batches = count / batch
    if step / batches != epoch {
      epoch = step / batches
      order = Array(0..<count)
      var stream = RandomStream(seed: seed, purpose: "vae-order", lane: UInt64(epoch))
      stream.shuffle(&order)
    }
    let start = step % batches * batch
    return order[start..<start + batch]
  }
}
