// What a reading is, and what it must not be used for. Shown at the first start, and by the info button.

import SwiftUI

struct UseNote: View {
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                Text("What a face shows").font(.title.bold())
                Text("Moue names what a face looks like. It does not know what a person feels, and it is wrong now and then.")
                Text("Tell people before you point it at them; the EU AI Act asks for that (Article 50(3)).")
                Text("Never use it to infer the feelings of people at work or in schools: that is forbidden (Article 5(1)(f)).")
                Text("Everything stays on this device. No picture is kept or sent.")
                Button("Understood") { dismiss() }
                    .buttonStyle(.borderedProminent)
            }
            .padding(24)
        }
    }
}
