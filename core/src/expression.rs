//! What is read in a face: scores over the expressions, and a verdict that may be "unsure".
//!
//! Running the network is `reader`'s work, judging the picture `quality`'s.

use std::fmt;
use std::ops::Index;
use std::str::FromStr;

use crate::quality::{Quality, Reason, Thresholds};

/// A facial expression. This says what a face shows, not what a person feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Expression {
    /// Lowered brows, tight lips.
    Angry,
    /// Wrinkled nose, raised upper lip.
    Disgust,
    /// Raised and drawn brows, wide eyes.
    Fear,
    /// A smile or a laugh.
    Happy,
    /// Lowered mouth corners, raised inner brows.
    Sad,
    /// Raised brows, open mouth.
    Surprise,
    /// A relaxed face.
    Neutral,
}

impl Expression {
    /// All seven, in FER-2013's order.
    pub const ALL: [Self; 7] = [
        Self::Angry,
        Self::Disgust,
        Self::Fear,
        Self::Happy,
        Self::Sad,
        Self::Surprise,
        Self::Neutral,
    ];

    /// The lower-case English word, as in model files and machine-readable output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Disgust => "disgust",
            Self::Fear => "fear",
            Self::Happy => "happy",
            Self::Sad => "sad",
            Self::Surprise => "surprise",
            Self::Neutral => "neutral",
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownExpression(String);

impl fmt::Display for UnknownExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is not an expression: allowed are angry, disgust, fear, happy, sad, surprise, neutral",
            self.0
        )
    }
}

impl std::error::Error for UnknownExpression {}

impl FromStr for Expression {
    type Err = UnknownExpression;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|expression| expression.name() == text)
            .ok_or_else(|| UnknownExpression(text.to_owned()))
    }
}

/// Which expressions compete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpressionSet {
    /// All seven.
    #[default]
    Seven,
    /// Without disgust, which is rare and often taken for anger.
    Six,
    /// Angry, happy, neutral, sad and surprise.
    Five,
}

impl ExpressionSet {
    /// Whether `expression` is one of the set.
    pub const fn contains(self, expression: Expression) -> bool {
        match self {
            Self::Seven => true,
            Self::Six => !matches!(expression, Expression::Disgust),
            Self::Five => !matches!(expression, Expression::Disgust | Expression::Fear),
        }
    }
}

/// Which of the network's two heads speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Head {
    /// Trained on the votes of ten people for each face (FER+): what most people would say.
    #[default]
    Consensus,
    /// Trained on FER-2013's own labels: for comparison with published figures.
    Fer2013,
}

impl Head {
    /// The output's name in the model file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Fer2013 => "fer2013",
        }
    }
}

/// A probability for each expression; they sum to 1, and those outside the chosen set are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores([f32; 7]);

impl Scores {
    /// Softmax of `logits` (in [`Expression::ALL`]'s order) divided by `temperature`, over the expressions of `set`.
    pub(crate) fn from_logits(logits: [f32; 7], temperature: f32, set: ExpressionSet) -> Self {
        let highest = Expression::ALL
            .into_iter()
            .filter(|&expression| set.contains(expression))
            .map(|expression| logits[expression as usize])
            .fold(f32::MIN, f32::max);
        let mut scores = [0.0; 7];
        let mut sum = 0.0;
        for expression in Expression::ALL {
            if set.contains(expression) {
                let score = libm::expf((logits[expression as usize] - highest) / temperature);
                scores[expression as usize] = score;
                sum += score;
            }
        }
        Self(scores.map(|score| score / sum))
    }

    /// These probabilities, in [`Expression::ALL`]'s order, as they are: from a recording, say. Whether they sum to 1 isn't looked at.
    pub const fn from_array(scores: [f32; 7]) -> Self {
        Self(scores)
    }

