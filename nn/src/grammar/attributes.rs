//! What a node says about itself: its name in messages, its inputs by position, its attributes. An attribute that the grammar doesn't
//! have is an error, since ignoring it would change what is computed.

use crate::Error;
use crate::network::Pads;
use crate::onnx::{AttributeValue, Node};

/// A node, with the errors it can be blamed for.
#[derive(Clone, Copy)]
pub(super) struct Place<'n, 'a> {
    pub(super) node: &'n Node<'a>,
}

impl<'n, 'a> Place<'n, 'a> {
    /// The node's name; nodes without one go by their output's.
    pub(super) fn name(&self) -> &'a str {
        if self.node.name.is_empty() {
            self.node.outputs.first().copied().unwrap_or("")
        } else {
            self.node.name
        }
    }

    /// The node is used in a way that the grammar doesn't have.
    pub(super) fn error(&self, found: impl Into<String>, allowed: impl Into<String>) -> Error {
        Error::Grammar {
            node: self.name().to_owned(),
            operator: self.node.operator.to_owned(),
            found: found.into(),
            allowed: allowed.into(),
        }
    }

    /// The node's inputs, of which there must be exactly `N`, all given.
    pub(super) fn inputs<const N: usize>(&self) -> Result<[&'a str; N], Error> {
        match <[&str; N]>::try_from(self.node.inputs.as_slice()) {
            Ok(inputs) if inputs.iter().all(|name| !name.is_empty()) => Ok(inputs),
            _ => {
                let given = self
                    .node
                    .inputs
                    .iter()
                    .filter(|name| !name.is_empty())
                    .count();
                Err(self.error(format!("{given} inputs"), format!("exactly {N}")))
            }
        }
    }

    /// The node's only output.
    pub(super) fn output(&self) -> Result<&'a str, Error> {
        match self.node.outputs[..] {
            [name] if !name.is_empty() => Ok(name),
            _ => Err(self.error(format!("{} outputs", self.node.outputs.len()), "exactly 1")),
        }
    }

    /// Fails on any attribute whose name is not among `known`, and on one given twice.
    pub(super) fn only_attributes(&self, known: &[&str]) -> Result<(), Error> {
        for (index, attribute) in self.node.attributes.iter().enumerate() {
            if !known.contains(&attribute.name) {
                let allowed = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                };
                return Err(self.error(
                    format!("attribute {}", crate::error::quote(attribute.name)),
                    allowed,
                ));
            }
            if self.node.attributes[..index]
                .iter()
                .any(|earlier| earlier.name == attribute.name)
            {
                return Err(self.error(format!("attribute {} twice", attribute.name), "each once"));
            }
        }
        Ok(())
    }

    /// An integer attribute, if given.
    pub(super) fn int(&self, name: &str) -> Result<Option<i64>, Error> {
        match self.attribute(name) {
            None => Ok(None),
            Some(AttributeValue::Int(value)) => Ok(Some(*value)),
            Some(_) => Err(self.error(format!("attribute {name} of another type"), "an integer")),
        }
    }

    /// Fails unless an integer attribute is absent or has one of these values.
    pub(super) fn int_among(&self, name: &str, values: &[i64]) -> Result<(), Error> {
        match self.int(name)? {
            Some(value) if !values.contains(&value) => {
                let allowed: Vec<String> = values.iter().map(i64::to_string).collect();
                Err(self.error(format!("{name} {value}"), allowed.join(" or ")))
            }
            _ => Ok(()),
        }
    }

    fn ints(&self, name: &str) -> Result<Option<&'n [i64]>, Error> {
        match self.attribute(name) {
            None => Ok(None),
            Some(AttributeValue::Ints(values)) => Ok(Some(values)),
            Some(_) => Err(self.error(
                format!("attribute {name} of another type"),
                "a list of integers",
            )),
        }
    }

    fn attribute(&self, name: &str) -> Option<&'n AttributeValue<'a>> {
        self.node
            .attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| &attribute.value)
    }
}

/// The attributes of a `Conv`.
pub(super) struct ConvolutionAttributes {
    pub(super) stride: usize,
    pub(super) pads: Pads,
    pub(super) group: usize,
}

impl ConvolutionAttributes {
    /// Reads them, `kernel` being the side of the weights' kernel.
    pub(super) fn read(place: &Place<'_, '_>, kernel: usize) -> Result<Self, Error> {
        place.only_attributes(&[
            "auto_pad",
            "dilations",
            "group",
            "kernel_shape",
            "pads",
            "strides",
        ])?;
        match place.attribute("auto_pad") {
            None | Some(AttributeValue::String(b"NOTSET")) => {}
            Some(AttributeValue::String(other)) => {
                return Err(place.error(
                    format!("auto_pad {:?}", String::from_utf8_lossy(other)),
                    "NOTSET, with the pads written out",
                ));
            }
            Some(_) => return Err(place.error("attribute auto_pad of another type", "text")),
        }
        match place.ints("dilations")? {
            None | Some([1, 1]) => {}
            Some(other) => return Err(place.error(format!("dilations {other:?}"), "[1, 1]")),
        }
        match place.ints("kernel_shape")? {
            Some(shape) if shape != [kernel as i64; 2] => {
                return Err(place.error(
                    format!("kernel_shape {shape:?}"),
                    format!("[{kernel}, {kernel}], the weights' shape"),
                ));
            }
            _ => {}
        }
        let stride = match place.ints("strides")? {
            None | Some([1, 1]) => 1,
            Some([2, 2]) => 2,
            Some(other) => {
                return Err(place.error(format!("strides {other:?}"), "[1, 1] or [2, 2]"));
            }
        };
        let pads = match place.ints("pads")? {
            None => Pads {
                top: 0,
                left: 0,
                bottom: 0,
                right: 0,
            },
            Some(
                &[
                    top @ (0 | 1),
                    left @ (0 | 1),
                    bottom @ (0 | 1),
                    right @ (0 | 1),
                ],
            ) => Pads {
                top: top as usize,
                left: left as usize,
                bottom: bottom as usize,
                right: right as usize,
            },
            Some(other) => {
                return Err(place.error(format!("pads {other:?}"), "four numbers, each 0 or 1"));
            }
        };
        let group = place.int("group")?.unwrap_or(1);
        let group = usize::try_from(group).map_err(|_| {
            place.error(
                format!("group {group}"),
                "1 or the number of input channels",
            )
        })?;
        Ok(ConvolutionAttributes {
            stride,
            pads,
            group,
        })
    }
}
