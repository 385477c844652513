// Where a view shows a place of the frame. The arithmetic is the native code's.

import Foundation
internal import MoueFFI

/// How a picture is scaled into a view. Both keep its shape and centre it.
public enum ViewScale: Sendable, Hashable, CaseIterable {
    /// The whole picture is seen, with empty bars where the shapes differ: `resizeAspect`, `scaledToFit`.
    case fit
    /// The whole view is covered; the picture's overhang is cut off: `resizeAspectFill`, `scaledToFill`.
    case fill
}

/// From a frame's coordinates to those of the view that shows it.
public struct ViewTransform: Sendable {
    private let transform: MoueFFI.ViewTransform

    /// The transform for a view that shows an upright frame.
    ///
    /// - Parameters:
    ///   - frameSize: The frame's size in pixels.
    ///   - viewSize: The view's size in its own units.
    ///   - scale: How the picture is scaled into the view.
    ///   - mirrored: Whether the view shows the picture as a mirror would, as selfie previews do.
    /// - Throws: ``MoueError`` of kind ``MoueError/Kind/badInput`` for a side that isn't above 0: wait for the view's layout and the first frame.
    public init(frameSize: CGSize, viewSize: CGSize, scale: ViewScale, mirrored: Bool = false) throws {
        transform = try native {
            try MoueFFI.viewTransform(
                shown: MoueFFI.Rect(CGRect(origin: CGPoint(x: 0, y: 0), size: frameSize)),
                viewWidth: Float(viewSize.width), viewHeight: Float(viewSize.height),
                scale: scale == .fit ? .fit : .fill, mirrored: mirrored)
        }
    }

    /// Where the view shows a point of the frame.
    public func point(_ point: CGPoint) throws -> CGPoint {
        try native { CGPoint(try MoueFFI.pointToView(transform: transform, point: MoueFFI.Point(x: Float(point.x), y: Float(point.y)))) }
    }

    /// Where the view shows a rectangle of the frame.
    public func rect(_ rect: CGRect) throws -> CGRect {
        try native { CGRect(try MoueFFI.rectToView(transform: transform, rect: MoueFFI.Rect(rect))) }
    }
}
