// Stand-in for SwiftUI: views and what builds them. See the README beside this folder.

@_exported import CoreGraphics
import Foundation

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder @MainActor var body: Body { get }
}

extension Never: View {
    public typealias Body = Never
    public var body: Never { fatalError("a stand-in") }
}

/// A view without a body of its own.
@MainActor public protocol Leaf: View where Body == Never {}
extension Leaf {
    public var body: Never { fatalError("a stand-in") }
}

extension Optional: View where Wrapped: View {
    public var body: Never { fatalError("a stand-in") }
}

public struct EmptyView: Leaf { public nonisolated init() {} }
public struct TupleView<Content>: Leaf {}
public struct _ConditionalContent<A: View, B: View>: Leaf {}
public struct AnyModified: Leaf {}

@resultBuilder public enum ViewBuilder {
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView<(repeat each Content)> {
        fatalError("a stand-in")
    }
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<A: View, B: View>(first: A) -> _ConditionalContent<A, B> { fatalError("a stand-in") }
    public static func buildEither<A: View, B: View>(second: B) -> _ConditionalContent<A, B> { fatalError("a stand-in") }
}

@MainActor @preconcurrency public protocol App {
    associatedtype Body: Scene
    @SceneBuilder @MainActor var body: Body { get }
    init()
}
extension App {
    public static func main() {}
}
@MainActor @preconcurrency public protocol Scene {}
@resultBuilder public enum SceneBuilder {
    public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}
public struct WindowGroup<Content: View>: Scene {
    public init(@ViewBuilder content: () -> Content) {}
}

public struct LocalizedStringKey: ExpressibleByStringInterpolation, Sendable {
    public init(stringLiteral value: String) {}
    public init(stringInterpolation: StringInterpolation) {}
    public struct StringInterpolation: StringInterpolationProtocol {
        public init(literalCapacity: Int, interpolationCount: Int) {}
        public mutating func appendLiteral(_ literal: String) {}
        public mutating func appendInterpolation(_ value: String) {}
        public mutating func appendInterpolation<T: CVarArg>(_ value: T) {}
        public mutating func appendInterpolation<F: FormatStyle>(_ value: F.FormatInput, format: F) where F.FormatOutput == String {}
    }
}

extension Text: Leaf {}
public struct Text: Equatable, Sendable {
    @_disfavoredOverload public init<S: StringProtocol>(_ content: S) {}
    public init(_ key: LocalizedStringKey) {}
    public init<F: FormatStyle>(_ input: F.FormatInput, format: F) where F.FormatInput: Equatable, F.FormatOutput == String {}
    public func font(_ font: Font?) -> Text { self }
    public func foregroundColor(_ color: Color?) -> Text { self }
}

public struct Font: Sendable, Hashable {
    public static let title = Font(), title2 = Font(), title3 = Font(), callout = Font(), footnote = Font(), caption = Font()
    public func bold() -> Font { self }
    public func monospacedDigit() -> Font { self }
}

// As in SwiftUI, conforming apart: it isn't bound to the main actor.
extension Color: Leaf {}
public struct Color: Hashable, Sendable, ShapeStyle {
    public init(red: Double, green: Double, blue: Double, opacity: Double = 1) {}
    public static let white = Color(red: 1, green: 1, blue: 1), black = Color(red: 0, green: 0, blue: 0)
    public func opacity(_ opacity: Double) -> Color { self }
}

public protocol ShapeStyle: Sendable {}
public struct HierarchicalShapeStyle: ShapeStyle {}
public struct BackgroundStyle: ShapeStyle {}
extension ShapeStyle where Self == HierarchicalShapeStyle { public static var secondary: HierarchicalShapeStyle { .init() } }
extension ShapeStyle where Self == BackgroundStyle { public static var background: BackgroundStyle { .init() } }

public struct Path: Sendable {
    public init(roundedRect rect: CGRect, cornerRadius: CGFloat) {}
}
public struct StrokeStyle: Sendable, Equatable {
    public init(lineWidth: CGFloat = 1, dash: [CGFloat] = []) {}
}

public struct GraphicsContext {
    public struct Shading: Sendable { public static func color(_ color: Color) -> Shading { Shading() } }
    public struct ResolvedText { public func measure(in size: CGSize) -> CGSize { size } }
    public var opacity = 1.0
    public func stroke(_ path: Path, with shading: Shading, style: StrokeStyle) {}
    public func fill(_ path: Path, with shading: Shading) {}
    public func resolve(_ text: Text) -> ResolvedText { ResolvedText() }
    public func draw(_ text: ResolvedText, in rect: CGRect) {}
}

public struct Canvas<Symbols: View>: Leaf {
    public init(renderer: @escaping (inout GraphicsContext, CGSize) -> Void) where Symbols == EmptyView {}
}
