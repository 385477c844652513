// Stand-in for format styles that Foundation has on Apple's platforms only. See the README beside this folder.

import Foundation

public struct LengthFormat: FormatStyle, Sendable {
    public enum Width: Codable, Hashable, Sendable { case abbreviated, wide }
    public typealias FormatInput = Measurement<UnitLength>
    public typealias FormatOutput = String
    public func format(_ value: Measurement<UnitLength>) -> String { "" }
}
extension FormatStyle where Self == LengthFormat {
    public static func measurement(width: LengthFormat.Width) -> LengthFormat { LengthFormat() }
}
