/// Under what terms an exported policy stands: its user's own.
enum ExportLicense {
  /// The permission, line by line.
  static let lines = [
    "What RelaxRL exports belongs to whoever trained it. RelaxRL itself is under the GNU General",
    "Public License, version 3. As a special exception to that license, the copyright holders of",
    "RelaxRL let you use, change, combine and pass on this file, with whatever of RelaxRL's own",
    "text it contains, under any terms you choose and without further conditions.",
  ]

  /// The same as one text.
  static var plain: String { lines.joined(separator: " ") }
}
