// Stand-in for SwiftUI: modifiers. See the README beside this folder.

import Foundation

public struct Edge: Sendable {
    public struct Set: OptionSet, Sendable {
        public let rawValue: Int8
        public init(rawValue: Int8) { self.rawValue = rawValue }
        public static let bottom = Set(rawValue: 4), all = Set(rawValue: 15)
    }
}
public struct AccessibilityTraits: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let updatesFrequently = AccessibilityTraits(rawValue: 1)
}
public struct AccessibilityChildBehavior: Sendable {
    public static let ignore = AccessibilityChildBehavior(), contain = AccessibilityChildBehavior(), combine = AccessibilityChildBehavior()
}
public struct Animation: Sendable { public static func easeOut(duration: TimeInterval) -> Animation { Animation() } }
public struct BorderedProminentButtonStyle {}
extension BorderedProminentButtonStyle { public static var borderedProminent: BorderedProminentButtonStyle { .init() } }
public struct NavigationBarItem { public enum TitleDisplayMode: Sendable { case inline, large } }

extension View {
    public func overlay<V: View>(_ overlay: V) -> some View { AnyModified() }
    public func overlay<V: View>(alignment: Alignment = .center, @ViewBuilder content: () -> V) -> some View { AnyModified() }
    public func background<S: ShapeStyle>(_ style: S) -> some View { AnyModified() }
    public func font(_ font: Font?) -> some View { AnyModified() }
    public func foregroundStyle<S: ShapeStyle>(_ style: S) -> some View { AnyModified() }
    public func tint(_ tint: Color?) -> some View { AnyModified() }
    public func frame(maxWidth: CGFloat? = nil, maxHeight: CGFloat? = nil, alignment: Alignment = .center) -> some View { AnyModified() }
    public func padding(_ length: CGFloat) -> some View { AnyModified() }
    public func padding(_ edges: Edge.Set = .all, _ length: CGFloat? = nil) -> some View { AnyModified() }
    public func clipped(antialiased: Bool = false) -> some View { AnyModified() }
    public func scaledToFit() -> some View { AnyModified() }
    public func ignoresSafeArea() -> some View { AnyModified() }
    public func disabled(_ disabled: Bool) -> some View { AnyModified() }
    public func allowsHitTesting(_ enabled: Bool) -> some View { AnyModified() }
    public func animation<V: Equatable>(_ animation: Animation?, value: V) -> some View { AnyModified() }
    public func buttonStyle(_ style: BorderedProminentButtonStyle) -> some View { AnyModified() }
    public func navigationTitle(_ title: LocalizedStringKey) -> some View { AnyModified() }
    public func navigationBarTitleDisplayMode(_ mode: NavigationBarItem.TitleDisplayMode) -> some View { AnyModified() }
    public func toolbar<Content: ToolbarContent>(@ToolbarContentBuilder content: () -> Content) -> some View { AnyModified() }
    public func task(@_inheritActorContext _ action: @escaping @isolated(any) @Sendable () async -> Void) -> some View { AnyModified() }
    public func task<T: Equatable>(id: T, @_inheritActorContext _ action: @escaping @isolated(any) @Sendable () async -> Void) -> some View
    { AnyModified() }
    public func onTapGesture(count: Int = 1, perform action: @escaping (CGPoint) -> Void) -> some View { AnyModified() }
    public func onAppear(perform action: (() -> Void)? = nil) -> some View { AnyModified() }
    public func onDisappear(perform action: (() -> Void)? = nil) -> some View { AnyModified() }
    public func onChange<V: Equatable>(of value: V, initial: Bool = false, _ action: @escaping (V, V) -> Void) -> some View {
        AnyModified()
    }
    public func sheet<Content: View>(
        isPresented: Binding<Bool>, onDismiss: (() -> Void)? = nil, @ViewBuilder content: @escaping () -> Content
    ) -> some View { AnyModified() }
    public func accessibilityElement(children: AccessibilityChildBehavior = .ignore) -> some View { AnyModified() }
    public func accessibilityLabel(_ label: Text) -> some View { AnyModified() }
    public func accessibilityValue(_ value: Text) -> some View { AnyModified() }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { AnyModified() }
}
