//! A model: a file parsed, checked, fused and packed for this CPU, ready to be planned for pictures of a size.

use std::sync::Arc;

use crate::kernels::{KernelSet, Kernels, PackedConvolution};
use crate::network::Network;
use crate::{Error, InputSize, Limits, OutputInfo, Plan, grammar, onnx};

/// A model that [`Model::plan`] makes runnable. Cloning shares the weights.
#[derive(Clone)]
pub struct Model {
    shared: Arc<Shared>,
}

/// What a model and its plans have in common.
pub(crate) struct Shared {
    pub(crate) network: Network<Box<dyn PackedConvolution>>,
    pub(crate) kernels: &'static dyn Kernels,
    pub(crate) limits: Limits,
    outputs: Vec<OutputInfo>,
    metadata: Vec<(String, String)>,
    nodes: usize,
}

impl Model {
    /// Reads a file within [`Limits::default`].
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the bytes are no sound ONNX file; [`Error::UnsupportedOperator`], [`Error::Grammar`] and
    /// [`Error::Model`] when it is outside the grammar, and [`Error::Limit`] when it asks for too much ([`Error::is_outside_grammar`] tells).
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, Error> {
        Self::from_bytes_with_limits(bytes, &Limits::default())
    }

    /// Reads a file within limits of your own. They hold for the model's plans too.
    ///
    /// # Errors
    ///
    /// As [`Model::from_bytes`]; besides, a file with a fixed input size whose shapes don't fit each other fails here.
    pub fn from_bytes_with_limits(bytes: &[u8], limits: &Limits) -> Result<Model, Error> {
        Self::from_bytes_with_kernels(bytes, limits, KernelSet::best())
    }

    /// Reads a file for a set of kernels of your own choice, to test or compare them.
    ///
    /// # Errors
    ///
    /// As [`Model::from_bytes_with_limits`]; besides, [`Error::Kernels`] when this CPU can't run the set.
    pub fn from_bytes_with_kernels(
        bytes: &[u8],
        limits: &Limits,
        kernels: KernelSet,
    ) -> Result<Model, Error> {
        if !kernels.is_supported() {
            return Err(Error::Kernels {
                name: kernels.name(),
            });
        }
        let kernels = kernels.kernels();
        let file = onnx::parse(bytes, limits)?;
        let network = grammar::read(&file, limits)?.map(|convolution| kernels.pack(&convolution));
        let shared = Shared {
            outputs: network
                .outputs
                .iter()
                .map(|output| output.info.clone())
                .collect(),
            network,
            kernels,
            limits: limits.clone(),
            metadata: unique(&file.metadata)?,
            nodes: file.graph.nodes.len(),
        };
        if let InputSize::Fixed { height, width } = shared.network.input {
            crate::sizes::Sizes::of(&shared.network, limits, height, width)?;
        }
        Ok(Model {
            shared: Arc::new(shared),
        })
    }

    /// The value of a metadata entry, if the file has it.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata_entries()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// All metadata entries, key and value, in the file's order.
    pub fn metadata_entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.shared
            .metadata
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Which sizes of picture the model takes.
    pub fn input_size(&self) -> InputSize {
        self.shared.network.input
    }

    /// The model's outputs, in the order in which [`Plan::output`] counts them.
    pub fn outputs(&self) -> &[OutputInfo] {
        &self.shared.outputs
    }

    /// Weights and biases of all convolutions.
    pub fn parameters(&self) -> usize {
        self.shared.network.parameters
    }

    /// Nodes in the file.
    pub fn nodes(&self) -> usize {
        self.shared.nodes
    }

    /// Integer operations that the nodes were fused to.
    pub fn operations(&self) -> usize {
        self.shared.network.operations.len()
    }

    /// Makes everything ready to run on pictures of `height` rows and `width` columns. All memory is taken here.
    ///
    /// # Errors
    ///
    /// [`Error::Size`] when the model doesn't take this size, [`Error::Limit`] when the plan would need more memory than allowed.
    pub fn plan(&self, height: usize, width: usize) -> Result<Plan, Error> {
        Plan::new(Arc::clone(&self.shared), height, width)
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("input_size", &self.input_size())
            .field("outputs", &self.shared.outputs)
            .field("parameters", &self.parameters())
            .field("nodes", &self.nodes())
            .finish_non_exhaustive()
    }
}

/// Owned copies of metadata entries, each key once.
fn unique(entries: &[(&str, &str)]) -> Result<Vec<(String, String)>, Error> {
    for (index, (key, _)) in entries.iter().enumerate() {
        if entries[..index].iter().any(|(earlier, _)| earlier == key) {
            return Err(Error::malformed(format!(
                "metadata entry {} stands there twice",
                crate::error::quote(key)
            )));
        }
    }
    Ok(entries
        .iter()
        .map(|&(key, value)| (key.to_owned(), value.to_owned()))
        .collect())
}
