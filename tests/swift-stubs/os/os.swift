// Stand-in for `os`: see the README beside this folder.

public struct OSAllocatedUnfairLock<State>: @unchecked Sendable {
    public init(initialState: State) where State: Sendable { state = Box(initialState) }
    public func withLock<R: Sendable>(_ body: @Sendable (inout State) throws -> R) rethrows -> R { try body(&state.value) }
    private final class Box {
        var value: State
        init(_ value: State) { self.value = value }
    }
    private let state: Box
}
