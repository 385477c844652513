//! What a model file of any make says of itself, without an opinion on what it is for.

use crate::error::Error;
use crate::geometry::Size;
use crate::network::{int8_size, model_error};

/// What a model file says of itself, and which backend runs it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelInfo {
    /// `int8` or `tract`.
    pub backend: &'static str,
    /// The input's size; `None` where it takes any, or where its shape is no picture.
    pub input: Option<Size>,
    /// The input's declared dimensions; `None` for one that is open.
    pub input_shape: Vec<Option<u32>>,
    /// Each output's name and number of channels, where it is declared.
    pub outputs: Vec<(String, Option<usize>)>,
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
        match moue_nn::Model::from_bytes(bytes) {
            Ok(model) => Ok(Self::of_int8(&model)),
            Err(error) if cfg!(feature = "tract") && error.is_outside_grammar() => {
                Self::of_other(bytes, &error)
            }
            Err(error) => Err(model_error("given", error)),
        }
    }

    fn of_int8(model: &moue_nn::Model) -> Self {
        let input = int8_size(model);
        let outputs = model.outputs().iter();
        Self {
            backend: "int8",
            input,
            input_shape: vec![
                Some(1),
                Some(1),
                input.map(|size| size.height),
                input.map(|size| size.width),
            ],
            outputs: outputs
                .map(|output| (output.name.clone(), Some(output.channels)))
                .collect(),
            metadata: owned(model.metadata_entries()),
            parameters: Some(model.parameters()),
            multiply_adds: input
                .and_then(|size| model.plan(size.height as usize, size.width as usize).ok())
                .map(|plan| plan.multiply_adds()),
            not_int8: None,
        }
    }

    #[cfg(feature = "tract")]
    fn of_other(bytes: &[u8], not_int8: &moue_nn::Error) -> Result<Self, Error> {
        let file = crate::tract::File::load(bytes).map_err(|error| model_error("given", error))?;
        let outputs = file.outputs().iter();
        Ok(Self {
            backend: "tract",
            input: match *file.shape() {
                [_, Some(1 | 3), Some(height), Some(width)]
                | [_, Some(height), Some(width), Some(1 | 3)] => Some(Size::new(width, height)),
                _ => None,
            },
            input_shape: file.shape().to_vec(),
            outputs: outputs
                .map(|output| (output.name.clone(), output.channels))
                .collect(),
            metadata: owned(file.metadata_entries()),
            parameters: None,
            multiply_adds: None,
            not_int8: Some(not_int8.to_string()),
        })
    }

    #[cfg(not(feature = "tract"))]
    fn of_other(_: &[u8], not_int8: &moue_nn::Error) -> Result<Self, Error> {
        Err(model_error("given", not_int8.to_string()))
    }
}

fn owned<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    entries
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
