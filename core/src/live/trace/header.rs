//! The header of a trace: its version and the rules that the session went by.

use serde::{Deserialize, Serialize};

use super::VERSION;
use crate::live::budget::Budget;
use crate::live::options::Rules;
use crate::quality::Thresholds;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderRecord {
    pub moue_trace: u32,
    rules: RulesRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesRecord {
    most_faces: usize,
    thresholds: ThresholdsRecord,
    field_of_view: Option<f32>,
    budget: BudgetRecord,
    most_readings: usize,
    search_interval_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdsRecord {
    least_side: f32,
    least_brightness: f32,
    most_brightness: f32,
    least_contrast: f32,
    least_sharpness: f32,
    most_yaw: f32,
    most_pitch: f32,
    least_score: f32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BudgetRecord {
    Unlimited,
    Results(f32),
    Load(f32),
}

impl From<Rules> for HeaderRecord {
    fn from(rules: Rules) -> Self {
        let Rules {
            most_faces,
            thresholds,
            field_of_view,
            budget,
            most_readings,
            search_interval,
        } = rules;
        let Thresholds {
            least_side,
            least_brightness,
            most_brightness,
            least_contrast,
            least_sharpness,
            most_yaw,
            most_pitch,
            least_score,
        } = thresholds;
        Self {
            moue_trace: VERSION,
            rules: RulesRecord {
                most_faces,
                thresholds: ThresholdsRecord {
                    least_side,
                    least_brightness,
                    most_brightness,
                    least_contrast,
                    least_sharpness,
                    most_yaw,
                    most_pitch,
                    least_score,
                },
                field_of_view,
                budget: budget.into(),
                most_readings,
                search_interval_ns: search_interval,
            },
        }
    }
}

impl From<HeaderRecord> for Rules {
    fn from(header: HeaderRecord) -> Self {
        let RulesRecord {
            most_faces,
            thresholds,
            field_of_view,
            budget,
            most_readings,
            search_interval_ns,
        } = header.rules;
        let ThresholdsRecord {
            least_side,
            least_brightness,
            most_brightness,
            least_contrast,
            least_sharpness,
            most_yaw,
            most_pitch,
            least_score,
        } = thresholds;
        Self {
            most_faces,
            thresholds: Thresholds {
                least_side,
                least_brightness,
                most_brightness,
                least_contrast,
                least_sharpness,
                most_yaw,
                most_pitch,
                least_score,
            },
            field_of_view,
            budget: budget.into(),
            most_readings,
            search_interval: search_interval_ns,
        }
    }
}

impl From<Budget> for BudgetRecord {
    fn from(budget: Budget) -> Self {
        match budget {
            Budget::Unlimited => Self::Unlimited,
            Budget::Results(rate) => Self::Results(rate),
            Budget::Load(share) => Self::Load(share),
        }
    }
}

impl From<BudgetRecord> for Budget {
    fn from(budget: BudgetRecord) -> Self {
        match budget {
            BudgetRecord::Unlimited => Self::Unlimited,
            BudgetRecord::Results(rate) => Self::Results(rate),
            BudgetRecord::Load(share) => Self::Load(share),
        }
    }
}
