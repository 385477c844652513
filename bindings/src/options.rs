//! What a caller may choose. Ranges are checked by the core, where the objects are made; the defaults are the core's too.

use std::time::Duration;

use crate::both_ways::both_ways;
use crate::error::NativeError;
use crate::guard::guarded;

/// Which expressions compete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ExpressionSet {
    /// All seven.
    Seven,
    /// Without disgust, which is rare and often taken for anger.
    Six,
    /// Angry, happy, neutral, sad and surprise.
    Five,
}

/// Which of the network's two heads speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Head {
    /// Trained on the votes of ten people for each face (FER+): what most people would say.
    Consensus,
    /// Trained on FER-2013's own labels: for comparison with published figures.
    Fer2013,
}

/// From where on a face isn't read with certainty.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Thresholds {
    /// Least side of the face's crop, in pixels of the reduced picture that Moue works on. Default 24.
    pub least_side: f32,
    /// Mean luma below which a crop of too little contrast is too dark, 0 to 1. Default 0.15.
    pub least_brightness: f32,
    /// Mean luma above which a crop of too little contrast is too bright, 0 to 1. Default 0.85.
    pub most_brightness: f32,
    /// Contrast below which a dark or bright crop counts as unreadable, 0 to 0.5. Default 0.05.
    pub least_contrast: f32,
    /// Least sharpness, 0 to 20. Default 0.02.
    pub least_sharpness: f32,
    /// Most degrees of yaw to either side, 0 to 180. Default 45.
    pub most_yaw: f32,
    /// Most degrees of pitch up or down, 0 to 180. Default 35.
    pub most_pitch: f32,
    /// Least probability of the best expression, 0 to 1; below it the reading is ambiguous. Default 0.5.
    pub least_score: f32,
}

/// How faces are found and read. [`default_options`] has the defaults.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Options {
    /// The smallest face to report, as a share of the frame's short side, 0.02 to 1. Default 0.1. Below 0.08 four times as many pixels are
    /// searched, which takes as much longer.
    pub smallest_face: f32,
    /// The most faces to report, 1 to 256; the largest are kept. Default 32.
    pub most_faces: u32,
    /// Which expressions compete. Default: all seven.
    pub expressions: ExpressionSet,
    /// Which head of the network speaks. Default: the consensus of many people.
    pub head: Head,
    /// From where on a reading is unsure.
    pub thresholds: Thresholds,
    /// A detector of your own, as the bytes of an ONNX file in Moue's model format; left out, the one inside the library.
    #[uniffi(default = None)]
    pub detector_model: Option<Vec<u8>>,
    /// A refiner of your own, likewise.
    #[uniffi(default = None)]
    pub refiner_model: Option<Vec<u8>>,
    /// An expression network of your own, likewise.
    #[uniffi(default = None)]
    pub expression_model: Option<Vec<u8>>,
}

/// What a live session may use.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum Budget {
    /// Every frame that it can.
    Unlimited,
    /// At most so many results a second. The frames between count as dropped.
    Results {
        /// 0.1 to 1000.
        per_second: f32,
    },
    /// At most a share of one core, by the time that frames have taken so far.
    Load {
        /// 0.001 to 1.
        share: f32,
    },
}

/// How warm the device is, in the steps that Android and iOS share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Thermal {
    /// All is well: the budget holds as it is. Android: none; iOS: nominal.
    Nominal,
    /// Slightly warm: three quarters of it. Android: light; iOS: fair.
    Fair,
    /// Hot: half of it. Android: moderate and severe; iOS: serious.
    Serious,
    /// About to be shut down: a quarter. Android: critical and above; iOS: critical.
    Critical,
}

/// Choices for a live session. [`default_live_options`] has the defaults.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct LiveOptions {
    /// How faces are found and read, as for photos.
    pub options: Options,
    /// The camera's horizontal field of view in degrees, 10 to 160, along its buffer's rows as they lie in memory: then each face has a
    /// distance. Left out: not known.
    #[uniffi(default = None)]
    pub field_of_view: Option<f32>,
    /// What the session may use. Default: all that it can.
    pub budget: Budget,
    /// The most faces to read in one frame, 1 to 256; where there are more they take turns. Default 8.
    pub most_readings: u32,
    /// Milliseconds between two searches of the whole picture for newcomers, 10 to 60,000. Default 500.
    pub search_interval_ms: u32,
}

