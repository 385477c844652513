//! One network on one of two backends: the int8 engine, or tract for any other ONNX file (feature `tract`).
//!
//! What the outputs mean is for `detect`, `refine` and `expression` to say.

use crate::description::{Described, Layout, ModelDescription, Scaling};
use crate::error::Error;
use crate::feed::Feed;
use crate::geometry::Size;

/// Bytes of a model file above which no backend reads it; the int8 engine has a lower limit of its own, 64 MiB.
pub const MAX_MODEL_BYTES: usize = 1 << 29;

/// What a network is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Finds faces in a picture.
    Detector,
    /// Makes a face's points exact.
    Refiner,
    /// Reads the expression of an aligned face.
    Expression,
}

impl Kind {
    /// The word in metadata and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detector => "detector",
            Self::Refiner => "refiner",
            Self::Expression => "expression",
        }
    }
}

/// What runs a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// The int8 engine where the file is in its grammar, otherwise tract where this build has it.
    #[default]
    Auto,
    /// The int8 engine: the same numbers to the last bit on every CPU.
    Int8,
    /// tract-onnx, for any ONNX file; needs the cargo feature `tract`. Decoding is held to eight times the file's size and 16 MiB, but what
    /// the operators of a hostile file then ask for is not: give it only models that you trust.
    Tract,
}

/// The name of the kernels with which the int8 engine runs on this CPU, after their instruction set.
pub fn int8_kernels() -> &'static str {
    moue_nn::KernelSet::best().name()
}

/// One output of the last run: rows of `width` places, each with as many numbers as the output has channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output<'a> {
    pub data: &'a [f32],
    pub width: usize,
}

/// What a file says of one of its outputs.
#[derive(Clone, Debug)]
pub(crate) struct OutputFacts {
    pub name: String,
    /// `None` where the file leaves it open.
    pub channels: Option<usize>,
    /// Whether a softmax makes it.
    pub is_softmax: bool,
}

/// A loaded network and, once it has run, the plan for its last input size.
#[derive(Debug)]
pub(crate) struct Network {
    kind: Kind,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Int8 {
        model: moue_nn::Model,
        /// `None` for a network that takes any size.
        size: Option<Size>,
        outputs: Vec<OutputFacts>,
        plan: Option<(Size, moue_nn::Plan)>,
    },
    #[cfg(feature = "tract")]
    Tract(Box<crate::tract::Tract>),
}

impl Network {
    /// Reads a file of the model format for one of the two backends and checks that it is of this kind.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] for a file that the backend can't run, [`Error::ModelKind`] for a network of another kind.
    pub fn load(kind: Kind, bytes: &[u8], backend: Backend) -> Result<Self, Error> {
        let network = Self {
            kind,
            engine: Engine::load(kind, bytes, backend, None)?,
        };
        network.metadata("moue.kind")?;
        Ok(network)
    }

    /// Reads an expression network of any make, fed as the description and the file say.
    ///
    /// # Errors
    ///
    /// Those of [`Self::load`] and of [`Feed::described`].
    pub fn load_described(
        bytes: &[u8],
        backend: Backend,
        description: &ModelDescription,
    ) -> Result<Self, Error> {
        let kind = Kind::Expression;
        let engine = Engine::load(kind, bytes, backend, Some(description))?;
        Ok(Self { kind, engine })
    }

    /// The metadata under `key`, if there is any.
    pub fn find_metadata(&self, key: &str) -> Option<&str> {
        self.engine.metadata(key)
    }

    /// The metadata under `key`; [`Error::MissingMetadata`] where there is none.
    pub fn metadata(&self, key: &str) -> Result<&str, Error> {
        self.find_metadata(key)
            .ok_or_else(|| Error::MissingMetadata {
                model: self.kind.name(),
                key: key.to_owned(),
            })
    }

    /// The metadata under `key` as `read` understands it; [`Error::InvalidMetadata`] with `allowed` where it doesn't.
    pub fn parsed<T>(
        &self,
        key: &str,
        allowed: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let value = self.metadata(key)?;
        read(value).ok_or_else(|| Error::InvalidMetadata {
            model: self.kind.name(),
            key: key.to_owned(),
            value: value.to_owned(),
            allowed: allowed.to_owned(),
        })
    }

