// What can be read in a face: the expressions, and a probability for each. The verdict made of them is in `Reading`.

import Foundation

/// A facial expression. This says what a face shows, not what a person feels.
public enum FacialExpression: String, Sendable, Hashable, CaseIterable, Codable {
    /// Lowered brows, tight lips.
    case angry
    /// Wrinkled nose, raised upper lip.
    case disgust
    /// Raised and drawn brows, wide eyes.
    case fear
    /// A smile or a laugh.
    case happy
    /// Lowered mouth corners, raised inner brows.
    case sad
    /// Raised brows, open mouth.
    case surprise
    /// A relaxed face.
    case neutral
}

/// Which expressions compete. Those outside the set have a score of 0.
public enum ExpressionSet: Sendable, Hashable, CaseIterable {
    /// All seven.
    case seven
    /// Without disgust, which is rare and often taken for anger.
    case six
    /// Angry, happy, neutral, sad and surprise.
    case five
}

/// Which of the network's two heads speaks.
public enum Head: Sendable, Hashable, CaseIterable {
    /// Trained on the votes of ten people for each face (FER+): what most people would say.
    case consensus
    /// Trained on FER-2013's own labels: for comparison with published figures.
    case fer2013
}

/// A probability for each expression. They sum to 1; those outside the chosen set are 0.
public struct Scores: Sendable, Hashable {
    /// The probability of ``FacialExpression/angry``.
    public var angry: Float
    /// The probability of ``FacialExpression/disgust``.
    public var disgust: Float
    /// The probability of ``FacialExpression/fear``.
    public var fear: Float
    /// The probability of ``FacialExpression/happy``.
    public var happy: Float
    /// The probability of ``FacialExpression/sad``.
    public var sad: Float
    /// The probability of ``FacialExpression/surprise``.
    public var surprise: Float
    /// The probability of ``FacialExpression/neutral``.
    public var neutral: Float

    /// Scores as they are, for previews and tests. Whether they sum to 1 isn't looked at.
    public init(
        angry: Float = 0, disgust: Float = 0, fear: Float = 0, happy: Float = 0, sad: Float = 0, surprise: Float = 0, neutral: Float = 0
    ) {
        self.angry = angry
        self.disgust = disgust
        self.fear = fear
        self.happy = happy
        self.sad = sad
        self.surprise = surprise
        self.neutral = neutral
    }

    /// The probability of an expression, 0 to 1.
    public subscript(expression: FacialExpression) -> Float {
        switch expression {
        case .angry: angry
        case .disgust: disgust
        case .fear: fear
        case .happy: happy
        case .sad: sad
        case .surprise: surprise
        case .neutral: neutral
        }
    }

    /// The most probable expression; the first of equals, in ``FacialExpression``'s order.
    public var best: FacialExpression {
        var best = FacialExpression.angry
        for expression in FacialExpression.allCases where self[expression] > self[best] {
            best = expression
        }
        return best
    }
}
