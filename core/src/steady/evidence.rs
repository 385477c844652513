//! What a face is said to show, from readings over time: it changes when the evidence for something else has lasted, not at each flicker.

use super::{SECOND, seconds};
use crate::expression::{Expression, Reading, Scores, Verdict};
use crate::quality::{Quality, Reason, Thresholds};

/// Time constant of the shown scores, in seconds.
const SCORE_TIME: f64 = 0.1;

/// How far another expression must lead the shown one before it gathers evidence, as a difference of log-probabilities: 1.4 times as likely.
const LEAST_LEAD: f64 = 0.35;

/// A lead beyond this counts no more: 2.7 times as likely. So one stray reading at 10 a second changes nothing, however sure.
const MOST_LEAD: f64 = 1.0;

/// Evidence at which the verdict changes, in log-probability times seconds: a lead of the most changes it in 0.13 s, a face twice as likely to
/// be happy as neutral in a quarter of a second.
const ENOUGH: f64 = 0.085;

/// The time for which one reading can speak, in nanoseconds, however long ago the last one was.
const LONGEST_READING: u64 = SECOND / 10;

/// Seconds for which the picture must have been good, or poor for another reason, or the scores (un)ambiguous, before that is said.
const LASTING: f64 = 0.12;

/// Readings that agree with what is shown wear down the evidence against it this much faster than it grew.
const DECAY: f64 = 2.0;

/// Below the least score by this much a certain verdict becomes ambiguous; above by as much it becomes certain again.
const SCORE_MARGIN: f32 = 0.05;

/// Probabilities count as at least this much where their logarithm is taken.
pub(crate) const LEAST_PROBABILITY: f32 = 1e-4;

/// The verdict on one face over time.
///
/// The first reading is taken as it is. After that each other expression gathers evidence while it leads the shown one, and loses it while it
/// doesn't: Page's cumulative sum ("Continuous inspection schemes", 1954) of the lead above a margin, over time. Reasons to be unsure are
/// changed in the same way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    scores: [f64; 7],
    shown: Expression,
    /// For each expression, the evidence that it is shown now.
    leads: [f64; 7],
    /// Why the picture is too poor, if it is.
    poor: Option<Reason>,
    /// What the latest readings say instead of `poor`, and for how many seconds.
    other: Option<Reason>,
    other_time: Lasting,
    is_ambiguous: bool,
    /// For how long the scores have been otherwise.
    ambiguity_time: Lasting,
}

impl Evidence {
    /// What the first reading says, by the same rule as [`Reading::new`].
    pub fn new(scores: &Scores, quality: &Quality, thresholds: &Thresholds) -> Self {
        let shown = scores.best();
        Self {
            scores: Expression::ALL.map(|expression| f64::from(scores[expression])),
            shown,
            leads: [0.0; 7],
            poor: quality.reason(thresholds),
            other: None,
            other_time: Lasting::default(),
            is_ambiguous: scores[shown] < thresholds.least_score,
            ambiguity_time: Lasting::default(),
        }
    }

    /// Takes in a reading, `elapsed` nanoseconds after the last one.
    pub fn update(
        &mut self,
        scores: &Scores,
        quality: &Quality,
        thresholds: &Thresholds,
        elapsed: u64,
    ) {
        let weight = 1.0 - libm::exp(-seconds(elapsed) / SCORE_TIME);
        for (expression, score) in scores.iter() {
            let shown = &mut self.scores[expression as usize];
            *shown += weight * (f64::from(score) - *shown);
        }
        let counted = seconds(elapsed.min(LONGEST_READING));
        self.weigh_reason(quality.reason(thresholds), counted);
        self.weigh_expressions(scores, counted);
        // The best score, not the shown expression's: on the way from one to another there is nothing ambiguous.
        let best = self.scores.into_iter().fold(0.0, f64::max) as f32;
        let margin = if self.is_ambiguous {
            SCORE_MARGIN
        } else {
            -SCORE_MARGIN
        };
        let is_ambiguous = best < thresholds.least_score + margin;
        if self
            .ambiguity_time
            .has_lasted(is_ambiguous != self.is_ambiguous, counted)
        {
            self.is_ambiguous = is_ambiguous;
        }
    }

    /// The verdict with the scores behind it, averaged over the last tenth of a second.
    pub fn reading(&self) -> Reading {
        let ambiguous = self.is_ambiguous.then_some(Reason::Ambiguous);
        Reading {
            verdict: self
                .poor
                .or(ambiguous)
                .map_or(Verdict::Certain(self.shown), Verdict::Unsure),
            scores: Scores::from_array(self.scores.map(|score| score as f32)),
        }
    }

    fn weigh_expressions(&mut self, scores: &Scores, counted: f64) {
        let logarithm =
            |expression| f64::from(libm::logf(scores[expression].max(LEAST_PROBABILITY)));
        let shown = logarithm(self.shown);
        let mut strongest = self.shown;
        for expression in Expression::ALL {
            if expression == self.shown {
                continue;
            }
            let lead = (logarithm(expression) - shown).clamp(-MOST_LEAD, MOST_LEAD);
            let evidence = &mut self.leads[expression as usize];
            *evidence = (*evidence + (lead - LEAST_LEAD) * counted).max(0.0);
            if *evidence >= ENOUGH && *evidence > self.leads[strongest as usize] {
                strongest = expression;
            }
        }
        if strongest != self.shown {
            self.shown = strongest;
            self.leads = [0.0; 7];
        }
    }

    fn weigh_reason(&mut self, reason: Option<Reason>, counted: f64) {
        if reason != self.poor && reason != self.other {
            // What was gathered for another reason doesn't speak for this one.
            self.other = reason;
            self.other_time = Lasting::default();
        }
        if self.other_time.has_lasted(reason != self.poor, counted) {
            self.poor = reason;
        }
    }
}

/// For how many seconds readings have contradicted what is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Lasting(f64);

impl Lasting {
    /// Counts a reading that speaks for `counted` seconds; says whether what is shown is to change, and starts anew then.
    fn has_lasted(&mut self, contradicts: bool, counted: f64) -> bool {
        self.0 = if contradicts {
            self.0 + counted
        } else {
            (self.0 - DECAY * counted).max(0.0)
        };
        let has_lasted = self.0 >= LASTING;
        if has_lasted {
            self.0 = 0.0;
        }
        has_lasted
    }
}