    /// Each expression with its probability, in [`Expression::ALL`]'s order.
    pub fn iter(&self) -> impl Iterator<Item = (Expression, f32)> + '_ {
        Expression::ALL.into_iter().zip(self.0)
    }

    /// The most probable expression; the first of equals.
    pub fn best(&self) -> Expression {
        let mut best = Expression::Angry;
        for (expression, score) in self.iter() {
            if score > self[best] {
                best = expression;
            }
        }
        best
    }
}

impl Index<Expression> for Scores {
    type Output = f32;

    fn index(&self, expression: Expression) -> &f32 {
        &self.0[expression as usize]
    }
}

/// What is said of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The face shows this expression.
    Certain(Expression),
    /// The face can't be read with certainty, and why. The scores are there all the same.
    Unsure(Reason),
}

/// A verdict with the scores behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// The expression, or why there is none.
    pub verdict: Verdict,
    /// The probabilities, also where the verdict is unsure.
    pub scores: Scores,
}

impl Reading {
    /// Unsure where the picture is too poor, or as ambiguous where the best score is too low; certain of the best expression otherwise.
    pub fn new(scores: Scores, quality: &Quality, thresholds: &Thresholds) -> Self {
        let best = scores.best();
        let ambiguous = (scores[best] < thresholds.least_score).then_some(Reason::Ambiguous);
        let reason = quality.reason(thresholds).or(ambiguous);
        Self {
            verdict: reason.map_or(Verdict::Certain(best), Verdict::Unsure),
            scores,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::Similarity;
    use crate::geometry::{Point, Size};
    use crate::resample::LumaView;

    #[test]
    fn a_subset_shares_out_what_the_others_leave() {
        let logits = [0.3, -1.0, 0.2, 2.0, 0.7, -0.4, 1.1];
        let all = Scores::from_logits(logits, 1.3, ExpressionSet::Seven);
        for set in [
            ExpressionSet::Seven,
            ExpressionSet::Six,
            ExpressionSet::Five,
        ] {
            let some = Scores::from_logits(logits, 1.3, set);
            let inside: f32 = all
                .iter()
                .filter(|(e, _)| set.contains(*e))
                .map(|(_, s)| s)
                .sum();
            for (expression, score) in some.iter() {
                let expected = if set.contains(expression) {
                    all[expression] / inside
                } else {
                    0.0
                };
                assert!((score - expected).abs() < 1e-6, "{set:?} {expression}");
            }
        }
    }

    #[test]
    fn far_apart_logits_give_finite_scores() {
        let scores = Scores::from_logits(
            [-1e30, 0.0, 1e30, 3.0, 3.0, 3.0, 3.0],
            0.05,
            ExpressionSet::Seven,
        );
        assert_eq!(scores[Expression::Fear], 1.0);
        assert_eq!(scores.best(), Expression::Fear);
    }

    #[test]
    fn a_poor_picture_outweighs_a_clear_score_and_an_even_field_is_ambiguous() {
        let pixels: Vec<u8> = (0..48 * 48).map(|i| (i * 37 % 251) as u8).collect();
        let crop = LumaView::new(&pixels, Size::new(48, 48)).unwrap();
        let points = [
            (14.0, 18.0),
            (34.0, 18.0),
            (24.0, 28.0),
            (16.0, 37.0),
            (32.0, 37.0),
        ]
        .map(|(x, y)| Point::new(x, y));
        let good = Quality::measure(crop, &Similarity::IDENTITY, &points, 1);
        let small = Quality::measure(crop, &Similarity::scaled(0.1, 0.0, 0.0), &points, 1);
        let thresholds = Thresholds::default();
        let clear = Scores([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        let even = Scores([1.0 / 7.0; 7]);
        let verdict = |scores, quality| Reading::new(scores, quality, &thresholds).verdict;
        assert_eq!(verdict(clear, &good), Verdict::Certain(Expression::Happy));
        assert_eq!(verdict(clear, &small), Verdict::Unsure(Reason::TooSmall));
        assert_eq!(verdict(even, &good), Verdict::Unsure(Reason::Ambiguous));
        assert_eq!(verdict(even, &small), Verdict::Unsure(Reason::TooSmall));
    }
}
