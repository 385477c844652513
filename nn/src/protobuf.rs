//! A pull parser for protobuf's wire format over borrowed bytes. It allocates nothing, trusts no length and knows no schema; the messages
//! that we need are in [`crate::onnx`]. Wire format: <https://protobuf.dev/programming-guides/encoding/>.

use crate::Error;

/// How deep messages may lie in each other. What we read of ONNX is six deep.
const DEEPEST: u8 = 16;

/// Walks the fields of one message.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    /// Offset of `rest` in the file, for messages.
    offset: usize,
    depth: u8,
}

/// One field: its number and what stands in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    value: Value<'a>,
    offset: usize,
    depth: u8,
}

#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Varint(u64),
    Fixed64,
    Bytes(&'a [u8]),
    Fixed32,
}

impl<'a> Reader<'a> {
    /// Starts at the outermost message.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader {
            rest: bytes,
            offset: 0,
            depth: 0,
        }
    }

    /// The next field, or `None` at the end of the message.
    pub(crate) fn next(&mut self) -> Result<Option<Field<'a>>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let start = self.offset;
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3)
            .ok()
            .filter(|number| (1..1 << 29).contains(number));
        let number = number
            .ok_or_else(|| at(start, format!("field number {} is out of range", tag >> 3)))?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => {
                self.take(8)?;
                Value::Fixed64
            }
            2 => {
                let length = self.varint()?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Value::Bytes(self.take(length)?)
            }
            5 => {
                self.take(4)?;
                Value::Fixed32
            }
            wire_type => {
                return Err(at(
                    start,
                    format!(
                        "field {number} has wire type {wire_type}; only 0, 1, 2 and 5 are read"
                    ),
                ));
            }
        };
        let offset = match value {
            Value::Bytes(bytes) => self.offset - bytes.len(),
            _ => start,
        };
        Ok(Some(Field {
            number,
            value,
            offset,
            depth: self.depth,
        }))
    }

    fn varint(&mut self) -> Result<u64, Error> {
        let mut value = 0u64;
        for (index, &byte) in self.rest.iter().enumerate() {
            // The tenth byte holds the 64th bit and nothing else.
            if index == 9 && byte > 1 {
                return Err(at(self.offset, "a varint has more than 64 bits".to_owned()));
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.take(index + 1)?;
                return Ok(value);
            }
        }
        Err(at(self.offset, "the file ends inside a varint".to_owned()))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return Err(at(
                self.offset,
                format!(
                    "{length} bytes are announced, but the message around them has only {} left",
                    self.rest.len()
                ),
            ));
        };
        self.rest = rest;
        self.offset += length;
        Ok(taken)
    }
}

impl<'a> Field<'a> {
    /// The field as an integer (protobuf's `int32`, `int64` and enumerations alike).
    pub(crate) fn int(&self) -> Result<i64, Error> {
        match self.value {
            // Negative numbers travel as their two's complement.
            Value::Varint(value) => Ok(value.cast_signed()),
            _ => Err(self.mismatch("an integer")),
        }
    }

    /// The integers of a repeated field, packed or not, handed to `each` one by one.
    pub(crate) fn ints(&self, mut each: impl FnMut(i64) -> Result<(), Error>) -> Result<(), Error> {
        match self.value {
            Value::Bytes(bytes) => {
                let mut packed = Reader {
                    rest: bytes,
                    offset: self.offset,
                    depth: self.depth,
                };
                while !packed.rest.is_empty() {
                    each(packed.varint()?.cast_signed())?;
                }
                Ok(())
            }
            _ => each(self.int()?),
        }
    }

