import Foundation
import ReinforcementLearning

/// The reply to `render`: one image, or none.
///
/// In JSON `{"type":"render","id":7,"width":2,"height":1,"rgb":"…"}`, where the bytes are in base64; in binary a frame
/// of the kind 3 with width u32, height u32 and the bytes. Nothing to be seen is an image of 0 × 0 pixels.
enum ImageMessage {
  private struct Reply: Codable {
    var type = "render"
    var id: Int
    var width: Int
    var height: Int
    var rgb: String
  }

  /// Writes a reply.
  static func write(_ writer: inout ByteWriter, _ image: Pixels?, id: UInt32, isBinary: Bool) {
    let (width, height, bytes) = (image?.width ?? 0, image?.height ?? 0, image?.bytes ?? [])
    guard isBinary else {
      let reply = Reply(
        id: Int(id), width: width, height: height, rgb: Data(bytes).base64EncodedString())
      // Texts and whole numbers can always be encoded.
      writer.write(text: (try? encodeState(reply)) ?? "")
      writer.write("\n")
      return
    }
    let start = writer.count
    FrameHeader.begin(&writer, kind: FrameHeader.imageKind, id: id, count: 1)
    writer.write(raw: UInt32(width))
    writer.write(raw: UInt32(height))
    bytes.withUnsafeBytes { writer.write(raw: $0) }
    FrameHeader.end(&writer, startingAt: start)
  }

  /// Reads a reply, whatever the bytes are.
  ///
  /// - Parameters:
  ///   - bytes: a line, or a frame with its header.
  ///   - id: of the request.
  ///   - isBinary: whether it is a frame.
  /// - Returns: the image; nil where there is nothing to be seen.
  /// - Throws: what is no image, or the error that came instead.
  static func read(
    _ bytes: UnsafeRawBufferPointer, id: UInt32, isBinary: Bool
  ) throws(ReplyProblem) -> Pixels? {
    if isBinary, FrameHeader(bytes).kind == FrameHeader.imageKind {
      let body = UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size...])
      guard FrameHeader(bytes).id == id, body.count >= 8 else {
        throw violation("id", "\(id), and width and height after the header", quoted(bytes))
      }
      return try image(
        Int(body.loadUnaligned(as: UInt32.self)),
        Int(body.loadUnaligned(fromByteOffset: 4, as: UInt32.self)), Array(body[8...]))
    }
    let text = isBinary ? UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size...]) : bytes
    if let error = ErrorReply(text) { throw .error(error.error) }
    guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(text)),
      reply.type == "render", reply.id == id
    else { throw violation("type", "\"render\", with id \(id)", quoted(text)) }
    guard let data = Data(base64Encoded: reply.rgb) else {
      throw violation("rgb", "bytes in base64", quoted(text))
    }
    return try image(reply.width, reply.height, Array(data))
  }

  private static func image(
    _ width: Int, _ height: Int, _ bytes: [UInt8]
  ) throws(ReplyProblem) -> Pixels? {
    // The message has a limit, and with it each side of an image.
    let sides = 0...FrameHeader.maximumFrame
    guard sides.contains(width), sides.contains(height), (width == 0) == (height == 0),
      bytes.count == 3 * width * height
    else {
      throw violation(
        "rgb", "3 · width · height bytes",
        "\(bytes.count) bytes for \(width) × \(height) pixels")
    }
    return width == 0 ? nil : Pixels(width: width, height: height, bytes: bytes)
  }

  private static func violation(
    _ field: String, _ expected: String, _ received: String
  ) -> ReplyProblem {
    .violation(
      ProtocolViolation(message: "render", field: field, expected: expected, received: received))
  }
}
