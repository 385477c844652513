//! What has to be known of an expression network before it can be fed and read, where its file doesn't say it: labels, input, scaling, output.
//!
//! Every value is written in the same words in code, on the command line and in a file's metadata. How it is fitted to a file's shapes is
//! `feed`'s work, reading the outputs `reader`'s.

use std::fmt;
use std::str::FromStr;

use crate::align::Template;
use crate::error::{Error, LabelProblem};
use crate::expression::{Expression, ExpressionSet};
use crate::refine::TEMPLATE;

/// Describes an expression network of any make. What it leaves out is taken from the file: its metadata first, then its shapes and operators.
///
/// ```
/// use moue::ModelDescription;
///
/// # fn main() -> Result<(), moue::Error> {
/// let description = ModelDescription::default()
///     .labels("angry,disgust,fear,happy,sad,surprise,neutral,-contempt".parse()?)
///     .scaling("-1..1".parse()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelDescription {
    pub(crate) labels: Option<Labels>,
    pub(crate) input: Option<InputSide>,
    pub(crate) channels: Option<InputChannels>,
    pub(crate) layout: Option<Layout>,
    pub(crate) scaling: Option<Scaling>,
    pub(crate) output: Option<String>,
    pub(crate) values: Option<OutputValues>,
    pub(crate) temperature: Option<f32>,
    pub(crate) template: Option<Template>,
}

impl ModelDescription {
    /// What each number of the output stands for, in its order.
    pub fn labels(mut self, labels: Labels) -> Self {
        self.labels = Some(labels);
        self
    }

    /// The size of the input, where the file leaves it open.
    pub fn input(mut self, side: InputSide) -> Self {
        self.input = Some(side);
        self
    }

    /// The number of channels, where the file leaves it open.
    pub fn channels(mut self, channels: InputChannels) -> Self {
        self.channels = Some(channels);
        self
    }

    /// Where the channels stand, where the file's shape leaves it open.
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = Some(layout);
        self
    }

    /// What becomes of a luma byte before it goes in.
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = Some(scaling);
        self
    }

    /// The name of the output that is read, for both heads.
    pub fn output(mut self, name: impl Into<String>) -> Self {
        self.output = Some(name.into());
        self
    }

    /// What the output's numbers are. Left out: probabilities where the file makes the output with a softmax, logits otherwise.
    pub fn values(mut self, values: OutputValues) -> Self {
        self.values = Some(values);
        self
    }

    /// The temperature by which logits are divided, 0.05 to 20; checked when the network is loaded. Left out: 1.
    pub fn temperature(mut self, temperature: f32) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Where the face's points should lie in the crop. Left out: [`Template::FER2013`].
    pub fn template(mut self, template: Template) -> Self {
        self.template = Some(template);
        self
    }
}

/// What each number of an output stands for: one of the seven expressions, or something that doesn't compete.
///
/// Written as words between commas, in the outputs' order. An output that stands for none of the seven is a dash, with a name behind it or
/// without: `angry,disgust,fear,happy,sad,surprise,neutral,-contempt`. Its score is left out and the others share what it held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    places: Vec<Option<Expression>>,
    text: String,
}

impl Labels {
    /// One of the seven a place, or `None`.
    pub fn places(&self) -> &[Option<Expression>] {
        &self.places
    }

    /// Fails with [`Error::Labels`] unless every expression of `set` has a place.
    pub(crate) fn check(&self, set: ExpressionSet) -> Result<(), Error> {
        for expression in Expression::ALL {
            if set.contains(expression) && !self.places.contains(&Some(expression)) {
                return Err(self.wrong(LabelProblem::Missing(expression.name().to_owned())));
            }
        }
        Ok(())
    }

    fn wrong(&self, problem: LabelProblem) -> Error {
        Error::Labels {
            given: self.text.clone(),
            problem,
        }
    }
}

impl FromStr for Labels {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut labels = Self {
            places: Vec::new(),
            text: text.to_owned(),
        };
        for word in text.split(',').map(str::trim) {
            let place = if word.starts_with('-') {
                None
            } else {
                let label = word
                    .parse::<Expression>()
                    .map_err(|_| labels.wrong(LabelProblem::Unknown(word.to_owned())))?;
                if labels.places.contains(&Some(label)) {
                    return Err(labels.wrong(LabelProblem::Duplicate(word.to_owned())));
                }
                Some(label)
            };
            labels.places.push(place);
        }
        Ok(labels)
    }
}

/// The labels as they were written.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A kind of value that a description holds, with what is allowed for it.
pub(crate) trait Described: Sized {
    /// Its name in the description, on the command line and, after `moue.`, in metadata.
    const NAME: &'static str;
    /// What is allowed, in words.
    const ALLOWED: &'static str;

