//! What the library and model files say of themselves.

use crate::error::NativeError;
use crate::face::Size;
use crate::guard::guarded;

/// What a network is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ModelKind {
    /// Finds faces in a picture.
    Detector,
    /// Makes a face's points exact.
    Refiner,
    /// Reads the expression of an aligned face.
    Expression,
}

/// One output of a network.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ModelOutput {
    /// Its name in the file.
    pub name: String,
    /// Numbers at each place, where the file declares them.
    pub channels: Option<u32>,
}

/// One entry of a model file's metadata.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct MetadataEntry {
    /// The key, such as `moue.kind`.
    pub key: String,
    /// The value as it stands in the file.
    pub value: String,
}

/// What a model file says of itself.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ModelInfo {
    /// The input's size; left out where the network takes any.
    pub input: Option<Size>,
    /// The outputs, in the file's order.
    pub outputs: Vec<ModelOutput>,
    /// All metadata, in the file's order.
    pub metadata: Vec<MetadataEntry>,
    /// Numbers in the weights and biases.
    pub parameters: Option<u64>,
    /// Products that one run adds up; left out where the network takes any size.
    pub multiply_adds: Option<u64>,
}

/// The version of this library, as in `0.1.0`: a wrapper compares it with its own.
///
/// # Errors
///
/// None today.
#[uniffi::export]
pub fn version() -> Result<String, NativeError> {
    Ok(env!("CARGO_PKG_VERSION").to_owned())
}

/// The name of the kernels with which networks run on this CPU, after their instruction set. All give the same results.
///
/// # Errors
///
/// None today.
#[uniffi::export]
pub fn kernels() -> Result<String, NativeError> {
    guarded(|| (), || Ok(moue::int8_kernels().to_owned()))
}

/// What a model file says of itself.
///
/// # Errors
///
/// [`NativeError::BadModel`] for a file that this library can't run.
#[uniffi::export]
pub fn model_info(onnx: &[u8]) -> Result<ModelInfo, NativeError> {
    guarded(|| (), || Ok(moue::ModelInfo::read(onnx)?.into()))
}

/// What a network inside this library says of itself.
///
/// # Errors
///
/// None today.
#[uniffi::export]
pub fn embedded_model_info(kind: ModelKind) -> Result<ModelInfo, NativeError> {
    let kind = match kind {
        ModelKind::Detector => moue::Kind::Detector,
        ModelKind::Refiner => moue::Kind::Refiner,
        ModelKind::Expression => moue::Kind::Expression,
    };
    model_info(moue::embedded_model(kind))
}

impl From<moue::ModelInfo> for ModelInfo {
    fn from(info: moue::ModelInfo) -> Self {
        let moue::ModelInfo {
            input,
            outputs,
            metadata,
            parameters,
            multiply_adds,
            ..
        } = info;
        Self {
            input: input.map(Into::into),
            outputs: outputs
                .into_iter()
                .map(|(name, channels)| ModelOutput {
                    name,
                    channels: channels.map(|channels| channels as u32),
                })
                .collect(),
            metadata: metadata
                .into_iter()
                .map(|(key, value)| MetadataEntry { key, value })
                .collect(),
            parameters: parameters.map(|count| count as u64),
            multiply_adds,
        }
    }
}
