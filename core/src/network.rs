//! One network on one of two backends: the int8 engine, or tract for any other ONNX file (feature `tract`).
//!
//! What the outputs mean is for `detect`, `refine` and `expression` to say.

use crate::error::Error;
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

/// One output of the last run: rows of `width` places, each with as many numbers as the output has channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output<'a> {
    pub data: &'a [f32],
    pub width: usize,
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
        plan: Option<(Size, moue_nn::Plan)>,
    },
    #[cfg(feature = "tract")]
    Tract(Box<crate::tract::Tract>),
}

impl Network {
    /// Reads a file for one of the two backends and checks that it is of this kind.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] for a file that the backend can't run, [`Error::ModelKind`] for a network of another kind.
    pub fn load(kind: Kind, bytes: &[u8], backend: Backend) -> Result<Self, Error> {
        let network = Self {
            kind,
            engine: Engine::load(kind.name(), bytes, backend)?,
        };
        let given = network.metadata("moue.kind")?;
        if given == kind.name() {
            Ok(network)
        } else {
            Err(Error::ModelKind {
                expected: kind.name(),
                given: given.to_owned(),
            })
        }
    }

    /// The metadata under `key`; [`Error::MissingMetadata`] where there is none.
    pub fn metadata(&self, key: &str) -> Result<&str, Error> {
        self.engine
            .metadata(key)
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

    /// The place of the output `name`; [`Error::ModelShape`] where there is none or it hasn't `channels` channels.
    pub fn output_index(&self, name: &str, channels: usize) -> Result<usize, Error> {
        let mut found = "no such output".to_owned();
        for (index, (given, count)) in self.engine.outputs().enumerate() {
            if given == name {
                if count == channels {
                    return Ok(index);
                }
                found = format!("{count} channels");
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
            Engine::Int8 { model, plan } => {
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
    fn load(kind: &'static str, bytes: &[u8], backend: Backend) -> Result<Self, Error> {
        if backend == Backend::Tract {
            return load_tract(kind, bytes);
        }
        match moue_nn::Model::from_bytes(bytes) {
            Ok(model) => Ok(Self::Int8 { model, plan: None }),
            Err(error)
                if cfg!(feature = "tract")
                    && backend == Backend::Auto
                    && error.is_outside_grammar() =>
            {
                log::debug!("the {kind} model goes to tract: {error}");
                load_tract(kind, bytes)
            }
            Err(error) => Err(model_error(kind, error)),
        }
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
            Self::Int8 { model, .. } => match model.input_size() {
                moue_nn::InputSize::Fixed { height, width } => {
                    Some(Size::new(width as u32, height as u32))
                }
                _ => None,
            },
            #[cfg(feature = "tract")]
            Self::Tract(tract) => tract.input_size(),
        }
    }

    fn outputs(&self) -> Box<dyn Iterator<Item = (&str, usize)> + '_> {
        match self {
            Self::Int8 { model, .. } => Box::new(
                model
                    .outputs()
                    .iter()
                    .map(|output| (output.name.as_str(), output.channels)),
            ),
            #[cfg(feature = "tract")]
            Self::Tract(tract) => Box::new(tract.outputs()),
        }
    }
}

#[cfg(feature = "tract")]
fn load_tract(kind: &'static str, bytes: &[u8]) -> Result<Engine, Error> {
    crate::tract::Tract::load(bytes)
        .map(|tract| Engine::Tract(Box::new(tract)))
        .map_err(|error| model_error(kind, error))
}

#[cfg(not(feature = "tract"))]
fn load_tract(_: &'static str, _: &[u8]) -> Result<Engine, Error> {
    Err(Error::OptionOutOfRange {
        option: "backend",
        given: "tract".to_owned(),
        allowed: "auto or int8: this build is without the cargo feature \"tract\"".to_owned(),
    })
}

fn model_error(
    model: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Model {
        model,
        source: source.into(),
    }
}

/// What a model file says of itself, and which backend runs it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelInfo {
    /// `int8` or `tract`.
    pub backend: &'static str,
    /// The input's size; `None` where it takes any.
    pub input: Option<Size>,
    /// Each output's name and number of channels.
    pub outputs: Vec<(String, usize)>,
    /// All metadata, in the file's order.
    pub metadata: Vec<(String, String)>,
    /// Numbers in the weights and biases; `None` where tract runs the file.
    pub parameters: Option<usize>,
    /// Products that one run adds up in its convolutions; `None` where the input takes any size or tract runs the file.
    pub multiply_adds: Option<u64>,
    /// Why the int8 engine doesn't run the file, where it doesn't.
    pub not_int8: Option<String>,
}

impl ModelInfo {
    /// Reads a model file of any kind.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] for a file that no backend of this build can run.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let engine = Engine::load("given", bytes, Backend::Auto)?;
        let outputs = engine
            .outputs()
            .map(|(name, channels)| (name.to_owned(), channels))
            .collect();
        let input = engine.input_size();
        Ok(match &engine {
            Engine::Int8 { model, .. } => Self {
                backend: "int8",
                input,
                outputs,
                metadata: owned(model.metadata_entries()),
                parameters: Some(model.parameters()),
                multiply_adds: input
                    .and_then(|size| model.plan(size.height as usize, size.width as usize).ok())
                    .map(|plan| plan.multiply_adds()),
                not_int8: None,
            },
            #[cfg(feature = "tract")]
            Engine::Tract(tract) => Self {
                backend: "tract",
                input,
                outputs,
                metadata: owned(tract.metadata_entries()),
                parameters: None,
                multiply_adds: None,
                not_int8: moue_nn::Model::from_bytes(bytes)
                    .err()
                    .map(|error| error.to_string()),
            },
        })
    }
}

fn owned<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    entries
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
