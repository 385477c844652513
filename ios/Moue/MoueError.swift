// The one error of this module. Its message is the native code's: what was given, what is allowed and what to do.

import Foundation
internal import MoueFFI

/// Why a call failed.
public struct MoueError: Error, Sendable, Hashable {
    /// What went wrong, for a program to act on.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// A frame, an option or a time that can't be used. Nothing has changed; the next call may do better.
        case badInput
        /// A model file that can't be used, or that fails on a frame.
        case badModel
        /// The object is closed: make a new one.
        case closed
        /// Another thread is in a call that only one may be in at a time.
        case busy
        /// A fault of Moue's own. The object in which it happened is closed.
        case internalFault
    }

    /// What went wrong, for a program to act on.
    public let kind: Kind
    /// What was given, what is allowed and what to do: English, for a developer.
    public let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension MoueError: LocalizedError {
    /// What went wrong, in a sentence for people, in their language.
    public var errorDescription: String? {
        switch kind {
        case .badInput: localized("error.badInput")
        case .badModel: localized("error.badModel")
        case .closed: localized("error.closed")
        case .busy: localized("error.busy")
        case .internalFault: localized("error.internalFault")
        }
    }

    /// ``message``, which is for developers.
    public var failureReason: String? { message }
}

extension MoueError: CustomStringConvertible {
    /// ``message``.
    public var description: String { message }
}

extension MoueError {
    init(_ error: MoueFFI.NativeError) {
        switch error {
        case .BadInput(let message): self.init(.badInput, message)
        case .BadModel(let message): self.init(.badModel, message)
        case .Closed(let message): self.init(.closed, message)
        case .Busy(let message): self.init(.busy, message)
        case .Internal(let message): self.init(.internalFault, message)
        }
    }
}

/// Runs a call to the native code; its errors, and those of the border itself, come out as ``MoueError``.
func native<Result>(_ call: () throws -> Result) throws -> Result {
    do {
        return try call()
    } catch let error as MoueFFI.NativeError {
        throw MoueError(error)
    } catch let error as MoueError {
        throw error
    } catch {
        throw MoueError(.internalFault, "a fault between Swift and the native code: \(error); please report it with the version")
    }
}
