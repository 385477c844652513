// The camera: configured, started, stopped and interrupted on a queue of its own. Frames go straight from its callback into the session.

import AVFoundation
import Moue
import os

/// One of the device's cameras.
final class Camera: NSObject, FrameSource, @unchecked Sendable {
    /// What the preview shows.
    let capture = AVCaptureSession()
    let position: AVCaptureDevice.Position
    let device: AVCaptureDevice

    /// Everything below is touched on this queue only, but for the two that have a lock.
    private let queue = DispatchQueue(label: "dev.moue.sample.camera", qos: .userInitiated)
    private let output = AVCaptureVideoDataOutput()
    private var isConfigured = false
    private var session: MoueSession?
    private var events: AsyncStream<SourceEvent>.Continuation?
    private var observers: [any NSObjectProtocol] = []
    private let angle = OSAllocatedUnfairLock(initialState: CGFloat(90))

    /// The camera on this side; `nil` where there is none, as on a simulator.
    init?(_ position: AVCaptureDevice.Position) {
        guard let device = AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: position) else { return nil }
        self.device = device
        self.position = position
        super.init()
    }

    /// The horizontal field of view in degrees, along the buffer's rows.
    var fieldOfView: Float { device.activeFormat.videoFieldOfView }

    /// Degrees by which buffers must be turned clockwise to stand as the preview shows them; the preview tells when the device turns.
    func setAngle(_ degrees: CGFloat) {
        angle.withLock { $0 = degrees }
    }

    func start(into session: MoueSession) -> AsyncStream<SourceEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: SourceEvent.self)
        queue.async { [self] in
            self.session = session
            events = continuation
            do {
                if !isConfigured {
                    try configure()
                    isConfigured = true
                }
                observe()
                capture.startRunning()
                continuation.yield(.running)
            } catch {
                continuation.yield(.failed(error.localizedDescription))
            }
        }
        return stream
    }

    func stop() {
        queue.async { [self] in
            capture.stopRunning()
            for observer in observers { NotificationCenter.default.removeObserver(observer) }
            observers = []
            events?.finish()
            events = nil
            session = nil
        }
    }

    private func configure() throws {
        capture.beginConfiguration()
        defer { capture.commitConfiguration() }
        capture.sessionPreset = .vga640x480
        let input = try AVCaptureDeviceInput(device: device)
        guard capture.canAddInput(input), capture.canAddOutput(output) else {
            throw CocoaError(.featureUnsupported)
        }
        capture.addInput(input)
        capture.addOutput(output)
        // Luma as it is: nothing is converted on its way.
        output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange]
        output.alwaysDiscardsLateVideoFrames = true
        output.setSampleBufferDelegate(self, queue: queue)
    }

    private func observe() {
        let center = NotificationCenter.default
        let add = { [self] (name: Notification.Name, body: @escaping @Sendable (Notification) -> Void) in
            observers.append(center.addObserver(forName: name, object: capture, queue: nil, using: body))
        }
        add(AVCaptureSession.wasInterruptedNotification) { [weak self] in
            self?.tell(.interrupted(Self.reason($0)))
        }
        add(AVCaptureSession.interruptionEndedNotification) { [weak self] _ in
            self?.tell(.running)
        }
        add(AVCaptureSession.runtimeErrorNotification) { [weak self] in
            let error = $0.userInfo?[AVCaptureSessionErrorKey] as? AVError
            self?.recover(isReset: error?.code == .mediaServicesWereReset, message: error?.localizedDescription ?? "")
        }
    }

    private func tell(_ event: SourceEvent) {
        queue.async { [self] in _ = events?.yield(event) }
    }

    /// After a reset of the media services the same session starts again; anything else is told.
    private func recover(isReset: Bool, message: String) {
        queue.async { [self] in
            if isReset, session != nil {
                capture.startRunning()
            } else {
                events?.yield(.failed(message))
            }
        }
    }

    private static func reason(_ notification: Notification) -> SourceEvent.Interruption {
        let number = notification.userInfo?[AVCaptureSessionInterruptionReasonKey] as? Int
        return switch number.flatMap(AVCaptureSession.InterruptionReason.init(rawValue:)) {
        case .videoDeviceInUseByAnotherClient: .otherApp
        case .videoDeviceNotAvailableWithMultipleForegroundApps: .splitScreen
        case .videoDeviceNotAvailableDueToSystemPressure: .heat
        default: .background
        }
    }
}

extension Camera: AVCaptureVideoDataOutputSampleBufferDelegate {
    func captureOutput(_ output: AVCaptureOutput, didOutput sample: CMSampleBuffer, from connection: AVCaptureConnection) {
        let orientation: CGImagePropertyOrientation =
            switch angle.withLock({ $0 }) {
            case 90: .right
            case 180: .down
            case 270: .left
            default: .up
            }
        do {
            try session?.submit(sample, orientation: orientation)
        } catch {
            events?.yield(.failed(error.localizedDescription))
        }
    }
}
