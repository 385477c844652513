// A photo from the library: chosen in the system's picker, which needs no permission, decoded and read away from the main thread.

import Moue
import PhotosUI
import SwiftUI

struct PhotoScreen: View {
    @State private var choice: PhotosPickerItem?
    @State private var state = PhotoState.empty
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            content
                .navigationTitle("Photo")
                .toolbar {
                    ToolbarItem(placement: .topBarLeading) { Button("Done") { dismiss() } }
                    ToolbarItem(placement: .topBarTrailing) {
                        PhotosPicker("Open a photo", selection: $choice, matching: .images)
                    }
                }
        }
        .task(id: choice) {
            guard let choice else { return }
            state = .reading
            state = await PhotoReader.read(choice)
        }
    }

    @ViewBuilder private var content: some View {
        switch state {
        case .empty:
            ContentUnavailableView(
                "Open a photo", systemImage: "photo", description: Text("It stays on this device. Only the photo that you choose is read."))
        case .reading:
            ProgressView("Reading the photo…")
        case .failed(let message):
            ContentUnavailableView("This photo can’t be read.", systemImage: "exclamationmark.triangle", description: Text(message))
        case .read(let photo):
            ScrollView {
                Image(decorative: photo.image, scale: 1)
                    .resizable()
                    .scaledToFit()
                    .overlay(FaceOverlay(photo.faces, frameSize: CGSize(width: photo.image.width, height: photo.image.height)))
                if photo.faces.isEmpty {
                    Text("No face in this photo. It may be too small or turned away.")
                        .padding()
                }
                ForEach(Array(photo.faces.enumerated()), id: \.offset) { _, face in
                    VStack(alignment: .leading) {
                        Text(face.reading.verdict.localizedName).font(.title3.bold())
                        ScoreBars(scores: face.reading.scores)
                    }
                    .padding()
                }
                if !photo.faces.isEmpty {
                    ShareLink(item: ShareText.of(photo.faces, at: Date()))
                }
            }
        }
    }
}
