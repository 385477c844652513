// Words for people, in their language. The names of the cases (`rawValue`) are for programs.

import Foundation

extension FacialExpression {
    /// The expression in the user's language: "happy", "content", "嬉しい".
    public var localizedName: String { localizedName(in: .moue) }

    func localizedName(in bundle: Bundle) -> String {
        localized("expression.\(rawValue)", in: bundle)
    }
}

extension UnsureReason {
    /// The reason in the user's language: "too small", "turned away".
    public var localizedName: String { localizedName(in: .moue) }

    func localizedName(in bundle: Bundle) -> String {
        localized("reason.\(rawValue)", in: bundle)
    }
}

extension Verdict {
    /// The verdict in the user's language: "happy", or "unsure: too small".
    public var localizedName: String { localizedName(in: .moue) }

    func localizedName(in bundle: Bundle) -> String {
        switch self {
        case .certain(let expression):
            expression.localizedName(in: bundle)
        case .unsure(let reason):
            String(format: localized("verdict.unsure", in: bundle), reason.localizedName(in: bundle))
        }
    }
}

/// What a screen reader says of several faces: "2 faces, happy, unsure: too small".
func localizedSummary(of faces: [Face], in bundle: Bundle = .moue) -> String {
    let count =
        switch faces.count {
        case 0: localized("overlay.none", in: bundle)
        case 1: localized("overlay.one", in: bundle)
        default: String(format: localized("overlay.many", in: bundle), faces.count)
        }
    let readings = faces.map { $0.reading.verdict.localizedName(in: bundle) }
    return ([count] + readings).joined(separator: ", ")
}

extension Bundle {
    /// Where this module's resources are: its privacy manifest and its words.
    static let moue = Bundle.module
}

/// The text of `Resources/*.lproj/Localizable.strings` for a key.
func localized(_ key: String, in bundle: Bundle = .moue) -> String {
    bundle.localizedString(forKey: key, value: nil, table: nil)
}
