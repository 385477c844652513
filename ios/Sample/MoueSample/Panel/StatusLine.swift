// How fast it goes: results a second, milliseconds for each, frames that were dropped.

import Moue
import SwiftUI

struct StatusLine: View {
    let result: FrameResult?
    let isFrozen: Bool

    var body: some View {
        HStack {
            if isFrozen {
                Label("Frozen", systemImage: "pause.fill")
            } else if let result {
                Text("\(Double(result.activity.rate), format: .number.precision(.fractionLength(0))) fps")
                Text("\(result.times.total * 1000, format: .number.precision(.fractionLength(1))) ms")
                Text("\(result.activity.dropped) dropped")
            } else {
                Text("Starting the camera…")
            }
        }
        .font(.caption.monospacedDigit())
        .foregroundStyle(.secondary)
        .frame(maxWidth: .infinity)
        .padding(.bottom, 8)
        // Numbers that change 30 times a second are no news for a screen reader.
        .accessibilityElement(children: .combine)
        .accessibilityAddTraits(.updatesFrequently)
    }
}
