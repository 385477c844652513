// The live screen: preview, boxes, panel and buttons; or, where there is no picture, why and what to do.

import Moue
import SwiftUI

struct LiveScreen: View {
    let live: LiveModel

    @AppStorage("noteWasRead") private var noteWasRead = false
    @State private var showsNote = false
    @State private var showsPhoto = false
    @Environment(\.scenePhase) private var scenePhase
    @Environment(\.verticalSizeClass) private var verticalSizeClass
    @Environment(\.accessibilityReduceMotion) private var reducesMotion

    var body: some View {
        NavigationStack {
            content
                .navigationTitle("Moue")
                .navigationBarTitleDisplayMode(.inline)
                .toolbar { buttons }
        }
        .task { await live.appear() }
        .onChange(of: scenePhase) { _, phase in
            // The system takes the camera from an app in the background; give it back before.
            switch phase {
            case .background: live.stop()
            case .active where live.phase == .stopped: Task { await live.appear() }
            default: break
            }
        }
        .onAppear { showsNote = !noteWasRead }
        .sheet(isPresented: $showsNote, onDismiss: { noteWasRead = true }) { UseNote() }
        .sheet(isPresented: $showsPhoto) { PhotoScreen() }
    }

    @ViewBuilder private var content: some View {
        switch live.phase {
        case .starting, .running, .stopped:
            // A phone on its side has room beside the picture, not below it.
            let layout = verticalSizeClass == .compact ? AnyLayout(HStackLayout(spacing: 0)) : AnyLayout(VStackLayout(spacing: 0))
            layout {
                preview
                // Large text scrolls, and leaves the picture its place.
                ViewThatFits(in: .vertical) {
                    panel
                    ScrollView { panel }
                }
                .frame(maxWidth: verticalSizeClass == .compact ? 360 : nil, maxHeight: 360)
            }
        default:
            Explanation(live: live)
        }
    }

    private var panel: some View {
        VStack(spacing: 0) {
            ReadingPanel(face: live.focus)
                .animation(reducesMotion ? nil : .easeOut(duration: 0.15), value: live.focus?.face.reading.scores)
            StatusLine(result: live.result, isFrozen: live.isFrozen)
        }
    }

    private var preview: some View {
        GeometryReader { geometry in
            ZStack {
                if let camera = live.camera {
                    CameraPreview(camera: camera, isHeld: live.isFrozen)
                } else if let clip = live.clip {
                    ClipPreview(clip: clip)
                }
                FaceOverlay(live.result, scale: .fill, mirrored: live.isMirrored)
            }
            .onTapGesture { place in live.choose(at: place, in: geometry.size) }
        }
        .clipped()
        .accessibilityElement(children: .contain)
    }

    @ToolbarContentBuilder private var buttons: some ToolbarContent {
        ToolbarItemGroup(placement: .bottomBar) {
            Button("Open a photo", systemImage: "photo") { showsPhoto = true }
            Spacer()
            Button(live.isFrozen ? "Back to the camera" : "Freeze", systemImage: live.isFrozen ? "play" : "pause") { live.freeze() }
                .disabled(live.result == nil)
            Spacer()
            if let result = live.result, live.isFrozen {
                ShareLink(item: ShareText.of(result.faces.map(\.face), at: Date()))
            } else {
                Button(
                    hasBaseline ? "Forget the relaxed face" : "Set the relaxed face",
                    systemImage: hasBaseline ? "face.dashed" : "face.smiling"
                ) {
                    live.toggleBaseline()
                }
                .disabled(live.focus == nil)
            }
            Spacer()
            Button("Switch camera", systemImage: "arrow.triangle.2.circlepath.camera") { Task { await live.switchCamera() } }
                .disabled(live.camera == nil)
        }
        ToolbarItem(placement: .topBarTrailing) {
            Button("About and use", systemImage: "info.circle") { showsNote = true }
        }
    }

    private var hasBaseline: Bool {
        live.focus.map { $0.calibration != .none } ?? false
    }
}
