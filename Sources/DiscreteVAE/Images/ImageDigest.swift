import Formats

/// The SHA-256 digest of sets of images with their sizes.
func imageDigest(_ sets: [BinaryImages], _ gray: GrayImages?) -> String {
  var digest = SHA256()
  for images in sets {
    let size = "\(images.count) × \(images.height) × \(images.width)\n"
    Array(size.utf8).withUnsafeBytes { digest.update($0) }
    images.bits.withUnsafeBytes { digest.update($0) }
  }
  gray?.pixels.withUnsafeBytes { digest.update($0) }
  return digest.hexDigest()
}
