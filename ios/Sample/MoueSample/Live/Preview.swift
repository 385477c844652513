// What the camera or the clip shows, as views.

import AVFoundation
import SwiftUI
import UIKit

/// The camera's picture, turned with the device, filling its view.
struct CameraPreview: UIViewRepresentable {
    let camera: Camera
    let isHeld: Bool

    func makeUIView(context: Context) -> PreviewView {
        PreviewView()
    }

    func updateUIView(_ view: PreviewView, context: Context) {
        view.show(camera)
        view.hold(isHeld)
    }
}

/// A view that is a preview layer.
final class PreviewView: UIView {
    private var camera: Camera?
    private var coordinator: AVCaptureDevice.RotationCoordinator?
    private var observation: NSKeyValueObservation?

    override class var layerClass: AnyClass { AVCaptureVideoPreviewLayer.self }

    private var previewLayer: AVCaptureVideoPreviewLayer? { layer as? AVCaptureVideoPreviewLayer }

    func show(_ camera: Camera) {
        guard camera !== self.camera, let previewLayer else { return }
        self.camera = camera
        previewLayer.session = camera.capture
        previewLayer.videoGravity = .resizeAspectFill
        let coordinator = AVCaptureDevice.RotationCoordinator(device: camera.device, previewLayer: previewLayer)
        self.coordinator = coordinator
        observation = coordinator.observe(\.videoRotationAngleForHorizonLevelPreview, options: [.initial, .new]) {
            [weak self] coordinator, _ in
            let angle = coordinator.videoRotationAngleForHorizonLevelPreview
            Task { @MainActor in self?.turn(to: angle) }
        }
    }

    /// Holds the picture that is on the screen, or lets it go on.
    func hold(_ held: Bool) {
        previewLayer?.connection?.isEnabled = !held
    }

    /// Preview and analysis are turned alike, so that boxes lie on the faces.
    private func turn(to angle: CGFloat) {
        camera?.setAngle(angle)
        guard let connection = previewLayer?.connection, connection.isVideoRotationAngleSupported(angle) else { return }
        connection.videoRotationAngle = angle
    }
}

/// The clip's picture, filling its view.
struct ClipPreview: UIViewRepresentable {
    let clip: ClipPlayer

    func makeUIView(context: Context) -> ClipView {
        ClipView()
    }

    func updateUIView(_ view: ClipView, context: Context) {
        view.show(clip)
    }
}

/// A view that is a player layer.
final class ClipView: UIView {
    override class var layerClass: AnyClass { AVPlayerLayer.self }

    func show(_ clip: ClipPlayer) {
        guard let playerLayer = layer as? AVPlayerLayer else { return }
        playerLayer.player = clip.player
        playerLayer.videoGravity = .resizeAspectFill
    }
}