    /// The value that the text names, if it names one.
    fn parse(text: &str) -> Option<Self>;

    fn parse_option(text: &str) -> Result<Self, Error> {
        Self::parse(text).ok_or_else(|| Error::OptionOutOfRange {
            option: Self::NAME,
            given: format!("\"{text}\""),
            allowed: Self::ALLOWED.to_owned(),
        })
    }
}

macro_rules! read_as_described {
    ($($kind:ty),*) => {$(
        impl FromStr for $kind {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::parse_option(text)
            }
        }
    )*};
}

read_as_described!(
    InputSide,
    InputChannels,
    Layout,
    Scaling,
    OutputValues,
    Template
);

/// Width and height of a square input, in pixels, 16 to 512: written `64x64` or `64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputSide(u32);

impl InputSide {
    /// The least and the largest side.
    pub(crate) const RANGE: std::ops::RangeInclusive<u32> = 16..=512;

    /// The side in pixels.
    pub fn pixels(self) -> u32 {
        self.0
    }
}

impl Described for InputSide {
    const NAME: &'static str = "input";
    const ALLOWED: &'static str =
        "the width and height of a square of 16 to 512 pixels, such as 64x64";

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (width, height) = text.split_once('x').unwrap_or((text, text));
        let side: u32 = width.parse().ok()?;
        let is_square = height.parse() == Ok(side);
        (is_square && Self::RANGE.contains(&side)).then_some(Self(side))
    }
}

/// How many channels an input has. Faces are read in grey: with three, each holds the same picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputChannels {
    /// Grey: `1`.
    One,
    /// Colour: `3`.
    Three,
}

impl InputChannels {
    /// The number.
    pub fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Three => 3,
        }
    }
}

impl Described for InputChannels {
    const NAME: &'static str = "channels";
    const ALLOWED: &'static str = "1 (grey) or 3 (colour; each holds the same grey picture)";

    fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "1" => Some(Self::One),
            "3" => Some(Self::Three),
            _ => None,
        }
    }
}

/// Where an input's channels stand among its four dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `nchw`: picture, channel, row, column, as PyTorch exports.
    ChannelsFirst,
    /// `nhwc`: picture, row, column, channel, as TensorFlow exports.
    ChannelsLast,
}

impl Described for Layout {
    const NAME: &'static str = "layout";
    const ALLOWED: &'static str = "nchw (channels before rows) or nhwc (channels last)";

    fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "nchw" => Some(Self::ChannelsFirst),
            "nhwc" => Some(Self::ChannelsLast),
            _ => None,
        }
    }
}

/// What becomes of a luma byte before it goes in.
///
/// Written as the numbers that black and white become, `0..1`, `0..255`, `-1..1`; as `imagenet`; or as the mean and the standard deviation of
/// pixels in 0..1 by which `(pixel - mean) / deviation` is made, for all channels or for each: `0.5/0.25`, `0.4,0.5,0.6/0.2,0.2,0.2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scaling {
    /// Black becomes the first number, white the second, and all between lies on a line.
    Range(f32, f32),
    /// `(luma / 255 - mean) / deviation`, by channel.
    Standardized {
        /// The mean of each channel, in 0..1.
        mean: [f32; 3],
        /// The standard deviation of each channel, above 0.
        deviation: [f32; 3],
    },
}

impl Scaling {
    /// Luma divided by 255: what the model format asks for.
    pub const UNIT: Self = Self::Range(0.0, 1.0);

    /// Mean and standard deviation of ImageNet's channels, red, green, blue, as torchvision's networks expect them.
    pub const IMAGENET: Self = Self::Standardized {
        mean: [0.485, 0.456, 0.406],
        deviation: [0.229, 0.224, 0.225],
    };

    /// What the byte becomes in a channel.
    #[cfg(any(test, feature = "tract"))]
    pub(crate) fn apply(&self, byte: u8, channel: usize) -> f32 {
        let luma = f32::from(byte);
        match *self {
            Self::Range(black, white) => black + (white - black) * luma / 255.0,
            Self::Standardized { mean, deviation } => {
                (luma / 255.0 - mean[channel]) / deviation[channel]
            }
        }
    }
}