/// The choices of the core where nothing is chosen.
///
/// # Errors
///
/// None today.
#[uniffi::export]
pub fn default_options() -> Result<Options, NativeError> {
    guarded(|| (), || Ok(core_defaults()))
}

/// The choices of the core for live video where nothing is chosen.
///
/// # Errors
///
/// None today.
#[uniffi::export]
pub fn default_live_options() -> Result<LiveOptions, NativeError> {
    guarded(
        || (),
        || {
            let live = moue::LiveOptions::default();
            let rules = live.rules();
            Ok(LiveOptions {
                options: core_defaults(),
                field_of_view: rules.field_of_view,
                budget: rules.budget.into(),
                most_readings: rules.most_readings as u32,
                search_interval_ms: Duration::from_nanos(rules.search_interval).as_millis() as u32,
            })
        },
    )
}

fn core_defaults() -> Options {
    Options {
        smallest_face: moue::Options::DEFAULT_SMALLEST_FACE,
        most_faces: moue::live::Rules::default().most_faces as u32,
        expressions: moue::ExpressionSet::default().into(),
        head: moue::Head::default().into(),
        thresholds: moue::Thresholds::default().into(),
        detector_model: None,
        refiner_model: None,
        expression_model: None,
    }
}

both_ways!(moue::ExpressionSet, ExpressionSet, Seven, Six, Five);
both_ways!(moue::Head, Head, Consensus, Fer2013);
both_ways!(moue::Thermal, Thermal, Nominal, Fair, Serious, Critical);

impl From<Options> for moue::Options {
    fn from(options: Options) -> Self {
        let Options {
            smallest_face,
            most_faces,
            expressions,
            head,
            thresholds,
            detector_model,
            refiner_model,
            expression_model,
        } = options;
        let models = [
            (moue::Kind::Detector, detector_model),
            (moue::Kind::Refiner, refiner_model),
            (moue::Kind::Expression, expression_model),
        ];
        let options = Self::default()
            .smallest_face(smallest_face)
            .most_faces(most_faces as usize)
            .expressions(expressions.into())
            .head(head.into())
            .thresholds(thresholds.into());
        models
            .into_iter()
            .fold(options, |options, (kind, bytes)| match bytes {
                Some(bytes) => options.model(kind, bytes),
                None => options,
            })
    }
}

impl From<LiveOptions> for moue::LiveOptions {
    fn from(live: LiveOptions) -> Self {
        let LiveOptions {
            options,
            field_of_view,
            budget,
            most_readings,
            search_interval_ms,
        } = live;
        let live = Self::default()
            .options(options.into())
            .budget(budget.into())
            .most_readings(most_readings as usize)
            .search_interval(Duration::from_millis(search_interval_ms.into()));
        match field_of_view {
            Some(degrees) => live.field_of_view(degrees),
            None => live,
        }
    }
}

impl From<Thresholds> for moue::Thresholds {
    fn from(thresholds: Thresholds) -> Self {
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
            least_side,
            least_brightness,
            most_brightness,
            least_contrast,
            least_sharpness,
            most_yaw,
            most_pitch,
            least_score,
        }
    }
}

impl From<moue::Thresholds> for Thresholds {
    fn from(thresholds: moue::Thresholds) -> Self {
        let moue::Thresholds {
            least_side,
            least_brightness,
            most_brightness,
            least_contrast,
            least_sharpness,
            most_yaw,
            most_pitch,
            least_score,
            ..
        } = thresholds;
        Self {
            least_side,
            least_brightness,
            most_brightness,
            least_contrast,
            least_sharpness,
            most_yaw,
            most_pitch,
            least_score,
        }
    }
}

impl From<Budget> for moue::Budget {
    fn from(budget: Budget) -> Self {
        match budget {
            Budget::Unlimited => Self::Unlimited,
            Budget::Results { per_second } => Self::Results(per_second),
            Budget::Load { share } => Self::Load(share),
        }
    }
}

impl From<moue::Budget> for Budget {
    fn from(budget: moue::Budget) -> Self {
        match budget {
            moue::Budget::Unlimited => Self::Unlimited,
            moue::Budget::Results(per_second) => Self::Results { per_second },
            moue::Budget::Load(share) => Self::Load { share },
            other => unreachable!("the bindings don't know {other:?}"),
        }
    }
}
