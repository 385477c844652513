//! What a caller may choose for live video, with its ranges.

use std::time::Duration;

use super::budget::Budget;
use crate::distance::check_field_of_view;
use crate::error::Error;
use crate::options::{MOST_FACES, Options};
use crate::quality::Thresholds;
use crate::steady::SECOND;

/// Nanoseconds between two searches for newcomers, at least and at most.
const SEARCH_INTERVALS: (u64, u64) = (SECOND / 100, 60 * SECOND);

/// Choices for a [`LiveSession`](crate::LiveSession). Values are checked when it is made.
#[derive(Clone, Debug, Default)]
pub struct LiveOptions {
    pub(crate) options: Options,
    rules: Rules,
}

impl LiveOptions {
    /// How faces are found and read, as for photos.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// The camera's horizontal field of view in degrees, 10 to 160, along its buffer's rows as they lie in memory before any turn: then each
    /// face has a distance. Default: not known.
    pub fn field_of_view(mut self, degrees: f32) -> Self {
        self.rules.field_of_view = Some(degrees);
        self
    }

    /// What the session may use. Default: all that it can.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.rules.budget = budget;
        self
    }

    /// The most faces to read in one frame, 1 to 256; where there are more they take turns, and each tells the age of its reading.
    /// Default 8.
    pub fn most_readings(mut self, count: usize) -> Self {
        self.rules.most_readings = count;
        self
    }

    /// How often the whole picture is searched for newcomers while faces are followed, 10 ms to 60 s. Default 500 ms. A lost face is searched
    /// for at once.
    pub fn search_interval(mut self, interval: Duration) -> Self {
        self.rules.search_interval = interval.as_nanos().try_into().unwrap_or(u64::MAX);
        self
    }

    /// What the state below the slot goes by.
    pub fn rules(&self) -> Rules {
        Rules {
            most_faces: self.options.most_faces,
            thresholds: self.options.thresholds,
            ..self.rules
        }
    }
}

/// What a [`LiveState`](super::LiveState) goes by; a trace holds it. The ranges are those of [`LiveOptions`] and [`Options`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The most faces in a result.
    pub most_faces: usize,
    /// From where on a reading is unsure.
    pub thresholds: Thresholds,
    /// The camera's horizontal field of view in degrees, if it is known.
    pub field_of_view: Option<f32>,
    /// What may be used.
    pub budget: Budget,
    /// The most faces to read in one frame.
    pub most_readings: usize,
    /// Nanoseconds between two searches for newcomers.
    pub search_interval: u64,
}

impl Default for Rules {
    fn default() -> Self {
        let options = Options::default();
        Self {
            most_faces: options.most_faces,
            thresholds: options.thresholds,
            field_of_view: None,
            budget: Budget::default(),
            most_readings: 8,
            search_interval: SECOND / 2,
        }
    }
}

impl Rules {
    pub(crate) fn check(&self) -> Result<(), Error> {
        Error::check_count("most_faces", self.most_faces, MOST_FACES)?;
        Error::check_count("most_readings", self.most_readings, MOST_FACES)?;
        self.thresholds.check()?;
        self.budget.check()?;
        if let Some(degrees) = self.field_of_view {
            check_field_of_view(degrees)?;
        }
        let (least, most) = SEARCH_INTERVALS;
        if (least..=most).contains(&self.search_interval) {
            return Ok(());
        }
        Err(Error::OptionOutOfRange {
            option: "search_interval",
            given: format!("{:?}", Duration::from_nanos(self.search_interval)),
            allowed: format!(
                "{:?} to {:?}",
                Duration::from_nanos(least),
                Duration::from_nanos(most)
            ),
        })
    }
}
