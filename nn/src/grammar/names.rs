//! What the tensor names of a graph stand for, and who may read what. Which operator needs which meaning is left to [`super`].

use super::Walk;
use super::attributes::Place;
use super::convolution::Convolved;
use super::operands::{Bias, Weights};
use crate::Error;
use crate::error::quote;
use crate::network::TensorId;

/// What a tensor name of the graph stands for.
#[derive(Clone, Copy)]
pub(super) enum Meaning<'n, 'a> {
    /// The picture, as real numbers.
    Picture,
    /// Real results that wait for what follows them. Each has one consumer.
    Convolved(Convolved<'n, 'a>),
    Flattened(Convolved<'n, 'a>),
    Sum([TensorId; 2], Place<'n, 'a>),
    Pooled(TensorId, Place<'n, 'a>),
    /// Bytes.
    Quantized(TensorId),
    /// Bytes dequantised again, to be read by any number of operators.
    Activation(TensorId),
    Weights(Weights<'a>),
    Bias(Bias<'a>),
}

pub(super) struct Named<'n, 'a> {
    pub(super) meaning: Meaning<'n, 'a>,
    pub(super) is_used: bool,
}

impl<'n, 'a> Walk<'n, 'a, '_> {
    /// The tensor behind an operator's dequantised input.
    pub(super) fn activation(
        &mut self,
        place: &Place<'n, 'a>,
        name: &'a str,
    ) -> Result<TensorId, Error> {
        match self.consume(place, name)? {
            Meaning::Activation(tensor) => Ok(tensor),
            _ => Err(self.misplaced(place, name, "the result of a DequantizeLinear over bytes")),
        }
    }

    /// What a node's input stands for. Real results can be asked for once.
    pub(super) fn consume(
        &mut self,
        place: &Place<'n, 'a>,
        name: &'a str,
    ) -> Result<Meaning<'n, 'a>, Error> {
        let Some(named) = self.names.get_mut(name) else {
            if self.initializers.contains(name) {
                return Err(place.error(
                    format!("input {}, an initialiser", quote(name)),
                    "the result of a node",
                ));
            }
            return Err(Error::malformed(format!(
                "node {} ({}) reads tensor {}, which nothing before it makes",
                quote(place.name()),
                place.node.operator,
                quote(name)
            )));
        };
        let is_shared = matches!(
            named.meaning,
            Meaning::Quantized(_) | Meaning::Activation(_) | Meaning::Weights(_) | Meaning::Bias(_)
        );
        if named.is_used && !is_shared {
            return Err(place.error(
                format!("input {}, which another node reads already", quote(name)),
                "one reader of each unquantised tensor",
            ));
        }
        named.is_used = true;
        Ok(named.meaning)
    }

    pub(super) fn misplaced(&self, place: &Place<'_, '_>, input: &str, allowed: &str) -> Error {
        let found = match self.names.get(input).map(|named| named.meaning) {
            Some(Meaning::Picture) => "the graph's input",
            Some(Meaning::Convolved(Convolved {
                bounds: Some(_), ..
            })) => "the result of a Relu or Clip",
            Some(Meaning::Convolved(_)) => "the result of a Conv",
            Some(Meaning::Flattened(_)) => "the result of a Flatten",
            Some(Meaning::Sum(..)) => "the result of an Add",
            Some(Meaning::Pooled(..)) => "the result of a GlobalAveragePool",
            Some(Meaning::Quantized(_)) => "the result of a QuantizeLinear",
            Some(Meaning::Activation(_)) => "the result of a DequantizeLinear over bytes",
            Some(Meaning::Weights(_)) => "dequantised weights",
            Some(Meaning::Bias(_)) => "a dequantised bias",
            None => "something unknown",
        };
        place.error(format!("input {}, {found}", quote(input)), allowed)
    }

    pub(super) fn define(&mut self, name: &'a str, meaning: Meaning<'n, 'a>) -> Result<(), Error> {
        let previous = self.names.insert(
            name,
            Named {
                meaning,
                is_used: false,
            },
        );
        if previous.is_some() || self.initializers.contains(name) {
            return Err(Error::malformed(format!(
                "tensor {} is made twice",
                quote(name)
            )));
        }
        Ok(())
    }
}
