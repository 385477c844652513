// The loop of a session: a thread that asks the native code for results and hands them to whoever listens. It holds the native session, never
// the `MoueSession` above it, so that a forgotten one ends.

import Foundation
internal import MoueFFI

/// Runs a thread while somebody listens.
final class SessionLoop: Sendable {
    typealias Continuation = AsyncStream<FrameResult>.Continuation

    /// How long the thread waits for a frame before it looks whether anybody still listens.
    private static let patience: UInt32 = 250

    /// Apple gives threads other than the first half a megabyte; unoptimised builds of the native code want more.
    private static let stackSize = 2 << 20

    private struct State {
        var listeners: [Int: Continuation] = [:]
        var nextListener = 0
        /// Whether a thread is there, or about to be.
        var isRunning = false
        var isClosed = false
        var failure: MoueError?
    }

    private let session: MoueFFI.LiveSession
    private let qualityOfService: QualityOfService
    private let state = Locked(State())

    init(_ session: MoueFFI.LiveSession, qualityOfService: QualityOfService) {
        self.session = session
        self.qualityOfService = qualityOfService
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var failure: MoueError? { state.withLock { $0.failure } }
    var isRunning: Bool { state.withLock { $0.isRunning } }

    /// A stream of the results from now on.
    func listen() -> AsyncStream<FrameResult> {
        let (stream, continuation) = AsyncStream.makeStream(of: FrameResult.self, bufferingPolicy: .bufferingNewest(1))
        let (listener, mustStart): (Int?, Bool) = state.withLock { state in
            guard !state.isClosed else { return (nil, false) }
            let listener = state.nextListener
            state.nextListener += 1
            state.listeners[listener] = continuation
            defer { state.isRunning = true }
            return (listener, !state.isRunning)
        }
        guard let listener else {
            continuation.finish()
            return stream
        }
        // A stream that has ended already calls this at once.
        continuation.onTermination = { [weak self] _ in self?.leave(listener) }
        if mustStart {
            start()
        }
        return stream
    }

    /// Ends the native session, the thread and all streams.
    func close() {
        end(nil)
    }

    private func leave(_ listener: Int) {
        state.withLock { _ = $0.listeners.removeValue(forKey: listener) }
    }

    private func end(_ failure: MoueError?) {
        let listeners: [Continuation] = state.withLock { state in
            guard !state.isClosed else { return [] }
            state.isClosed = true
            state.failure = failure
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        // A native session that has a fault of its own is closed already.
        try? session.end()
        // Outside the lock: finishing calls `leave`.
        for listener in listeners {
            listener.finish()
        }
    }

    private func start() {
        let thread = Thread { [self] in run() }
        thread.name = "Moue"
        thread.qualityOfService = qualityOfService
        thread.stackSize = Self.stackSize
        thread.start()
    }

    private func run() {
        while goesOn() {
            inAutoreleasePool(look)
        }
    }

    /// Whether there is anybody to look for; without, the thread is as good as gone.
    private func goesOn() -> Bool {
        state.withLock { state in
            state.isRunning = !state.isClosed && !state.listeners.isEmpty
            return state.isRunning
        }
    }

    private func look() {
        do {
            switch try native({ try session.next(timeoutMs: Self.patience) }) {
            case .result(let frame):
                let result = FrameResult(frame)
                // Asked for only now: somebody may have come during the wait.
                for listener in state.withLock({ Array($0.listeners.values) }) {
                    listener.yield(result)
                }
            case .timedOut:
                break
            case .closed:
                end(nil)
            }
        } catch let error as MoueError {
            end(error)
        } catch {
            end(MoueError(.internalFault, "\(error)"))
        }
    }
}

/// A value that one thread at a time touches. `Mutex` would need iOS 18.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: sending Value) {
        self.value = value
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}

/// Frees what Objective-C objects a turn of the loop left behind; a thread of its own has nobody else to do so.
private func inAutoreleasePool(_ body: () -> Void) {
    #if canImport(ObjectiveC)
        autoreleasepool(invoking: body)
    #else
        body()
    #endif
}
