//! How often a session looks at a frame, so that it keeps to a number of results a second or to a share of a core.

use crate::error::Error;
use crate::steady::{SECOND, seconds};

/// Time constant over which the cost of a frame is averaged, in seconds: long enough to hold several searches.
const COST_TIME: f64 = 1.0;

/// Results a second that a warm device is slowed down from where no budget is set.
const UNLIMITED: f64 = 40.0;

/// A frame may come early by this part of the interval, since cameras don't keep time exactly.
const EARLY: u64 = 4;

/// What a session may use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Budget {
    /// Every frame that it can.
    #[default]
    Unlimited,
    /// At most this many results a second, 0.1 to 1000. The frames between count as dropped.
    Results(f32),
    /// At most this share of one core, 0.001 to 1, by the time that frames have taken so far.
    Load(f32),
}

impl Budget {
    pub(crate) fn check(self) -> Result<(), Error> {
        match self {
            Self::Unlimited => Ok(()),
            Self::Results(rate) => {
                Error::check_option("budget (results a second)", rate, 0.1, 1000.0)
            }
            Self::Load(share) => Error::check_option("budget (share of a core)", share, 0.001, 1.0),
        }
    }
}

/// How warm the device is, in the steps that Android (`PowerManager`) and iOS (`ProcessInfo.thermalState`) share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Thermal {
    /// All is well: the budget holds as it is.
    #[default]
    Nominal,
    /// Slightly warm: three quarters of it.
    Fair,
    /// Hot: half of it.
    Serious,
    /// About to be shut down: a quarter.
    Critical,
}

impl Thermal {
    /// The part of the budget that is left.
    fn share(self) -> f64 {
        match self {
            Self::Nominal => 1.0,
            Self::Fair => 0.75,
            Self::Serious => 0.5,
            Self::Critical => 0.25,
        }
    }
}

/// Says when the next frame is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pacer {
    pub budget: Budget,
    pub thermal: Thermal,
    /// Mean seconds of work that a frame takes; `None` before the first.
    cost: Option<f64>,
    /// Mean seconds from one analysed frame to the next; `None` before the second.
    spacing: Option<f64>,
    last: Option<u64>,
    /// When the next frame is due; `None` for at once.
    due: Option<u64>,
}

impl Pacer {
    pub fn new(budget: Budget) -> Self {
        Self {
            budget,
            thermal: Thermal::Nominal,
            cost: None,
            spacing: None,
            last: None,
            due: None,
        }
    }

    /// Whether a frame of this time may be looked at.
    pub fn is_due(&self, timestamp: u64) -> bool {
        let early = timestamp.saturating_add(self.interval() / EARLY);
        self.due.is_none_or(|due| early >= due)
    }

    /// Counts a frame of `timestamp` that took `cost` nanoseconds.
    pub fn count(&mut self, timestamp: u64, cost: u64) {
        let elapsed = self
            .last
            .map(|last| seconds(timestamp.saturating_sub(last)));
        self.last = Some(timestamp);
        let mix = |mean: Option<f64>, value: f64| {
            let weight = 1.0 - libm::exp(-elapsed.unwrap_or_default() / COST_TIME);
            mean.map_or(value, |mean| mean + weight * (value - mean))
        };
        self.cost = Some(mix(self.cost, seconds(cost)));
        if let Some(elapsed) = elapsed {
            self.spacing = Some(mix(self.spacing, elapsed));
        }
        let interval = self.interval();
        // From when it was due, so that early and late frames even out; what a long gap left unused is not made up for.
        let start = self
            .due
            .map_or(timestamp, |due| due.max(timestamp.saturating_sub(interval)));
        self.due = Some(start.saturating_add(interval));
    }

    /// Faces to read in a frame, of `most`; at least one.
    pub fn readings(&self, most: usize) -> usize {
        ((most as f64 * self.thermal.share()) as usize).max(1)
    }

    /// Analysed frames a second, lately; 0 before the second.
    pub fn rate(&self) -> f32 {
        self.spacing.map_or(0.0, |spacing| (1.0 / spacing) as f32)
    }

    /// Share of one core that the work has taken, lately; 0 before the second frame.
    pub fn load(&self) -> f32 {
        match (self.cost, self.spacing) {
            (Some(cost), Some(spacing)) => (cost / spacing) as f32,
            _ => 0.0,
        }
    }

    /// Nanoseconds that the budget leaves between two frames.
    pub fn interval(&self) -> u64 {
        let share = self.thermal.share();
        let interval = match self.budget {
            Budget::Unlimited if self.thermal == Thermal::Nominal => 0.0,
            Budget::Unlimited => 1.0 / (UNLIMITED * share),
            Budget::Results(rate) => 1.0 / (f64::from(rate) * share),
            Budget::Load(load) => self.cost.unwrap_or_default() / (f64::from(load) * share),
        };
        (interval * SECOND as f64) as u64
    }
}
