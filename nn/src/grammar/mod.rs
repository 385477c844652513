//! Checks a graph against the grammar of `docs/model-format.md` and fuses each quantised island into one integer operation. It walks the
//! nodes once, in their order, and gives every tensor name a meaning; what has no meaning is an error that names the node. Heights and
//! widths are left to [`crate::plan`].

mod attributes;
mod boundary;
mod convolution;
mod names;
mod operands;

use std::collections::HashMap;

use attributes::Place;
use boundary::{check_versions, declared_size, is_default, picture};
use convolution::{Bounds, Convolved};
use names::{Meaning, Named};
use operands::Initializers;

use crate::Error;
use crate::error::quote;
use crate::limits::{Limits, check};
use crate::network::{
    Addition, Convolution, Kind, Network, Operation, Output, OutputInfo, Quantization,
    Requantization, Target, Tensor, TensorId,
};
use crate::onnx::{Graph, Model, Node, ValueInfo, data_type};

/// The largest factor that an addition may multiply by: sums of two such products stay finite.
const LARGEST_FACTOR: f32 = 1e30;

/// Reads the network out of a file's messages.
pub(crate) fn read<'a>(
    model: &Model<'a>,
    limits: &Limits,
) -> Result<Network<Convolution<'a>>, Error> {
    check_versions(model)?;
    let graph = &model.graph;
    let input = picture(graph)?;
    let mut walk = Walk {
        initializers: Initializers::new(&graph.initializers, limits)?,
        limits,
        names: HashMap::with_capacity(graph.nodes.len() + 1),
        network: Network {
            input: input.1,
            tensors: Vec::new(),
            operations: Vec::new(),
            outputs: Vec::new(),
            parameters: 0,
        },
        positions: Vec::new(),
    };
    walk.define(input.0, Meaning::Picture)?;
    for (position, node) in graph.nodes.iter().enumerate() {
        walk.node(position, node)?;
    }
    for output in &graph.outputs {
        walk.output(output)?;
    }
    walk.finish(graph)
}

/// The state of one walk over the nodes.
struct Walk<'n, 'a, 'l> {
    initializers: Initializers<'n, 'a>,
    limits: &'l Limits,
    names: HashMap<&'a str, Named<'n, 'a>>,
    network: Network<Convolution<'a>>,
    /// For each operation, where in the file it becomes computable: the order in which they run.
    positions: Vec<usize>,
}

