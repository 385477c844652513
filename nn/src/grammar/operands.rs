//! Initialisers as the grammar uses them: scalars, scales, weights, biases. Everything stays borrowed from the file; each is checked for
//! type, shape and length before a number of it is read.

use std::collections::HashMap;

use super::attributes::Place;
use crate::Error;
use crate::error::quote;
use crate::limits::Limits;
use crate::network::Quantization;
use crate::onnx::{Tensor, data_type};

/// The initialisers of a graph by name.
pub(super) struct Initializers<'n, 'a> {
    by_name: HashMap<&'a str, &'n Tensor<'a>>,
    tensor_elements: usize,
}

/// `f32` numbers as they lie in the file, without alignment.
#[derive(Clone, Copy)]
pub(super) struct Floats<'a>(&'a [u8]);

/// `i32` numbers as they lie in the file, without alignment.
#[derive(Clone, Copy)]
pub(super) struct Integers<'a>(&'a [u8]);

/// Dequantised weights of a convolution.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a> {
    pub(super) outputs: usize,
    /// Input channels of one group.
    pub(super) inputs: usize,
    pub(super) kernel: usize,
    /// `[outputs][inputs][kernel][kernel]`
    pub(super) bytes: &'a [u8],
    /// One an output channel.
    pub(super) scales: Floats<'a>,
}

/// The dequantised bias of a convolution.
#[derive(Clone, Copy)]
pub(super) struct Bias<'a> {
    pub(super) values: Integers<'a>,
    /// One an output channel.
    pub(super) scales: Floats<'a>,
}

impl<'a> Floats<'a> {
    pub(super) fn iter(self) -> impl Iterator<Item = f32> + 'a {
        self.0
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes))
    }
}

impl<'a> Integers<'a> {
    pub(super) fn len(self) -> usize {
        self.0.len() / 4
    }

    pub(super) fn iter(self) -> impl Iterator<Item = i32> + 'a {
        self.0
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&bytes| i32::from_le_bytes(bytes))
    }
}

