//! The few ONNX messages that we need, borrowed from the file. Field numbers: `onnx/onnx.proto` of ONNX 1.17. Counts are checked before
//! anything is kept, so a file of empty messages can't grow in memory. What the graph means is left to [`crate::grammar`].

use crate::Error;
use crate::error::quote;
use crate::limits::{Limits, check};
use crate::protobuf::{Field, Reader};

/// Inputs, outputs and attributes that one node may have. The widest node of the grammar has four.
const PARTS_OF_A_NODE: usize = 16;
/// Dimensions of a tensor, and numbers of an integer-list attribute.
const LONGEST_LIST: usize = 8;
/// Operator sets that a file may import.
const OPERATOR_SETS: usize = 32;

/// `TensorProto.DataType`, as far as the grammar has it.
pub(crate) mod data_type {
    pub(crate) const FLOAT: i64 = 1;
    pub(crate) const UINT8: i64 = 2;
    pub(crate) const INT8: i64 = 3;
    pub(crate) const INT32: i64 = 6;
}

/// `ModelProto`.
#[derive(Debug, Default)]
pub(crate) struct Model<'a> {
    pub(crate) ir_version: i64,
    pub(crate) operator_sets: Vec<(&'a str, i64)>,
    pub(crate) metadata: Vec<(&'a str, &'a str)>,
    pub(crate) graph: Graph<'a>,
}

/// `GraphProto`.
#[derive(Debug, Default)]
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) initializers: Vec<Tensor<'a>>,
    pub(crate) inputs: Vec<ValueInfo<'a>>,
    pub(crate) outputs: Vec<ValueInfo<'a>>,
}

/// `NodeProto`.
#[derive(Debug, Default)]
pub(crate) struct Node<'a> {
    pub(crate) name: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) operator: &'a str,
    pub(crate) inputs: Vec<&'a str>,
    pub(crate) outputs: Vec<&'a str>,
    pub(crate) attributes: Vec<Attribute<'a>>,
}

/// `AttributeProto`.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: AttributeValue<'a>,
}

#[derive(Debug)]
pub(crate) enum AttributeValue<'a> {
    Int(i64),
    Ints(Vec<i64>),
    String(&'a [u8]),
    /// A kind of value that no attribute of the grammar has.
    Other,
}

/// `TensorProto`; its data is only looked at where it is used.
#[derive(Debug, Default)]
pub(crate) struct Tensor<'a> {
    pub(crate) name: &'a str,
    pub(crate) dims: Vec<i64>,
    pub(crate) data_type: i64,
    pub(crate) raw: Option<&'a [u8]>,
    pub(crate) is_external: bool,
}

/// `ValueInfoProto` of a tensor.
#[derive(Debug, Default)]
pub(crate) struct ValueInfo<'a> {
    pub(crate) name: &'a str,
    pub(crate) element_type: i64,
    /// `None` when no shape is given.
    pub(crate) shape: Option<Vec<Dimension<'a>>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Dimension<'a> {
    Value(i64),
    Symbol(&'a str),
    Unknown,
}

/// Reads a whole file.
pub(crate) fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Model<'a>, Error> {
    check("bytes in the file", bytes.len(), limits.file_bytes)?;
    if bytes.is_empty() {
        return Err(Error::malformed("the file is empty"));
    }
    let mut model = Model::default();
    let mut graph = None;
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.next()? {
        match field.number {
            1 => model.ir_version = field.int()?,
            7 => set_once(&mut graph, self::graph(&field, limits)?, "graph")?,
            8 => push(
                &mut model.operator_sets,
                operator_set(&field)?,
                "operator sets",
                OPERATOR_SETS,
            )?,
            14 => push(
                &mut model.metadata,
                entry(&field)?,
                "metadata entries",
                limits.metadata_entries,
            )?,
            20 => return Err(Error::model("training info", "none")),
            25 => return Err(Error::model("functions", "none")),
            _ => {}
        }
    }
    model.graph = graph.ok_or_else(|| Error::malformed("there is no graph in it"))?;
    Ok(model)
}

fn graph<'a>(field: &Field<'a>, limits: &Limits) -> Result<Graph<'a>, Error> {
    let mut graph = Graph::default();
    let mut reader = field.message()?;
    while let Some(field) = reader.next()? {
        match field.number {
            1 => push_parsed(&mut graph.nodes, || node(&field), "nodes", limits.nodes)?,
            5 => push_parsed(
                &mut graph.initializers,
                || tensor(&field),
                "initialisers",
                limits.initializers,
            )?,
            11 => push_parsed(
                &mut graph.inputs,
                || value_info(&field),
                "graph inputs",
                limits.outputs,
            )?,
            12 => push_parsed(
                &mut graph.outputs,
                || value_info(&field),
                "graph outputs",
                limits.outputs,
            )?,
            15 => return Err(Error::model("a sparse initialiser", "dense ones")),
            _ => {}
        }
    }
    Ok(graph)
}

fn node<'a>(field: &Field<'a>) -> Result<Node<'a>, Error> {
    let mut node = Node::default();
    let mut reader = field.message()?;
    while let Some(field) = reader.next()? {
        match field.number {
            1 => push(
                &mut node.inputs,
                field.string()?,
                "inputs of one node",
                PARTS_OF_A_NODE,
            )?,
            2 => push(
                &mut node.outputs,
                field.string()?,
                "outputs of one node",
                PARTS_OF_A_NODE,
            )?,
            3 => node.name = field.string()?,
            4 => node.operator = field.string()?,
            5 => push_parsed(
                &mut node.attributes,
                || attribute(&field),
                "attributes of one node",
                PARTS_OF_A_NODE,
            )?,
            7 => node.domain = field.string()?,
            _ => {}
        }
    }
    Ok(node)
}

