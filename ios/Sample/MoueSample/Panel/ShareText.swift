// Readings as plain text, to hand on. No picture goes along.

import Foundation
import Moue

enum ShareText {
    /// The faces, the moment, and what a reading is not.
    static func of(_ faces: [Face], at moment: Date) -> String {
        var lines: [String] = []
        for (index, face) in faces.enumerated() {
            if faces.count > 1 { lines.append(String(localized: "Face \(index + 1)")) }
            lines.append(face.reading.verdict.localizedName)
            for expression in FacialExpression.fromPleasantToUnpleasant {
                let share = Double(face.reading.scores[expression]).formatted(.percent.precision(.fractionLength(0)))
                lines.append("  \(expression.localizedName) \(share)")
            }
            lines.append("")
        }
        lines.append(moment.formatted(date: .long, time: .shortened))
        lines.append(String(localized: "Read by Moue on the device: what a face shows, not what a person feels."))
        return lines.joined(separator: "\n")
    }
}
