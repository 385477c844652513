//! How much memory an ONNX file takes once tract has decoded it, counted on its bytes before a single message is made of them. What the
//! messages mean is left to tract.
//!
//! A message of two bytes in the file is a structure of hundreds of bytes in memory, so the file's own length bounds nothing.

use tract_onnx::pb::tensor_shape_proto::Dimension;
use tract_onnx::pb::{
    AttributeProto, FunctionProto, GraphProto, NodeProto, OperatorSetIdProto, SparseTensorProto,
    StringStringEntryProto, TensorAnnotation, TensorProto, TensorShapeProto, TrainingInfoProto,
    TypeProto, ValueInfoProto,
};

use super::Failure;

/// Decoded bytes allowed for each byte of the file. Weights take as much as in the file; those written as a list of small numbers four
/// times that, and the list may have room for twice as many.
const PER_BYTE: u64 = 8;

/// Decoded bytes allowed besides, for small files whose structures outweigh their weights.
const BESIDES: u64 = 16 << 20;

/// A growing list has room for up to twice what is in it.
const LIST_GROWTH: u64 = 2;

/// How deep messages may lie in each other; tract's decoder stops there too.
const DEEPEST: usize = 100;

/// Fails where decoding the file would take far more memory than an honest file of its length does, or where its bytes are no messages.
pub(super) fn check(file: &[u8]) -> Result<(), Failure> {
    let limit = (file.len() as u64)
        .saturating_mul(PER_BYTE)
        .saturating_add(BESIDES);
    let mut left = limit;
    match walk(Kind::Model, file, DEEPEST, &mut left) {
        Ok(()) => Ok(()),
        Err(Refusal::Malformed) => Err("the file is damaged or no ONNX file".into()),
        Err(Refusal::TooLarge) => Err(format!(
            "decoded, its {} bytes would take more than {limit} bytes of memory, far more than an honest model's do",
            file.len()
        )
        .into()),
    }
}

enum Refusal {
    Malformed,
    TooLarge,
}

/// Messages of `onnx.proto` that hold other messages or lists.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Sparse,
    Annotation,
    Training,
    Function,
    /// Numbers and texts only.
    Leaf,
}

/// What a field becomes in memory.
enum Part {
    /// A message, and the bytes of its structure in the list or structure around it.
    Message(Kind, usize),
    /// A text or bytes: as long as in the file, and a structure.
    Text,
    /// A list of numbers of so many bytes, each of one to ten bytes in the file.
    Varints(usize),
}

impl Kind {
    /// Field numbers are those of ONNX 1.17's `onnx.proto`. What isn't known counts as a text, though tract skips it.
    fn part(self, field: u64) -> Part {
        use Part::{Message, Text, Varints};
        match (self, field) {
            (Self::Model, 7) => Message(Self::Graph, size_of::<GraphProto>()),
            (Self::Model, 8) => Message(Self::Leaf, size_of::<OperatorSetIdProto>()),
            (Self::Model, 14) => Message(Self::Leaf, size_of::<StringStringEntryProto>()),
            (Self::Model, 20) => Message(Self::Training, size_of::<TrainingInfoProto>()),
            (Self::Model, 25) => Message(Self::Function, size_of::<FunctionProto>()),
            (Self::Training, 1 | 2) => Message(Self::Graph, size_of::<GraphProto>()),
            (Self::Training, 3 | 4) => Message(Self::Leaf, size_of::<StringStringEntryProto>()),
            (Self::Function, 7) => Message(Self::Node, size_of::<NodeProto>()),
            (Self::Function, 9) => Message(Self::Leaf, size_of::<OperatorSetIdProto>()),
            (Self::Graph, 1) => Message(Self::Node, size_of::<NodeProto>()),
            (Self::Graph, 5) => Message(Self::Tensor, size_of::<TensorProto>()),
            (Self::Graph, 11..=13) => Message(Self::ValueInfo, size_of::<ValueInfoProto>()),
            (Self::Graph, 14) => Message(Self::Annotation, size_of::<TensorAnnotation>()),
            (Self::Graph, 15) => Message(Self::Sparse, size_of::<SparseTensorProto>()),
            (Self::Annotation, 2) => Message(Self::Leaf, size_of::<StringStringEntryProto>()),
            (Self::Sparse, 1 | 2) => Message(Self::Tensor, size_of::<TensorProto>()),
            (Self::Sparse, 3) => Varints(size_of::<i64>()),
            (Self::Node, 5) => Message(Self::Attribute, size_of::<AttributeProto>()),
            (Self::Attribute, 5 | 10) => Message(Self::Tensor, size_of::<TensorProto>()),
            (Self::Attribute, 6 | 11) => Message(Self::Graph, size_of::<GraphProto>()),
            (Self::Attribute, 15) => Message(Self::Type, size_of::<TypeProto>()),
            (Self::Attribute, 22 | 23) => Message(Self::Sparse, size_of::<SparseTensorProto>()),
            (Self::Attribute, 8) => Varints(size_of::<i64>()),
            (Self::Tensor, 1 | 7 | 11) => Varints(size_of::<i64>()),
            (Self::Tensor, 13) => Message(Self::Leaf, size_of::<StringStringEntryProto>()),
            (Self::Tensor, 5) => Varints(size_of::<i32>()),
            (Self::ValueInfo, 2) => Message(Self::Type, size_of::<TypeProto>()),
            (Self::Type, 1) => Message(Self::TensorType, 0),
            (Self::TensorType, 2) => Message(Self::Shape, size_of::<TensorShapeProto>()),
            (Self::Shape, 1) => Message(Self::Leaf, size_of::<Dimension>()),
            _ => Text,
        }
    }
}