    /// The field's bytes.
    pub(crate) fn bytes(&self) -> Result<&'a [u8], Error> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(self.mismatch("bytes")),
        }
    }

    /// The field as text.
    pub(crate) fn string(&self) -> Result<&'a str, Error> {
        std::str::from_utf8(self.bytes()?).map_err(|_| self.mismatch("UTF-8 text"))
    }

    /// The message inside the field.
    pub(crate) fn message(&self) -> Result<Reader<'a>, Error> {
        if self.depth >= DEEPEST {
            return Err(at(
                self.offset,
                format!("messages lie more than {DEEPEST} deep in each other"),
            ));
        }
        Ok(Reader {
            rest: self.bytes()?,
            offset: self.offset,
            depth: self.depth + 1,
        })
    }

    fn mismatch(&self, expected: &str) -> Error {
        at(
            self.offset,
            format!("field {} is not {expected}", self.number),
        )
    }
}

fn at(offset: usize, problem: String) -> Error {
    Error::malformed(format!("at byte {offset}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(bytes: &[u8]) -> Result<Option<Field<'_>>, Error> {
        Reader::new(bytes).next()
    }

    fn problem(bytes: &[u8]) -> String {
        first(bytes).expect_err("the bytes are broken").to_string()
    }

    #[test]
    fn the_examples_of_the_protobuf_documentation_are_read() {
        // "150" as field 1, and "testing" as field 2, both from the encoding guide.
        let field = first(&[0x08, 0x96, 0x01]).unwrap().unwrap();
        assert_eq!((field.number, field.int().unwrap()), (1, 150));
        let field = first(b"\x12\x07testing").unwrap().unwrap();
        assert_eq!((field.number, field.string().unwrap()), (2, "testing"));
        // A packed repeated field 6 with the elements 3, 270 and 86,942, from the same guide.
        let field = first(&[0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05])
            .unwrap()
            .unwrap();
        let mut seen = Vec::new();
        field
            .ints(|value| {
                seen.push(value);
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, [3, 270, 86_942]);
    }

    #[test]
    fn minus_two_takes_ten_bytes() {
        let field = first(&[
            0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ])
        .unwrap()
        .unwrap();
        assert_eq!(field.int().unwrap(), -2);
    }

    #[test]
    fn a_varint_of_more_than_64_bits_is_refused() {
        assert!(
            problem(&[
                0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02
            ])
            .contains("64 bits")
        );
        assert!(
            problem(&[
                0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00
            ])
            .contains("64 bits")
        );
    }

    #[test]
    fn a_length_past_the_end_is_refused_with_both_numbers() {
        let text = problem(&[0x12, 0x7f, 0x00]);
        assert!(
            text.contains("127 bytes") && text.contains("only 1 left"),
            "{text}"
        );
        let text = problem(&[
            0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ]);
        assert!(text.contains("only 0 left"), "{text}");
    }

    #[test]
    fn groups_and_field_number_zero_are_refused() {
        assert!(problem(&[0x0b]).contains("wire type 3"));
        assert!(problem(&[0x00, 0x00]).contains("field number 0"));
    }

    #[test]
    fn messages_can_not_lie_too_deep() {
        let mut bytes = Vec::new();
        for _ in 0..40 {
            let mut outer = vec![0x0a, u8::try_from(bytes.len()).unwrap()];
            outer.append(&mut bytes);
            bytes = outer;
        }
        let mut reader = Reader::new(&bytes);
        let mut depth = 0;
        let error = loop {
            match reader.next().unwrap().unwrap().message() {
                Ok(inner) => reader = inner,
                Err(error) => break error,
            }
            depth += 1;
        };
        assert_eq!(depth, DEEPEST);
        assert!(error.to_string().contains("deep"));
    }

    #[test]
    fn an_offset_in_a_message_counts_from_the_start_of_the_file() {
        // The broken varint stands at byte 5, inside a message that starts at byte 4.
        let bytes = [0x08, 0x01, 0x12, 0x02, 0x08, 0x80];
        let mut reader = Reader::new(&bytes);
        reader.next().unwrap();
        let mut inner = reader.next().unwrap().unwrap().message().unwrap();
        assert!(inner.next().unwrap_err().to_string().contains("byte 5"));
    }
}