    /// A number of the metadata that must lie between two others, both included.
    pub fn number(&self, key: &str, least: f32, most: f32) -> Result<f32, Error> {
        self.parsed(key, &format!("a number from {least} to {most}"), |text| {
            let value = text.trim().parse::<f32>().ok()?;
            (value >= least && value <= most).then_some(value)
        })
    }

    /// The side of the square that the network takes; [`Error::ModelShape`] where its input isn't one of 16 to 512 pixels.
    pub fn square_side(&self) -> Result<u32, Error> {
        let size = self.engine.input_size();
        match size {
            Some(Size { width, height }) if width == height && (16..=512).contains(&width) => {
                Ok(width)
            }
            _ => Err(Error::ModelShape {
                model: self.kind.name(),
                tensor: "luma".to_owned(),
                given: size.map_or("of any size".to_owned(), |size| size.to_string()),
                expected: "a square of 16 to 512 pixels".to_owned(),
            }),
        }
    }

    /// Fails with [`Error::ModelShape`] unless the network takes pictures of any size.
    pub fn check_any_size(&self) -> Result<(), Error> {
        match self.engine.input_size() {
            None => Ok(()),
            Some(size) => Err(Error::ModelShape {
                model: self.kind.name(),
                tensor: "luma".to_owned(),
                given: size.to_string(),
                expected: "any height and width".to_owned(),
            }),
        }
    }

    /// Whether the int8 engine runs it, whose outputs are always what the file declares.
    pub fn is_int8(&self) -> bool {
        matches!(self.engine, Engine::Int8 { .. })
    }

    /// All outputs, in the file's order.
    pub fn outputs(&self) -> &[OutputFacts] {
        self.engine.outputs()
    }

    /// The place of the output `name`; [`Error::ModelShape`] where there is none or it is declared with other than `channels` channels.
    pub fn output_index(&self, name: &str, channels: usize) -> Result<usize, Error> {
        let mut found = "no such output".to_owned();
        for (index, output) in self.outputs().iter().enumerate() {
            if output.name == name {
                match output.channels {
                    Some(count) if count != channels => found = format!("{count} channels"),
                    _ => return Ok(index),
                }
            }
        }
        Err(Error::ModelShape {
            model: self.kind.name(),
            tensor: name.to_owned(),
            given: found,
            expected: format!("{channels} channels"),
        })
    }

    /// Runs the network on a picture of `size`. The int8 engine allocates only when the size differs from the last one.
    pub fn run(&mut self, luma: &[u8], size: Size) -> Result<(), Error> {
        let kind = self.kind.name();
        match &mut self.engine {
            Engine::Int8 { model, plan, .. } => {
                let stale = plan.as_ref().is_none_or(|(planned, _)| *planned != size);
                if stale {
                    let made = model
                        .plan(size.height as usize, size.width as usize)
                        .map_err(|error| model_error(kind, error))?;
                    *plan = Some((size, made));
                }
                let (_, plan) = plan.as_mut().expect("a plan was just made");
                plan.run(luma).map_err(|error| model_error(kind, error))
            }
            #[cfg(feature = "tract")]
            Engine::Tract(tract) => tract
                .run(luma, size)
                .map_err(|error| model_error(kind, error)),
        }
    }

    /// An output of the last run. Before any run it has no places.
    pub fn output(&self, index: usize) -> Output<'_> {
        match &self.engine {
            Engine::Int8 {
                plan: Some((_, plan)),
                ..
            } => {
                let output = plan.output(index);
                Output {
                    data: output.data,
                    width: output.width,
                }
            }
            Engine::Int8 { plan: None, .. } => Output {
                data: &[],
                width: 0,
            },
            #[cfg(feature = "tract")]
            Engine::Tract(tract) => tract.output(index),
        }
    }
}

impl Engine {
    /// Without a description the network must be fed as the model format says.
    fn load(
        kind: Kind,
        bytes: &[u8],
        backend: Backend,
        description: Option<&ModelDescription>,
    ) -> Result<Self, Error> {
        if backend == Backend::Tract {
            return load_tract(kind, bytes, description);
        }
        match moue_nn::Model::from_bytes(bytes) {
            Ok(model) => Self::int8(kind, model, description),
            Err(error)
                if cfg!(feature = "tract")
                    && backend == Backend::Auto
                    && error.is_outside_grammar() =>
            {
                log::debug!("the {} model goes to tract: {error}", kind.name());
                load_tract(kind, bytes, description)
            }
            Err(error) => Err(model_error(kind.name(), error)),
        }
    }

