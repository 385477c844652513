//! The options that describe an expression model of any make, the same in every command. What their values mean, `moue::description` says.

use anyhow::{Result, bail};
use clap::Args;
use moue::ModelDescription;
use moue::align::Template;
use moue::description::{InputChannels, InputSide, Labels, Layout, OutputValues, Scaling};

use crate::failure::UsageError;

/// What to do where a model is described and none is named.
pub const NAME_ITS_FILE: &str = "name its file with --model";

/// What a model's file doesn't say of itself.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = "Models of any make (see docs/model-format.md)")]
pub struct DescriptionArguments {
    /// What each number of the output stands for, in its order: angry,disgust,fear,… and a dash for what is none of the seven, such as -contempt
    #[arg(long, value_name = "LABEL,…", allow_hyphen_values = true)]
    labels: Option<Labels>,

    /// Size of the input, where the file leaves it open
    #[arg(long, value_name = "64x64")]
    input: Option<InputSide>,

    /// Channels of the input, where the file leaves them open
    #[arg(long, value_name = "1|3")]
    channels: Option<InputChannels>,

    /// Where the channels stand, where the file leaves it open
    #[arg(long, value_name = "nchw|nhwc")]
    layout: Option<Layout>,

    /// What becomes of pixels: the numbers for black and white (0..1, 0..255, -1..1), imagenet, or MEAN/DEVIATION such as 0.5/0.25
    #[arg(long, value_name = "LOW..HIGH", allow_hyphen_values = true)]
    scaling: Option<Scaling>,

    /// The output that is read, where there are several
    #[arg(long, value_name = "NAME")]
    output: Option<String>,

    /// What its numbers are [default: probabilities where a softmax makes them, else logits]
    #[arg(long, value_name = "logits|probabilities")]
    values: Option<OutputValues>,

    /// What logits are divided by, 0.05 to 20 [default: 1]
    #[arg(long, value_name = "NUMBER")]
    temperature: Option<f32>,

    /// Where the crop has the face's five points, as x,y fractions of its side [default: FER-2013's framing]
    #[arg(long, value_name = "X,Y,…", allow_hyphen_values = true)]
    template: Option<Template>,
}

impl DescriptionArguments {
    /// As `moue` takes it.
    pub fn description(&self) -> ModelDescription {
        let Self {
            labels,
            input,
            channels,
            layout,
            scaling,
            output,
            values,
            temperature,
            template,
        } = self.clone();
        let mut description = ModelDescription::default();
        if let Some(labels) = labels {
            description = description.labels(labels);
        }
        if let Some(side) = input {
            description = description.input(side);
        }
        if let Some(channels) = channels {
            description = description.channels(channels);
        }
        if let Some(layout) = layout {
            description = description.layout(layout);
        }
        if let Some(scaling) = scaling {
            description = description.scaling(scaling);
        }
        if let Some(name) = output {
            description = description.output(name);
        }
        if let Some(values) = values {
            description = description.values(values);
        }
        if let Some(temperature) = temperature {
            description = description.temperature(temperature);
        }
        if let Some(template) = template {
            description = description.template(template);
        }
        description
    }

    /// Fails where something is described though there is nothing to describe, with the reason `why`.
    ///
    /// # Errors
    ///
    /// A [`UsageError`].
    pub fn check_unused(&self, why: &str) -> Result<()> {
        if *self == Self::default() {
            return Ok(());
        }
        bail!(UsageError(format!(
            "options such as --labels and --scaling describe a model of another make: {why}"
        )))
    }
}
