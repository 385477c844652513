// What is said of a face: an expression, or why there is none, with the scores behind it.

import Foundation

/// A verdict with the scores behind it.
public struct Reading: Sendable, Hashable {
    /// The expression, or why there is none.
    public var verdict: Verdict
    /// The probabilities, also where the verdict is unsure.
    public var scores: Scores

    /// A reading as it is, for previews and tests.
    public init(verdict: Verdict, scores: Scores) {
        self.verdict = verdict
        self.scores = scores
    }
}

/// What is said of a face.
public enum Verdict: Sendable, Hashable {
    /// The face shows this expression.
    case certain(FacialExpression)
    /// The face can't be read with certainty, and why. The scores are there all the same.
    case unsure(UnsureReason)
}

/// Why a reading is unsure.
public enum UnsureReason: String, Sendable, Hashable, CaseIterable, Codable {
    /// The face covers too few pixels.
    case tooSmall = "too_small"
    /// The face is so dark that little of it can be told apart.
    case tooDark = "too_dark"
    /// The face is so bright that little of it can be told apart.
    case tooBright = "too_bright"
    /// The face is out of focus, moved, or was enlarged.
    case blurred
    /// The face looks too far to a side, up or down.
    case turnedAway = "turned_away"
    /// The picture is good, but no expression stands out.
    case ambiguous
}
