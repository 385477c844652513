//! Any other ONNX file through tract: f32 networks, and an oracle for the int8 engine. Slower, and it allocates on every run.

mod decoded_size;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::{ModelProto, ValueInfoProto, tensor_shape_proto::dimension, type_proto};
use tract_onnx::prelude::*;

use crate::geometry::Size;
use crate::network::{MAX_MODEL_BYTES, Output};

/// Pixels of an input above which a network isn't planned.
const MAX_PIXELS: u64 = 1 << 22;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A network in tract, with the outputs of its last run.
pub(crate) struct Tract {
    model: InferenceModel,
    metadata: Vec<(String, String)>,
    input: Option<Size>,
    names: Vec<(String, usize)>,
    plan: Option<(Size, Arc<TypedSimplePlan>)>,
    outputs: Vec<Values>,
}

/// One output in height, width, channel order.
struct Values {
    data: Vec<f32>,
    width: usize,
}

impl fmt::Debug for Tract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tract")
            .field("input", &self.input)
            .field("outputs", &self.names)
            .finish_non_exhaustive()
    }
}

impl Tract {
    /// Reads a file with one input `[1, 1, H, W]`, fixed or open in height and width.
    pub fn load(bytes: &[u8]) -> Result<Self, Failure> {
        caught(|| Self::read(bytes))
    }

    fn read(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.len() > MAX_MODEL_BYTES {
            return Err(format!(
                "the file has {} bytes: at most {MAX_MODEL_BYTES} are read",
                bytes.len()
            )
            .into());
        }
        decoded_size::check(bytes)?;
        let onnx = tract_onnx::onnx();
        let proto = onnx.proto_model_for_read(&mut &*bytes).map_err(failure)?;
        let model = onnx.model_for_proto_model(&proto).map_err(failure)?;
        let graph = proto.graph.as_ref().ok_or("the file holds no graph")?;
        let weights = |name: &str| graph.initializer.iter().any(|tensor| tensor.name == name);
        let inputs: Vec<_> = graph
            .input
            .iter()
            .filter(|input| !weights(&input.name))
            .collect();
        let [input] = inputs[..] else {
            return Err(format!(
                "the network has {} inputs: exactly one is needed, luma [1, 1, H, W]",
                inputs.len()
            )
            .into());
        };
        let names = graph
            .output
            .iter()
            .map(|output| {
                let channels = dims(output).get(1).copied().flatten().unwrap_or(0);
                (output.name.clone(), channels as usize)
            })
            .collect();
        Ok(Self {
            model,
            metadata: metadata(&proto),
            input: input_size(input)?,
            names,
            plan: None,
            outputs: Vec::new(),
        })
    }

    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata_entries()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    pub fn metadata_entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metadata
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub fn input_size(&self) -> Option<Size> {
        self.input
    }

    pub fn outputs(&self) -> impl Iterator<Item = (&str, usize)> {
        self.names
            .iter()
            .map(|(name, channels)| (name.as_str(), *channels))
    }

    /// Runs on full-range luma bytes, which are divided by 255.
    pub fn run(&mut self, luma: &[u8], size: Size) -> Result<(), Failure> {
        caught(|| self.plan_and_run(luma, size))
    }

    fn plan_and_run(&mut self, luma: &[u8], size: Size) -> Result<(), Failure> {
        let (height, width) = (size.height as usize, size.width as usize);
        if self
            .plan
            .as_ref()
            .is_none_or(|(planned, _)| *planned != size)
        {
            if size.pixels() > MAX_PIXELS {
                return Err(format!("an input of {size} is over {MAX_PIXELS} pixels").into());
            }
            let plan = self
                .model
                .clone()
                .with_input_fact(0, f32::fact([1, 1, height, width]).into())
                .and_then(|model| model.into_optimized()?.into_runnable())
                .map_err(failure)?;
            self.plan = Some((size, plan));
        }
        let (_, plan) = self.plan.as_ref().expect("a plan was just made");
        let pixels = luma.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let input = tract_ndarray::Array4::from_shape_vec((1, 1, height, width), pixels)?;
        let outputs = plan
            .run(tvec!(Tensor::from(input).into()))
            .map_err(failure)?;
        self.outputs = outputs
            .iter()
            .zip(&self.names)
            .map(|(tensor, (name, channels))| values(tensor, name, *channels))
            .collect::<Result<_, _>>()?;
        Ok(())
    }

    pub fn output(&self, index: usize) -> Output<'_> {
        let Values { data, width } = &self.outputs[index];
        Output {
            data,
            width: *width,
        }
    }
}

/// The output `name`, `[1, C]` or `[1, C, H, W]`, in height, width, channel order; it must have the channels that the file declares.
fn values(tensor: &Tensor, name: &str, declared: usize) -> Result<Values, Failure> {
    let view = tensor.to_plain_array_view::<f32>().map_err(failure)?;
    let (channels, height, width) = match *view.shape() {
        [1, channels] => (channels, 1, 1),
        [1, channels, height, width] => (channels, height, width),
        ref shape => {
            return Err(
                format!("an output has shape {shape:?}: [1, C] or [1, C, H, W] is needed").into(),
            );
        }
    };
    if channels != declared || height * width == 0 {
        return Err(format!(
            "output \"{name}\" has shape {:?}, but {declared} channels are declared",
            tensor.shape()
        )
        .into());
    }
    let places = view.into_shape_with_order((channels, height * width))?;
    Ok(Values {
        data: places.t().iter().copied().collect(),
        width,
    })
}

fn metadata(proto: &ModelProto) -> Vec<(String, String)> {
    proto
        .metadata_props
        .iter()
        .map(|entry| (entry.key.clone(), entry.value.clone()))
        .collect()
}

/// The declared dimensions; `None` for one that is open.
fn dims(value: &ValueInfoProto) -> Vec<Option<u32>> {
    let kind = value.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    let Some(type_proto::Value::TensorType(tensor)) = kind else {
        return Vec::new();
    };
    let shape = tensor.shape.iter().flat_map(|shape| &shape.dim);
    shape
        .map(|dim| match dim.value {
            Some(dimension::Value::DimValue(count)) => u32::try_from(count).ok(),
            _ => None,
        })
        .collect()
}

fn input_size(input: &ValueInfoProto) -> Result<Option<Size>, Failure> {
    match dims(input)[..] {
        [None | Some(1), Some(1), Some(height), Some(width)] => Ok(Some(Size::new(width, height))),
        [None | Some(1), Some(1), None, None] => Ok(None),
        ref other => Err(format!(
            "the input has shape {other:?}: [1, 1, H, W] is needed, luma divided by 255"
        )
        .into()),
    }
}

/// Runs tract, whose parser panics on some files that contradict themselves; those are errors here.
fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("the file contradicts itself: tract gave up on it".into()))
}

fn failure(error: TractError) -> Failure {
    // The whole chain, since tract's outermost words rarely name the operator.
    format!("{error:#}").into()
}