impl<'n, 'a> Walk<'n, 'a, '_> {
    fn node(&mut self, position: usize, node: &'n Node<'a>) -> Result<(), Error> {
        let place = Place { node };
        if !is_default(node.domain) {
            let operator = format!("{}::{}", node.domain, node.operator);
            return Err(Error::UnsupportedOperator {
                operator,
                node: place.name().to_owned(),
            });
        }
        let meaning = match node.operator {
            "QuantizeLinear" => Meaning::Quantized(self.quantize(position, place)?),
            "DequantizeLinear" => self.dequantize(place)?,
            "Conv" => self.convolution(position, place)?,
            "Relu" => self.relu(place)?,
            "Clip" => self.clip(place)?,
            "Add" => self.add(place)?,
            "GlobalAveragePool" => {
                place.only_attributes(&[])?;
                let [input] = place.inputs()?;
                Meaning::Pooled(self.activation(&place, input)?, place)
            }
            "Flatten" => self.flatten(place)?,
            other => {
                return Err(Error::UnsupportedOperator {
                    operator: other.to_owned(),
                    node: place.name().to_owned(),
                });
            }
        };
        self.define(place.output()?, meaning)
    }

    /// Emits the operation whose real result this node makes bytes of.
    fn quantize(&mut self, position: usize, place: Place<'n, 'a>) -> Result<TensorId, Error> {
        place.only_attributes(&["axis", "saturate", "block_size", "output_dtype"])?;
        place.int_among("block_size", &[0])?;
        place.int_among("output_dtype", &[0, data_type::UINT8])?;
        let [input, scale, zero_point] = place.inputs()?;
        let quantization = self.initializers.quantization(&place, scale, zero_point)?;
        let output = self.network.tensors.len();
        let (operation, channels) =
            match self.consume(&place, input)? {
                Meaning::Picture => {
                    // The nearest float32, as the grammar says: a division is rounded correctly.
                    let expected = Quantization {
                        scale: 1.0 / 255.0,
                        zero_point: 0,
                    };
                    if quantization != expected {
                        return Err(place.error(
                            format!(
                                "an input with scale {} and zero point {}",
                                quantization.scale, quantization.zero_point
                            ),
                            format!("scale {} (1/255) and zero point 0", expected.scale),
                        ));
                    }
                    (None, 1)
                }
                Meaning::Convolved(convolved) => {
                    let channels = convolved.shape.outputs;
                    (
                        Some(self.fuse(&convolved, Target::Tensor(output), Some(quantization))?),
                        channels,
                    )
                }
                Meaning::Sum(inputs, sum) => {
                    let channels = self.network.tensors[inputs[0]].channels;
                    let addition = self.addition(&sum, inputs, quantization)?;
                    (
                        Some(Operation {
                            node: sum.name().to_owned(),
                            kind: Kind::Add {
                                inputs,
                                output,
                                addition,
                            },
                        }),
                        channels,
                    )
                }
                Meaning::Pooled(input, pool) => {
                    let channels = self.network.tensors[input].channels;
                    (
                        Some(Operation {
                            node: pool.name().to_owned(),
                            kind: Kind::AveragePool { input, output },
                        }),
                        channels,
                    )
                }
                _ => return Err(self.misplaced(
                    &place,
                    input,
                    "the graph's input or the result of Conv, Relu, Clip, Add or GlobalAveragePool",
                )),
            };
        self.network.tensors.push(Tensor {
            channels,
            quantization,
        });
        if let Some(operation) = operation {
            self.network.operations.push(operation);
            self.positions.push(position);
        }
        Ok(output)
    }

    fn dequantize(&mut self, place: Place<'n, 'a>) -> Result<Meaning<'n, 'a>, Error> {
        place.only_attributes(&["axis", "block_size"])?;
        place.int_among("block_size", &[0])?;
        let inputs @ [input, scale, zero_point] = place.inputs()?;
        match self.initializers.element_type(input) {
            Some(data_type::INT8) => {
                self.per_channel(&place)?;
                return Ok(Meaning::Weights(self.initializers.weights(&place, inputs)?));
            }
            Some(data_type::INT32) => {
                self.per_channel(&place)?;
                return Ok(Meaning::Bias(self.initializers.bias(&place, inputs)?));
            }
            Some(_) => {
                return Err(place.error(
                    format!(
                        "initialiser {} of a type that is neither int8 nor int32",
                        quote(input)
                    ),
                    "int8 weights or an int32 bias",
                ));
            }
            None => {}
        }
        let Meaning::Quantized(tensor) = self.consume(&place, input)? else {
            return Err(self.misplaced(
                &place,
                input,
                "the result of a QuantizeLinear, int8 weights or an int32 bias",
            ));
        };
        let given = self.initializers.quantization(&place, scale, zero_point)?;
        let expected = self.network.tensors[tensor].quantization;
        if given != expected {
            return Err(place.error(
                format!("scale {} and zero point {}", given.scale, given.zero_point),
                format!(
                    "those that {} was quantised with, {} and {}",
                    quote(input),
                    expected.scale,
                    expected.zero_point
                ),
            ));
        }
        Ok(Meaning::Activation(tensor))
    }

    /// ONNX's own default for the axis is 1, so that it has to be given.
    fn per_channel(&self, place: &Place<'_, '_>) -> Result<(), Error> {
        match place.int("axis")? {
            Some(0) => Ok(()),
            Some(axis) => Err(place.error(format!("axis {axis}"), "0, the output channels")),
            None => Err(place.error("no axis", "axis 0, the output channels")),
        }
    }

    fn convolution(
        &mut self,
        position: usize,
        place: Place<'n, 'a>,
    ) -> Result<Meaning<'n, 'a>, Error> {
        let [input, weights, bias] = place.inputs()?;
        let input = self.activation(&place, input)?;
        let Meaning::Weights(weights_read) = self.consume(&place, weights)? else {
            return Err(self.misplaced(&place, weights, "dequantised int8 weights"));
        };
        let Meaning::Bias(bias_read) = self.consume(&place, bias)? else {
            return Err(self.misplaced(&place, bias, "a dequantised int32 bias"));
        };
        let tensor = self.network.tensors[input];
        Ok(Meaning::Convolved(Convolved::new(
            place,
            position,
            (input, tensor),
            weights_read,
            bias_read,
        )?))
    }

    fn relu(&mut self, place: Place<'n, 'a>) -> Result<Meaning<'n, 'a>, Error> {
        place.only_attributes(&[])?;
        let [input] = place.inputs()?;
        self.bounded(
            &place,
            input,
            Bounds {
                minimum: 0.0,
                maximum: f32::INFINITY,
            },
        )
    }

    fn clip(&mut self, place: Place<'n, 'a>) -> Result<Meaning<'n, 'a>, Error> {
        place.only_attributes(&[])?;
        let [input, minimum, maximum] = place.inputs()?;
        let minimum = self.initializers.scalar(&place, minimum)?;
        let maximum = self.initializers.scalar(&place, maximum)?;
        if minimum.is_nan() || maximum.is_nan() || minimum > maximum {
            return Err(place.error(
                format!("bounds {minimum} and {maximum}"),
                "numbers, the lower one first",
            ));
        }
        self.bounded(&place, input, Bounds { minimum, maximum })
    }

    fn bounded(
        &mut self,
        place: &Place<'n, 'a>,
        input: &'a str,
        bounds: Bounds,
    ) -> Result<Meaning<'n, 'a>, Error> {
        match self.consume(place, input)? {
            Meaning::Convolved(convolved) if convolved.bounds.is_none() => {
                Ok(Meaning::Convolved(convolved.bounded(bounds)))
            }
            _ => Err(self.misplaced(place, input, "the result of a Conv")),
        }
    }

    fn add(&mut self, place: Place<'n, 'a>) -> Result<Meaning<'n, 'a>, Error> {
        place.only_attributes(&[])?;
        let [a, b] = place.inputs()?;
        let inputs = [self.activation(&place, a)?, self.activation(&place, b)?];
        let [a, b] = inputs.map(|input| self.network.tensors[input].channels);
        if a != b {
            return Err(place.error(format!("a sum of {a} and {b} channels"), "the same shapes"));
        }
        Ok(Meaning::Sum(inputs, place))
    }

    fn flatten(&mut self, place: Place<'n, 'a>) -> Result<Meaning<'n, 'a>, Error> {
        place.only_attributes(&["axis"])?;
        place.int_among("axis", &[1])?;
        let [input] = place.inputs()?;
        match self.consume(&place, input)? {
            Meaning::Convolved(convolved) if convolved.bounds.is_none() => {
                Ok(Meaning::Flattened(convolved))
            }
            _ => Err(self.misplaced(&place, input, "the result of a Conv")),
        }
    }

    fn output(&mut self, declared: &ValueInfo<'a>) -> Result<(), Error> {
        let name = quote(declared.name);
        let refused = |found: &str| {
            Error::model(
                format!("output {name} {found}"),
                "float32, straight from a Conv or from a Flatten behind one, used by nothing else",
            )
        };
        let Some(named) = self.names.get_mut(declared.name) else {
            return Err(Error::malformed(format!("no node makes output {name}")));
        };
        let (convolved, is_flat) = match named.meaning {
            Meaning::Convolved(convolved) if convolved.bounds.is_none() => (convolved, false),
            Meaning::Flattened(convolved) => (convolved, true),
            _ => return Err(refused("comes from something else")),
        };
        if named.is_used {
            return Err(refused("is read a second time"));
        }
        named.is_used = true;
        if declared.element_type != data_type::FLOAT {
            return Err(refused(&format!(
                "is of ONNX type number {}",
                declared.element_type
            )));
        }
        let channels = convolved.shape.outputs;
        let size = declared_size(declared, channels, is_flat)?;
        let info = OutputInfo {
            name: declared.name.to_owned(),
            channels,
        };
        let operation = self.fuse(&convolved, Target::Output(self.network.outputs.len()), None)?;
        self.network.outputs.push(Output {
            info,
            is_flat,
            declared: size,
        });
        self.network.operations.push(operation);
        self.positions.push(convolved.position);
        Ok(())
    }

    fn fuse(
        &mut self,
        convolved: &Convolved<'n, 'a>,
        target: Target,
        output: Option<Quantization>,
    ) -> Result<Operation<Convolution<'a>>, Error> {
        self.network.parameters = self
            .network
            .parameters
            .saturating_add(convolved.parameters());
        check(
            "parameters",
            self.network.parameters,
            self.limits.parameters,
        )?;
        let kind = Kind::Convolution {
            input: convolved.input,
            target,
            shape: convolved.shape,
            weights: convolved.fuse(output)?,
        };
        Ok(Operation {
            node: convolved.place.name().to_owned(),
            kind,
        })
    }

    fn addition(
        &self,
        place: &Place<'_, '_>,
        inputs: [TensorId; 2],
        output: Quantization,
    ) -> Result<Addition, Error> {
        let quantizations = inputs.map(|input| self.network.tensors[input].quantization);
        let factors = quantizations.map(|input| input.scale / output.scale);
        if let Some(bad) = factors
            .iter()
            .find(|factor| !factor.is_normal() || **factor > LARGEST_FACTOR)
        {
            return Err(place.error(
                format!("scales that make a factor of {bad:e}"),
                format!("scales whose quotient is a normal float32 up to {LARGEST_FACTOR:e}"),
            ));
        }
        let zero_points = quantizations.map(|input| input.zero_point);
        Ok(Addition {
            zero_points,
            factors,
            requantization: Requantization::full_range(output.zero_point),
        })
    }

    /// Fails when something is computed for nothing; else hands over the network, its operations in the file's order.
    fn finish(mut self, graph: &'n Graph<'a>) -> Result<Network<Convolution<'a>>, Error> {
        if self.network.outputs.is_empty() {
            return Err(Error::malformed("the graph has no output"));
        }
        for node in &graph.nodes {
            let place = Place { node };
            let name = place.output()?;
            if self.names.get(name).is_some_and(|named| !named.is_used) {
                return Err(place.error(
                    format!("result {}, which nothing reads", quote(name)),
                    "results that a node reads or the graph returns",
                ));
            }
        }
        let mut order: Vec<_> = self
            .positions
            .into_iter()
            .zip(self.network.operations)
            .collect();
        order.sort_by_key(|(position, _)| *position);
        self.network.operations = order.into_iter().map(|(_, operation)| operation).collect();
        Ok(self.network)
    }
}
