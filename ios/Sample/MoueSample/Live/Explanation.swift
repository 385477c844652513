// Why there is no camera picture, and what to do about it.

import SwiftUI
import UIKit

struct Explanation: View {
    let live: LiveModel

    @Environment(\.openURL) private var openURL

    var body: some View {
        switch live.phase {
        case .starting, .running, .stopped:
            EmptyView()
        case .asking:
            ContentUnavailableView {
                Label("See what a face shows", systemImage: "face.smiling")
            } description: {
                Text("Moue reads expressions from the camera, here on your device. No picture is kept or sent.")
            } actions: {
                Button("Use the camera") { Task { await live.ask() } }
                    .buttonStyle(.borderedProminent)
            }
        case .refused:
            ContentUnavailableView {
                Label("The camera is switched off for Moue", systemImage: "video.slash")
            } description: {
                Text("You can allow it in the settings. Photos work without it.")
            } actions: {
                Button("Open settings") {
                    if let url = URL(string: UIApplication.openSettingsURLString) { openURL(url) }
                }
            }
        case .noCamera:
            ContentUnavailableView(
                "No camera here", systemImage: "video.slash",
                description: Text("Moue can read a photo instead. On a simulator, add a video as Clip.mov to the app."))
        case .interrupted(let why):
            ContentUnavailableView(title(of: why), systemImage: "pause.circle", description: Text("Moue goes on as soon as it can."))
        case .failed(let message):
            ContentUnavailableView {
                Label("The camera doesn’t answer", systemImage: "exclamationmark.triangle")
            } description: {
                Text(message)
            } actions: {
                Button("Try again") { Task { await live.start() } }
            }
        }
    }

    private func title(of interruption: SourceEvent.Interruption) -> LocalizedStringKey {
        switch interruption {
        case .otherApp: "Another app has the camera"
        case .splitScreen: "The camera needs the whole screen"
        case .heat: "The device is too warm for the camera"
        case .background: "The camera is paused"
        }
    }
}
