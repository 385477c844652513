//! Any other ONNX file through tract: f32 networks, and an oracle for the int8 engine. Slower, and it allocates on every run.
//!
//! What a file's input and outputs mean is said by a `Feed` and by the stages.

mod decoded_size;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension;
use tract_onnx::pb::{ModelProto, ValueInfoProto, type_proto};
use tract_onnx::prelude::*;

use crate::feed::Feed;
use crate::geometry::Size;
use crate::network::{MAX_MODEL_BYTES, Output, OutputFacts};

/// Pixels of an input above which a network isn't planned.
const MAX_PIXELS: u64 = 1 << 22;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A file that has been read: what it says of itself.
pub(crate) struct File {
    model: InferenceModel,
    metadata: Vec<(String, String)>,
    shape: Vec<Option<u32>>,
    outputs: Vec<OutputFacts>,
}

/// A network in tract that knows how it is fed, with the outputs of its last run.
pub(crate) struct Tract {
    file: File,
    feed: Feed,
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
            .field("feed", &self.feed)
            .field("outputs", &self.file.outputs)
            .finish_non_exhaustive()
    }
}

impl File {
    /// Reads a file with one input of real numbers.
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
            let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
            return Err(format!(
                "the network has {} inputs ({}): exactly one is needed, the picture of a face",
                inputs.len(),
                names.join(", ")
            )
            .into());
        };
        check_real(input, "input")?;
        let mut outputs = Vec::new();
        for output in &graph.output {
            check_real(output, "output")?;
            let made_by = graph
                .node
                .iter()
                .find(|node| node.output.contains(&output.name));
            outputs.push(OutputFacts {
                name: output.name.clone(),
                channels: dims(output)
                    .get(1)
                    .copied()
                    .flatten()
                    .map(|channels| channels as usize),
                is_softmax: made_by.is_some_and(|node| node.op_type == "Softmax"),
            });
        }
        Ok(Self {
            model,
            metadata: metadata(&proto),
            shape: dims(input),
            outputs,
        })
    }

    /// The network, to be fed so.
    pub fn fed(self, feed: Feed) -> Tract {
        Tract {
            file: self,
            feed,
            plan: None,
            outputs: Vec::new(),
        }
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

    /// The input's declared dimensions; `None` for one that is open.
    pub fn shape(&self) -> &[Option<u32>] {
        &self.shape
    }

    pub fn outputs(&self) -> &[OutputFacts] {
        &self.outputs
    }
}

impl Tract {
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.file.metadata(key)
    }

    /// `None` for a network that takes any size.
    pub fn input_size(&self) -> Option<Size> {
        self.feed.size
    }

    pub fn outputs(&self) -> &[OutputFacts] {
        self.file.outputs()
    }

    /// Runs on full-range luma bytes, which are fed as the feed says.
    pub fn run(&mut self, luma: &[u8], size: Size) -> Result<(), Failure> {
        caught(|| self.plan_and_run(luma, size))
    }

    fn plan_and_run(&mut self, luma: &[u8], size: Size) -> Result<(), Failure> {
        let shape = self.feed.shape(size);
        if self
            .plan
            .as_ref()
            .is_none_or(|(planned, _)| *planned != size)
        {
            if size.pixels() > MAX_PIXELS {
                return Err(format!("an input of {size} is over {MAX_PIXELS} pixels").into());
            }
            let plan = self
                .file
                .model
                .clone()
                .with_input_fact(0, f32::fact(shape).into())
                .and_then(|model| model.into_optimized()?.into_runnable())
                .map_err(failure)?;
            self.plan = Some((size, plan));
        }
        let (_, plan) = self.plan.as_ref().expect("a plan was just made");
        let input = tract_ndarray::Array4::from_shape_vec(shape, self.feed.values(luma))?;
        let outputs = plan
            .run(tvec!(Tensor::from(input).into()))
            .map_err(failure)?;
        self.outputs = outputs
            .iter()
            .zip(&self.file.outputs)
            .map(|(tensor, facts)| values(tensor, facts))
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

/// The output, `[1, C]` or `[1, C, H, W]`, in height, width, channel order; it must have the channels that the file declares.
fn values(tensor: &Tensor, facts: &OutputFacts) -> Result<Values, Failure> {
    let view = tensor.to_plain_array_view::<f32>().map_err(failure)?;
    let name = &facts.name;
    let (channels, height, width) = match *view.shape() {
        [1, channels] => (channels, 1, 1),
        [1, channels, height, width] => (channels, height, width),
        ref shape => {
            return Err(format!(
                "output \"{name}\" has shape {shape:?}: [1, C] or [1, C, H, W] is needed"
            )
            .into());
        }
    };
    let declared = facts.channels.unwrap_or(channels);
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

/// Fails unless an input or output is declared as a tensor of `float32`.
fn check_real(value: &ValueInfoProto, what: &str) -> Result<(), Failure> {
    let name = &value.name;
    let kind = value.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    let Some(type_proto::Value::TensorType(tensor)) = kind else {
        return Err(format!(
            "{what} \"{name}\" is declared as no tensor: a tensor of float32 is needed; export the network without post-processing"
        )
        .into());
    };
    let element = DataType::try_from(tensor.elem_type).unwrap_or(DataType::Undefined);
    if element == DataType::Float {
        return Ok(());
    }
    let element = format!("{element:?}").to_lowercase();
    Err(format!(
        "{what} \"{name}\" holds {element} numbers: float32 is needed; export the network so"
    )
    .into())
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

/// Runs tract, whose parser panics on some files that contradict themselves; those are errors here.
fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("the file contradicts itself: tract gave up on it".into()))
}

fn failure(error: TractError) -> Failure {
    // The whole chain, since tract's outermost words rarely name the operator.
    format!("{error:#}").into()
}
