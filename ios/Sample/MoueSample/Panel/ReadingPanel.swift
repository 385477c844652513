// The reading of one face: its verdict, and seven bars.

import Moue
import SwiftUI

struct ReadingPanel: View {
    let face: LiveFace?

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            if let face {
                Text(face.face.reading.verdict.localizedName)
                    .font(.title2.bold())
                    .accessibilityAddTraits(.updatesFrequently)
                detail(face)
                ScoreBars(scores: face.face.reading.scores)
            } else {
                Text("No face yet").font(.title2.bold())
                Text("Let a face fill about a third of the picture.")
                    .font(.callout)
                    .foregroundStyle(.secondary)
            }
        }
        .frame(maxWidth: .infinity, alignment: .leading)
        .padding()
        .background(.background)
    }

    @ViewBuilder private func detail(_ face: LiveFace) -> some View {
        HStack {
            switch face.calibration {
            case .none: EmptyView()
            case .running: Text("Relax your face for a second…")
            case .done: Text("Relative to the relaxed face")
            }
            if let distance = face.distance {
                Text(Measurement(value: Double(distance.meters), unit: UnitLength.meters), format: .measurement(width: .abbreviated))
            }
        }
        .font(.callout)
        .foregroundStyle(.secondary)
    }
}

/// A bar for each expression, in an order that doesn't change while one looks.
struct ScoreBars: View {
    let scores: Scores

    var body: some View {
        Grid(alignment: .leading, horizontalSpacing: 12, verticalSpacing: 6) {
            ForEach(FacialExpression.fromPleasantToUnpleasant, id: \.self) { expression in
                GridRow {
                    Text(expression.localizedName)
                        .font(.footnote)
                    ProgressView(value: Double(scores[expression]))
                        .tint(expression.color)
                }
                .accessibilityElement(children: .ignore)
                .accessibilityLabel(Text(expression.localizedName))
                .accessibilityValue(Text(Double(scores[expression]), format: .percent.precision(.fractionLength(0))))
                .accessibilityAddTraits(.updatesFrequently)
            }
        }
    }
}

extension FacialExpression {
    /// All of them, the relaxed face last.
    static let fromPleasantToUnpleasant: [FacialExpression] = [.happy, .surprise, .sad, .fear, .angry, .disgust, .neutral]
}
