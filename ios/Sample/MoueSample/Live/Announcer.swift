// What VoiceOver says by itself, so that it doesn't chatter.

import Foundation

/// Lets a label through once it has stood for a while, differs from the one said before, and comes long enough after it.
///
/// It has no clock and says nothing itself.
struct Announcer {
    /// Seconds that a label must have stood.
    static let held: TimeInterval = 1.5
    /// The least seconds between two announcements.
    static let apart: TimeInterval = 4

    private var candidate: String?
    private var since: TimeInterval = 0
    private var said: String?
    private var saidAt = -TimeInterval.infinity

    /// Takes in the label that is shown at a time that rises; `nil` for none. Returns what is to be said now.
    mutating func hear(_ label: String?, at now: TimeInterval) -> String? {
        if label != candidate {
            candidate = label
            since = now
        }
        guard let label, label != said, now - since >= Self.held, now - saidAt >= Self.apart else { return nil }
        said = label
        saidAt = now
        return label
    }
}
