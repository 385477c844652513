// Stand-in for AVFoundation's cameras: see the README beside this folder.

@_exported import CoreMedia
import Foundation
@_exported import ImageIO

public struct AVMediaType: Sendable, Hashable {
    public static let video = AVMediaType()
}

public class AVCaptureDevice: NSObject, @unchecked Sendable {
    public enum Position: Int, Sendable { case unspecified, back, front }
    public struct DeviceType: Sendable { public static let builtInWideAngleCamera = DeviceType() }
    public class Format: NSObject { public var videoFieldOfView: Float { 0 } }

    /// Tells how far the device is turned.
    public class RotationCoordinator: NSObject {
        public init(device: AVCaptureDevice, previewLayer: CALayer?) {}
        public var videoRotationAngleForHorizonLevelPreview: CGFloat { 0 }
        public var videoRotationAngleForHorizonLevelCapture: CGFloat { 0 }
        /// `NSObject`'s own, for the one key that is observed.
        public func observe(
            _ key: KeyPath<RotationCoordinator, CGFloat>, options: NSKeyValueObservingOptions,
            changeHandler: @escaping @Sendable (RotationCoordinator, NSKeyValueObservedChange<CGFloat>) -> Void
        ) -> NSKeyValueObservation { NSKeyValueObservation() }
    }

    public static func `default`(_ type: DeviceType, for media: AVMediaType?, position: Position) -> AVCaptureDevice? { nil }
    public static func authorizationStatus(for media: AVMediaType) -> AVAuthorizationStatus { .denied }
    public static func requestAccess(for media: AVMediaType) async -> Bool { false }
    public var activeFormat: Format { Format() }
}

public class NSKeyValueObservation: NSObject {}
public struct NSKeyValueObservedChange<Value> { public var newValue: Value? { nil } }
public struct NSKeyValueObservingOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let new = NSKeyValueObservingOptions(rawValue: 1)
    public static let initial = NSKeyValueObservingOptions(rawValue: 4)
}

public enum AVAuthorizationStatus: Int, Sendable { case notDetermined, restricted, denied, authorized }

public class AVCaptureInput: NSObject {}
public class AVCaptureOutput: NSObject {
    public func connection(with media: AVMediaType) -> AVCaptureConnection? { nil }
}

public class AVCaptureDeviceInput: AVCaptureInput {
    public init(device: AVCaptureDevice) throws {}
}

public class AVCaptureVideoDataOutput: AVCaptureOutput {
    public var videoSettings: [String: Any]! = [:]
    public var alwaysDiscardsLateVideoFrames = true
    public func setSampleBufferDelegate(_ delegate: (any AVCaptureVideoDataOutputSampleBufferDelegate)?, queue: DispatchQueue?) {}
}

public protocol AVCaptureVideoDataOutputSampleBufferDelegate: NSObjectProtocol {
    func captureOutput(_ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer, from connection: AVCaptureConnection)
}

public class AVCaptureConnection: NSObject {
    public var videoRotationAngle: CGFloat = 0
    public var isEnabled = true
    public func isVideoRotationAngleSupported(_ angle: CGFloat) -> Bool { true }
}

public class AVCaptureSession: NSObject, @unchecked Sendable {
    public struct Preset: Sendable { public static let vga640x480 = Preset() }
    public enum InterruptionReason: Int, Sendable {
        case videoDeviceNotAvailableInBackground = 1
        case audioDeviceInUseByAnotherClient, videoDeviceInUseByAnotherClient, videoDeviceNotAvailableWithMultipleForegroundApps
        case videoDeviceNotAvailableDueToSystemPressure
    }
    public static let wasInterruptedNotification = Notification.Name("interrupted")
    public static let interruptionEndedNotification = Notification.Name("ended")
    public static let runtimeErrorNotification = Notification.Name("error")
    public var sessionPreset = Preset.vga640x480
    public func beginConfiguration() {}
    public func commitConfiguration() {}
    public func canAddInput(_ input: AVCaptureInput) -> Bool { true }
    public func canAddOutput(_ output: AVCaptureOutput) -> Bool { true }
    public func addInput(_ input: AVCaptureInput) {}
    public func addOutput(_ output: AVCaptureOutput) {}
    public func startRunning() {}
    public func stopRunning() {}
}

public let AVCaptureSessionErrorKey = "error"
public let AVCaptureSessionInterruptionReasonKey = "reason"

public struct AVError: Error {
    public struct Code: Equatable, Sendable { public static let mediaServicesWereReset = Code() }
    public var code: Code { Code() }
}

public class CALayer: NSObject {}

public struct AVLayerVideoGravity: Sendable {
    public static let resizeAspect = AVLayerVideoGravity()
    public static let resizeAspectFill = AVLayerVideoGravity()
}

public class AVCaptureVideoPreviewLayer: CALayer {
    public var session: AVCaptureSession?
    public var videoGravity = AVLayerVideoGravity()
    public var connection: AVCaptureConnection? { nil }
}