    /// The int8 engine's input is the format's: a description may repeat it, not change it.
    fn int8(
        kind: Kind,
        model: moue_nn::Model,
        description: Option<&ModelDescription>,
    ) -> Result<Self, Error> {
        check_kind(kind, model.metadata("moue.kind"))?;
        let mut size = int8_size(&model);
        if let Some(description) = description {
            let side = |side: fn(Size) -> u32| size.map(side);
            let shape = [
                Some(1),
                Some(1),
                side(|size| size.height),
                side(|size| size.width),
            ];
            let known = ModelDescription {
                layout: description.layout.or(Some(Layout::ChannelsFirst)),
                scaling: description.scaling.or(Some(Scaling::UNIT)),
                ..description.clone()
            };
            let feed = Feed::described(&known, &shape, |key| model.metadata(key))?;
            if feed.scaling != Scaling::UNIT {
                return Err(Error::Misdescribed {
                    what: Scaling::NAME,
                    given: format!("{:?}", feed.scaling),
                    found: "in a file of the int8 format it is always 0..1".to_owned(),
                });
            }
            size = feed.size;
        }
        let outputs = model
            .outputs()
            .iter()
            .map(|output| OutputFacts {
                name: output.name.clone(),
                channels: Some(output.channels),
                is_softmax: false,
            })
            .collect();
        Ok(Self::Int8 {
            model,
            size,
            outputs,
            plan: None,
        })
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        match self {
            Self::Int8 { model, .. } => model.metadata(key),
            #[cfg(feature = "tract")]
            Self::Tract(tract) => tract.metadata(key),
        }
    }

    /// `None` for a network that takes any size.
    fn input_size(&self) -> Option<Size> {
        match self {
            Self::Int8 { size, .. } => *size,
            #[cfg(feature = "tract")]
            Self::Tract(tract) => tract.input_size(),
        }
    }

    fn outputs(&self) -> &[OutputFacts] {
        match self {
            Self::Int8 { outputs, .. } => outputs,
            #[cfg(feature = "tract")]
            Self::Tract(tract) => tract.outputs(),
        }
    }
}

/// A file that names its kind must name this one.
fn check_kind(kind: Kind, given: Option<&str>) -> Result<(), Error> {
    match given {
        Some(given) if given != kind.name() => Err(Error::ModelKind {
            expected: kind.name(),
            given: given.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// `None` for a network that takes any size.
pub(crate) fn int8_size(model: &moue_nn::Model) -> Option<Size> {
    match model.input_size() {
        moue_nn::InputSize::Fixed { height, width } => Some(Size::new(width as u32, height as u32)),
        _ => None,
    }
}

#[cfg(feature = "tract")]
fn load_tract(
    kind: Kind,
    bytes: &[u8],
    description: Option<&ModelDescription>,
) -> Result<Engine, Error> {
    let failed = |error| model_error(kind.name(), error);
    let file = crate::tract::File::load(bytes).map_err(failed)?;
    check_kind(kind, file.metadata("moue.kind"))?;
    let feed = match description {
        Some(description) => Feed::described(description, file.shape(), |key| file.metadata(key))?,
        None => Feed::standard(file.shape()).ok_or_else(|| Error::ModelShape {
            model: kind.name(),
            tensor: "input".to_owned(),
            given: crate::feed::shape_text(file.shape()),
            expected: "[1, 1, H, W], luma divided by 255,".to_owned(),
        })?,
    };
    Ok(Engine::Tract(Box::new(file.fed(feed))))
}

#[cfg(not(feature = "tract"))]
fn load_tract(_: Kind, _: &[u8], _: Option<&ModelDescription>) -> Result<Engine, Error> {
    Err(Error::OptionOutOfRange {
        option: "backend",
        given: "tract".to_owned(),
        allowed: "auto or int8: this build is without the cargo feature \"tract\"".to_owned(),
    })
}

/// Wraps what a backend says of a model.
pub(crate) fn model_error(
    model: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Model {
        model,
        source: source.into(),
    }
}