/// Takes off `left` what the fields of a message need, those of messages inside it included.
fn walk(kind: Kind, mut message: &[u8], depth: usize, left: &mut u64) -> Result<(), Refusal> {
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        let (field, part) = (tag >> 3, kind.part(tag >> 3));
        let mut need = |bytes: u64| match left.checked_sub(bytes.saturating_mul(LIST_GROWTH)) {
            Some(rest) => {
                *left = rest;
                Ok(())
            }
            None => Err(Refusal::TooLarge),
        };
        match (tag & 7, part) {
            _ if field == 0 => return Err(Refusal::Malformed),
            (0, part) => {
                varint(&mut message)?;
                if let Part::Varints(bytes) = part {
                    need(bytes as u64)?;
                }
            }
            // Numbers of a fixed length take that length in memory.
            (1, _) => need(take(&mut message, 8)?.len() as u64)?,
            (5, _) => need(take(&mut message, 4)?.len() as u64)?,
            (2, part) => {
                let length = varint(&mut message)?;
                let length = usize::try_from(length).map_err(|_| Refusal::Malformed)?;
                let inner = take(&mut message, length)?;
                match part {
                    Part::Message(kind, bytes) => {
                        need(bytes as u64)?;
                        let depth = depth.checked_sub(1).ok_or(Refusal::Malformed)?;
                        walk(kind, inner, depth, left)?;
                    }
                    Part::Text => need((inner.len() + size_of::<String>()) as u64)?,
                    Part::Varints(bytes) => {
                        let ends = inner.iter().filter(|&&byte| byte < 0x80).count();
                        need((ends * bytes) as u64)?;
                    }
                }
            }
            _ => return Err(Refusal::Malformed),
        }
    }
    Ok(())
}

fn varint(message: &mut &[u8]) -> Result<u64, Refusal> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(message, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Refusal::Malformed)
}

fn take<'a>(message: &mut &'a [u8], length: usize) -> Result<&'a [u8], Refusal> {
    let (taken, rest) = message.split_at_checked(length).ok_or(Refusal::Malformed)?;
    *message = rest;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field that holds `inner`.
    fn field(number: u8, inner: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for mut number in [usize::from(number) << 3 | 2, inner.len()] {
            while number >= 0x80 {
                bytes.push(number as u8 | 0x80);
                number >>= 7;
            }
            bytes.push(number as u8);
        }
        bytes.extend_from_slice(inner);
        bytes
    }

    fn words(file: &[u8]) -> String {
        check(file).expect_err("not to be decoded").to_string()
    }

    #[test]
    fn a_file_of_empty_messages_is_refused_in_every_place_that_holds_a_list() {
        const COUNT: usize = 1 << 20;
        let many = |number: u8| field(number, &[]).repeat(COUNT);
        let node = |inner: &[u8]| field(7, &field(1, inner));
        for (place, file) in [
            ("operator sets", many(8)),
            ("metadata", many(14)),
            ("functions", many(25)),
            ("nodes of a function", field(25, &many(7))),
            ("trainings", many(20)),
            ("nodes of a training", field(20, &field(2, &many(1)))),
            ("bindings of a training", field(20, &many(4))),
            ("nodes", field(7, &many(1))),
            ("annotations", field(7, &many(14))),
            ("sparse initialisers", field(7, &many(15))),
            ("places of a tensor's data", field(7, &field(5, &many(13)))),
            ("initialisers", field(7, &many(5))),
            ("value infos", field(7, &many(13))),
            ("attributes", node(&many(5))),
            ("node inputs", node(&many(1))),
            ("tensors of an attribute", node(&field(5, &many(10)))),
            ("graphs of an attribute", node(&field(5, &many(11)))),
            ("sparse tensors of an attribute", node(&field(5, &many(23)))),
            ("types of an attribute", node(&field(5, &many(15)))),
            ("texts of an attribute", node(&field(5, &many(9)))),
            (
                "nodes of a graph in an attribute",
                node(&field(5, &field(6, &many(1)))),
            ),
        ] {
            assert!(words(&file).contains("bytes of memory"), "{place}");
        }
    }

    #[test]
    fn weights_may_be_written_as_any_list_of_numbers() {
        let tensor = |inner: &[u8]| field(7, &field(5, inner));
        for (place, file) in [
            ("raw bytes", tensor(&field(9, &vec![1; 64 << 20]))),
            ("floats", tensor(&field(4, &vec![1; 64 << 20]))),
            (
                "small numbers, packed",
                tensor(&field(5, &vec![1; 64 << 20])),
            ),
            ("doubles", tensor(&field(10, &vec![1; 64 << 20]))),
        ] {
            assert!(check(&file).is_ok(), "{place}");
        }
    }

    #[test]
    fn bytes_that_are_no_messages_are_refused() {
        for file in [&[0x3a, 5, 0][..], &[0x3b, 0x3c], &[0x08], &[0x00, 0x00]] {
            assert!(words(file).contains("damaged"), "{file:?}");
        }
    }

    #[test]
    fn messages_that_lie_too_deep_are_refused() {
        let mut graph = Vec::new();
        for _ in 0..60 {
            graph = field(1, &field(5, &field(6, &graph)));
        }
        assert!(words(&field(7, &graph)).contains("damaged"));
    }
}