fn attribute<'a>(field: &Field<'a>) -> Result<Attribute<'a>, Error> {
    const INT: i64 = 2;
    const STRING: i64 = 3;
    const INTS: i64 = 7;

    let (mut name, mut kind, mut int, mut string, mut ints) = ("", 0, 0, &[][..], Vec::new());
    let mut reader = field.message()?;
    while let Some(field) = reader.next()? {
        match field.number {
            1 => name = field.string()?,
            3 => int = field.int()?,
            4 => string = field.bytes()?,
            8 => field
                .ints(|value| push(&mut ints, value, "numbers in one attribute", LONGEST_LIST))?,
            20 => kind = field.int()?,
            6 | 11 => {
                return Err(Error::model(
                    format!("a sub-graph in attribute {}", quote(name)),
                    "none",
                ));
            }
            _ => {}
        }
    }
    let value = match kind {
        INT => AttributeValue::Int(int),
        INTS => AttributeValue::Ints(ints),
        STRING => AttributeValue::String(string),
        _ => AttributeValue::Other,
    };
    Ok(Attribute { name, value })
}

fn tensor<'a>(field: &Field<'a>) -> Result<Tensor<'a>, Error> {
    const EXTERNAL: i64 = 1;

    let mut tensor = Tensor::default();
    let mut reader = field.message()?;
    while let Some(field) = reader.next()? {
        match field.number {
            1 => field.ints(|value| {
                push(
                    &mut tensor.dims,
                    value,
                    "dimensions of one tensor",
                    LONGEST_LIST,
                )
            })?,
            2 => tensor.data_type = field.int()?,
            8 => tensor.name = field.string()?,
            9 => tensor.raw = Some(field.bytes()?),
            13 => tensor.is_external = true,
            14 => tensor.is_external |= field.int()? == EXTERNAL,
            _ => {}
        }
    }
    Ok(tensor)
}

fn value_info<'a>(field: &Field<'a>) -> Result<ValueInfo<'a>, Error> {
    let mut name = "";
    let mut tensor_type = None;
    let mut reader = field.message()?;
    while let Some(field) = reader.next()? {
        match field.number {
            1 => name = field.string()?,
            2 => {
                let mut reader = field.message()?;
                while let Some(field) = reader.next()? {
                    if field.number == 1 {
                        set_once(&mut tensor_type, self::tensor_type(&field)?, "tensor type")?;
                    }
                }
            }
            _ => {}
        }
    }
    let (element_type, shape) = tensor_type.unwrap_or_default();
    Ok(ValueInfo {
        name,
        element_type,
        shape,
    })
}

fn tensor_type<'a>(field: &Field<'a>) -> Result<(i64, Option<Vec<Dimension<'a>>>), Error> {
    let mut element_type = 0;
    let mut shape = None;
    let mut reader = field.message()?;
    while let Some(field) = reader.next()? {
        match field.number {
            1 => element_type = field.int()?,
            2 => {
                let mut dims = Vec::new();
                let mut reader = field.message()?;
                while let Some(field) = reader.next()? {
                    if field.number == 1 {
                        push_parsed(
                            &mut dims,
                            || dimension(&field),
                            "dimensions of one tensor",
                            LONGEST_LIST,
                        )?;
                    }
                }
                set_once(&mut shape, dims, "shape")?;
            }
            _ => {}
        }
    }
    Ok((element_type, shape))
}

fn dimension<'a>(field: &Field<'a>) -> Result<Dimension<'a>, Error> {
    let mut dimension = Dimension::Unknown;
    let mut reader = field.message()?;
    while let Some(field) = reader.next()? {
        match field.number {
            1 => dimension = Dimension::Value(field.int()?),
            2 => dimension = Dimension::Symbol(field.string()?),
            _ => {}
        }
    }
    Ok(dimension)
}

fn operator_set<'a>(field: &Field<'a>) -> Result<(&'a str, i64), Error> {
    let (mut domain, mut version) = ("", 0);
    let mut reader = field.message()?;
    while let Some(field) = reader.next()? {
        match field.number {
            1 => domain = field.string()?,
            2 => version = field.int()?,
            _ => {}
        }
    }
    Ok((domain, version))
}

/// `StringStringEntryProto`.
fn entry<'a>(field: &Field<'a>) -> Result<(&'a str, &'a str), Error> {
    let (mut key, mut value) = ("", "");
    let mut reader = field.message()?;
    while let Some(field) = reader.next()? {
        match field.number {
            1 => key = field.string()?,
            2 => value = field.string()?,
            _ => {}
        }
    }
    Ok((key, value))
}

fn push<T>(list: &mut Vec<T>, item: T, what: &'static str, limit: usize) -> Result<(), Error> {
    check(what, list.len() + 1, limit)?;
    list.push(item);
    Ok(())
}

/// As [`push`], for items that own memory themselves: the limit comes first.
fn push_parsed<T>(
    list: &mut Vec<T>,
    item: impl FnOnce() -> Result<T, Error>,
    what: &'static str,
    limit: usize,
) -> Result<(), Error> {
    check(what, list.len() + 1, limit)?;
    list.push(item()?);
    Ok(())
}

/// Protobuf would merge a second copy of a message into the first; no writer does that on purpose.
fn set_once<T>(slot: &mut Option<T>, value: T, what: &str) -> Result<(), Error> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::malformed(format!("there is more than one {what}"))),
    }
}
