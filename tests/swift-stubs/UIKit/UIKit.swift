// Stand-in for UIKit, and for what Foundation has on Apple's platforms only: see the README beside this folder.

@_exported import AVFoundation
import Foundation

@MainActor open class UIView: NSObject {
    open class var layerClass: AnyClass { CALayer.self }
    public var layer: CALayer { CALayer() }
    public override init() {}
}

@MainActor public class UIApplication: NSObject {
    public static let openSettingsURLString = ""
}

public enum UIAccessibility {
    public struct Notification: Sendable { public static let announcement = Notification() }
    @MainActor public static func post(notification: Notification, argument: Any?) {}
}

extension ProcessInfo {
    public enum ThermalState: Int, Sendable { case nominal, fair, serious, critical }
    public var thermalState: ThermalState { .nominal }
    public static let thermalStateDidChangeNotification = Foundation.Notification.Name("thermal")
}

extension NotificationCenter {
    public final class Notifications: AsyncSequence, @unchecked Sendable {
        public struct Iterator: AsyncIteratorProtocol {
            public mutating func next() async -> Foundation.Notification? { nil }
        }
        public func makeAsyncIterator() -> Iterator { Iterator() }
    }
    public func notifications(named name: Foundation.Notification.Name, object: AnyObject? = nil) -> Notifications { Notifications() }
}

extension String {
    public init(localized: String.LocalizationValue) { self = "" }
    public struct LocalizationValue: ExpressibleByStringInterpolation {
        public init(stringLiteral value: String) {}
    }
}