impl Described for Scaling {
    const NAME: &'static str = "scaling";
    const ALLOWED: &'static str = "what black and white become, such as 0..1, 0..255 or -1..1; imagenet; or MEAN/DEVIATION of pixels in 0..1, one number or three each, such as 0.5/0.25";

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "imagenet" {
            return Some(Self::IMAGENET);
        }
        if let Some((black, white)) = text.split_once("..") {
            let (black, white) = (number(black)?, number(white)?);
            return (black != white).then_some(Self::Range(black, white));
        }
        let (mean, deviation) = text.split_once('/')?;
        let (mean, deviation) = (by_channel(mean)?, by_channel(deviation)?);
        let is_usable = deviation.iter().all(|&deviation| deviation >= 1e-6);
        is_usable.then_some(Self::Standardized { mean, deviation })
    }
}

/// A number that f32 arithmetic on pixels can't drive to infinity.
fn number(text: &str) -> Option<f32> {
    let value: f32 = text.trim().parse().ok()?;
    (value.abs() <= 1e6).then_some(value)
}

/// One number for all channels, or three.
fn by_channel(text: &str) -> Option<[f32; 3]> {
    let numbers: Option<Vec<f32>> = text.split(',').map(number).collect();
    match numbers?[..] {
        [all] => Some([all; 3]),
        [first, second, third] => Some([first, second, third]),
        _ => None,
    }
}

/// What an output's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputValues {
    /// `logits`: any numbers, of which softmax makes probabilities.
    Logits,
    /// `probabilities`: from 0 to 1, with a sum of 1.
    Probabilities,
}

impl Described for OutputValues {
    const NAME: &'static str = "values";
    const ALLOWED: &'static str = "logits or probabilities";

    fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "logits" => Some(Self::Logits),
            "probabilities" => Some(Self::Probabilities),
            _ => None,
        }
    }
}

impl Described for Template {
    const NAME: &'static str = "template";
    const ALLOWED: &'static str = TEMPLATE;

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Result<Labels, Error> {
        text.parse()
    }

    #[test]
    fn labels_in_any_order_are_read_and_each_problem_is_named() {
        let order = labels("neutral, happy,-,sad,angry,fear,disgust,surprise,-contempt").unwrap();
        assert_eq!(order.places()[1], Some(Expression::Happy));
        assert_eq!(order.places()[2], None);
        assert_eq!(order.places().len(), 9);
        for (text, words) in [
            (
                "neutral,happy,happy,sad,angry,fear,disgust,surprise",
                "\"happy\" is there more than once",
            ),
            (
                "neutral,joy,sad,angry,fear,disgust,surprise",
                "\"joy\" is not an expression",
            ),
            ("", "\"\" is not an expression"),
        ] {
            let message = labels(text).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn a_byte_is_scaled_as_the_text_says() {
        // Black, the middle grey of 51 * 3 and white, worked out by hand.
        for (text, expected) in [
            ("0..1", [0.0, 0.6, 1.0]),
            ("0..255", [0.0, 153.0, 255.0]),
            ("-1..1", [-1.0, 0.2, 1.0]),
            (" 1 .. 0 ", [1.0, 0.4, 0.0]),
            ("0.5/0.25", [-2.0, 0.4, 2.0]),
            // torchvision.transforms.Normalize on red.
            ("imagenet", [-2.117_904, 0.502_183, 2.248_908]),
        ] {
            let scaling: Scaling = text.parse().unwrap();
            for (byte, expected) in [0, 153, 255].into_iter().zip(expected) {
                let value = scaling.apply(byte, 0);
                assert!((value - expected).abs() < 1e-5, "{text}: {value}");
            }
        }
        let by_channel: Scaling = "0.1,0.2,0.3/1,1,2".parse().unwrap();
        assert!((by_channel.apply(255, 2) - 0.35).abs() < 1e-6);
    }

    #[test]
    fn values_out_of_range_are_refused_with_what_is_allowed() {
        for text in [
            "", "1", "0..", "0..0", "0..nan", "0..1e9", "0.5/0", "0.5/-1", "1,2/1", "0.5", "vgg",
        ] {
            let message = text.parse::<Scaling>().unwrap_err().to_string();
            assert!(
                message.contains(&format!("\"{text}\"")) && message.contains("-1..1"),
                "{message}"
            );
        }
        for text in ["15", "513x513", "64x48", "x", "64x", "-64x-64", ""] {
            let message = text.parse::<InputSide>().unwrap_err().to_string();
            assert!(message.contains("16 to 512"), "{text}: {message}");
        }
        assert_eq!("64x64".parse::<InputSide>().unwrap().pixels(), 64);
        assert_eq!("224".parse::<InputSide>().unwrap().pixels(), 224);
        assert!("2".parse::<InputChannels>().is_err());
        assert!("NCHW".parse::<Layout>().is_err());
        assert!("softmax".parse::<OutputValues>().is_err());
        assert!("0.3,0.4".parse::<Template>().is_err());
    }
}