impl<'n, 'a> Initializers<'n, 'a> {
    pub(super) fn new(tensors: &'n [Tensor<'a>], limits: &Limits) -> Result<Self, Error> {
        let mut by_name = HashMap::with_capacity(tensors.len());
        for tensor in tensors {
            if by_name.insert(tensor.name, tensor).is_some() {
                return Err(Error::malformed(format!(
                    "two initialisers are named {}",
                    quote(tensor.name)
                )));
            }
        }
        Ok(Initializers {
            by_name,
            tensor_elements: limits.tensor_elements,
        })
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The ONNX element type of an initialiser.
    pub(super) fn element_type(&self, name: &str) -> Option<i64> {
        self.by_name.get(name).map(|tensor| tensor.data_type)
    }

    /// A finite, positive scale and its zero point, for a whole tensor.
    pub(super) fn quantization(
        &self,
        place: &Place<'_, '_>,
        scale: &str,
        zero_point: &str,
    ) -> Result<Quantization, Error> {
        let value = self.scalar(place, scale)?;
        check_scale(place, scale, value)?;
        let bytes = self.one(place, zero_point, data_type::UINT8)?;
        Ok(Quantization {
            scale: value,
            zero_point: bytes[0],
        })
    }

    /// A single `f32`.
    pub(super) fn scalar(&self, place: &Place<'_, '_>, name: &str) -> Result<f32, Error> {
        let bytes = self.one(place, name, data_type::FLOAT)?;
        Ok(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// Weights: `[O, I, k, k]` in eight bits, a scale an output channel, zero points of zero.
    pub(super) fn weights(
        &self,
        place: &Place<'_, '_>,
        [name, scale, zero_point]: [&str; 3],
    ) -> Result<Weights<'a>, Error> {
        let (bytes, dims) = self.data(place, name, data_type::INT8)?;
        let &[outputs, inputs, height, width] = dims.as_slice() else {
            return Err(place.error(
                format!("weights {} of shape {dims:?}", quote(name)),
                "[O, I, k, k]",
            ));
        };
        if height != width || !matches!(height, 1 | 3) {
            return Err(place.error(
                format!("weights {} with a {height}x{width} kernel", quote(name)),
                "1x1 or 3x3",
            ));
        }
        let scales = self.scales(place, scale, outputs)?;
        self.zeros(place, zero_point, data_type::INT8, outputs)?;
        Ok(Weights {
            outputs,
            inputs,
            kernel: height,
            bytes,
            scales,
        })
    }

    /// A bias: `[O]` in 32 bits, a scale an output channel, zero points of zero.
    pub(super) fn bias(
        &self,
        place: &Place<'_, '_>,
        [name, scale, zero_point]: [&str; 3],
    ) -> Result<Bias<'a>, Error> {
        let (bytes, dims) = self.data(place, name, data_type::INT32)?;
        let &[outputs] = dims.as_slice() else {
            return Err(place.error(format!("bias {} of shape {dims:?}", quote(name)), "[O]"));
        };
        let scales = self.scales(place, scale, outputs)?;
        self.zeros(place, zero_point, data_type::INT32, outputs)?;
        Ok(Bias {
            values: Integers(bytes),
            scales,
        })
    }

    fn scales(
        &self,
        place: &Place<'_, '_>,
        name: &str,
        outputs: usize,
    ) -> Result<Floats<'a>, Error> {
        let (bytes, dims) = self.data(place, name, data_type::FLOAT)?;
        if dims != [outputs] {
            return Err(place.error(
                format!("scale {} of shape {dims:?}", quote(name)),
                format!("[{outputs}], one an output channel"),
            ));
        }
        let scales = Floats(bytes);
        scales
            .iter()
            .try_for_each(|scale| check_scale(place, name, scale))?;
        Ok(scales)
    }

    fn zeros(
        &self,
        place: &Place<'_, '_>,
        name: &str,
        element_type: i64,
        outputs: usize,
    ) -> Result<(), Error> {
        let (bytes, dims) = self.data(place, name, element_type)?;
        if dims != [outputs] {
            return Err(place.error(
                format!("zero point {} of shape {dims:?}", quote(name)),
                format!("[{outputs}], one an output channel"),
            ));
        }
        if bytes.iter().any(|&byte| byte != 0) {
            return Err(place.error(
                format!("zero point {} with a number other than 0", quote(name)),
                "all 0",
            ));
        }
        Ok(())
    }

    /// The bytes of an initialiser with one element: a scalar, or a list of one.
    fn one(&self, place: &Place<'_, '_>, name: &str, element_type: i64) -> Result<&'a [u8], Error> {
        let (bytes, dims) = self.data(place, name, element_type)?;
        match dims.as_slice() {
            [] | [1] => Ok(bytes),
            _ => Err(place.error(
                format!("initialiser {} of shape {dims:?}", quote(name)),
                "a single number",
            )),
        }
    }

    /// The bytes and dimensions of an initialiser of this type. There are as many bytes as the dimensions say.
    fn data(
        &self,
        place: &Place<'_, '_>,
        name: &str,
        element_type: i64,
    ) -> Result<(&'a [u8], Vec<usize>), Error> {
        let shown = quote(name);
        let Some(&tensor) = self.by_name.get(name) else {
            return Err(place.error(
                format!("input {shown}, which is no initialiser"),
                "an initialiser",
            ));
        };
        if tensor.data_type != element_type {
            return Err(place.error(
                format!(
                    "initialiser {shown} of type {}",
                    type_name(tensor.data_type)
                ),
                type_name(element_type),
            ));
        }
        if tensor.is_external {
            return Err(place.error(
                format!("initialiser {shown} with its data in another file"),
                "data in this file",
            ));
        }
        let mut dims = Vec::with_capacity(tensor.dims.len());
        let mut elements = 1usize;
        for &dim in &tensor.dims {
            let size = usize::try_from(dim).ok().filter(|&size| size > 0);
            let size = size.ok_or_else(|| {
                place.error(
                    format!("initialiser {shown} with a dimension of {dim}"),
                    "1 or more",
                )
            })?;
            elements = elements.saturating_mul(size);
            dims.push(size);
        }
        crate::limits::check("elements in one tensor", elements, self.tensor_elements)?;
        let Some(bytes) = tensor.raw else {
            return Err(place.error(
                format!("initialiser {shown} without raw_data"),
                "its numbers in raw_data",
            ));
        };
        let size = if matches!(element_type, data_type::FLOAT | data_type::INT32) {
            4
        } else {
            1
        };
        if elements.checked_mul(size) != Some(bytes.len()) {
            return Err(Error::malformed(format!(
                "initialiser {shown} has {} bytes of data, but its shape {dims:?} of {} takes {elements} times {size}",
                bytes.len(),
                type_name(element_type)
            )));
        }
        Ok((bytes, dims))
    }
}

fn check_scale(place: &Place<'_, '_>, name: &str, scale: f32) -> Result<(), Error> {
    // A subnormal scale would make results depend on whether the CPU flushes such numbers to zero.
    if scale.is_normal() && scale > 0.0 {
        return Ok(());
    }
    Err(place.error(
        format!("scale {} of {scale:e}", quote(name)),
        "a finite, positive number of normal precision",
    ))
}

fn type_name(element_type: i64) -> String {
    match element_type {
        data_type::FLOAT => "float32".to_owned(),
        data_type::UINT8 => "uint8".to_owned(),
        data_type::INT8 => "int8".to_owned(),
        data_type::INT32 => "int32".to_owned(),
        other => format!("ONNX type number {other}"),
    }
}
