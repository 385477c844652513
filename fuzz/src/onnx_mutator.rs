//! Changes an ONNX file as a tree: fields are dropped, doubled, exchanged and rewired, and the lengths around them put right again, so
//! that the change reaches the code behind the wire format. What the changed file is good for is for the target to see.

/// Messages of ONNX that lie on the way to what our reader looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// A message without messages in it.
    Leaf,
}

impl Kind {
    /// What lies in a field; field numbers from `onnx/onnx.proto`.
    fn child(self, field: u32) -> Option<Kind> {
        Some(match (self, field) {
            (Kind::Model, 7) => Kind::Graph,
            (Kind::Model, 8 | 14) => Kind::Leaf,
            (Kind::Graph, 1) => Kind::Node,
            (Kind::Graph, 5) => Kind::Tensor,
            (Kind::Graph, 11 | 12) => Kind::ValueInfo,
            (Kind::Node, 5) => Kind::Attribute,
            (Kind::ValueInfo, 2) => Kind::Type,
            (Kind::Type, 1) => Kind::TensorType,
            (Kind::TensorType, 2) => Kind::Shape,
            (Kind::Shape, 1) => Kind::Leaf,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone)]
struct Field {
    number: u32,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(Vec<u8>),
    Message(Vec<Field>),
}

/// The file with one to three changes chosen by `seed`; `None` where the bytes are no protobuf message. `mutate_bytes` changes a text or
/// a block of weights.
pub fn mutate(
    bytes: &[u8],
    seed: u32,
    mut mutate_bytes: impl FnMut(&mut Vec<u8>),
) -> Option<Vec<u8>> {
    let mut random = Random(seed.into());
    let mut model = parse(Kind::Model, bytes)?;
    for _ in 0..1 + random.below(3) {
        change(&mut model, &mut random, &mut mutate_bytes);
    }
    let mut out = Vec::with_capacity(bytes.len() + 64);
    write(&model, &mut out);
    Some(out)
}

fn change(
    model: &mut Vec<Field>,
    random: &mut Random,
    mutate_bytes: &mut impl FnMut(&mut Vec<u8>),
) {
    let mut texts = Vec::new();
    collect_texts(model, &mut texts);
    let mut place = random.below(count_messages(model));
    let Some(fields) = find_message(model, &mut place).filter(|fields| !fields.is_empty()) else {
        return;
    };
    let index = random.below(fields.len());
    let other = random.below(fields.len());
    match random.below(8) {
        0 => {
            fields.remove(index);
        }
        1 => {
            let field = fields[index].clone();
            fields.insert(other, field);
        }
        2 => fields.swap(index, other),
        3 => {
            let number = fields[other].number;
            fields[index].number = number;
        }
        _ => match &mut fields[index].value {
            Value::Varint(value) => {
                *value = match random.below(6) {
                    0 => value.wrapping_add(1),
                    1 => value.wrapping_sub(1),
                    2 => u64::MAX >> random.below(64),
                    3 => 1 << random.below(64),
                    _ => random.below(24) as u64,
                }
            }
            Value::Fixed64(bytes) => *bytes = random.next().to_le_bytes(),
            Value::Fixed32(bytes) => *bytes = (random.next() as u32).to_le_bytes(),
            // A name becomes another name of the file: nodes are wired anew.
            Value::Bytes(bytes) if bytes.len() < 32 && !texts.is_empty() && random.below(3) > 0 => {
                *bytes = texts.swap_remove(random.below(texts.len()));
            }
            Value::Bytes(bytes) => mutate_bytes(bytes),
            Value::Message(inner) => inner.truncate(inner.len() / 2),
        },
    }
}

fn count_messages(fields: &[Field]) -> usize {
    let inner = fields.iter().map(|field| match &field.value {
        Value::Message(fields) => count_messages(fields),
        _ => 0,
    });
    1 + inner.sum::<usize>()
}

fn find_message<'a>(fields: &'a mut Vec<Field>, place: &mut usize) -> Option<&'a mut Vec<Field>> {
    if *place == 0 {
        return Some(fields);
    }
    *place -= 1;
    fields.iter_mut().find_map(|field| match &mut field.value {
        Value::Message(fields) => {
            let messages = count_messages(fields);
            if *place < messages {
                find_message(fields, place)
            } else {
                *place -= messages;
                None
            }
        }
        _ => None,
    })
}

fn collect_texts(fields: &[Field], texts: &mut Vec<Vec<u8>>) {
    for field in fields {
        match &field.value {
            Value::Bytes(bytes) if bytes.len() < 32 => texts.push(bytes.clone()),
            Value::Message(fields) => collect_texts(fields, texts),
            _ => {}
        }
    }
}

fn parse(kind: Kind, mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let number = u32::try_from(tag >> 3).ok()?;
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut bytes)?),
            1 => Value::Fixed64(take(&mut bytes, 8)?.try_into().ok()?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let inner = take(&mut bytes, length)?;
                let message = kind
                    .child(number)
                    .and_then(|kind| Some(Value::Message(parse(kind, inner)?)));
                message.unwrap_or_else(|| Value::Bytes(inner.to_vec()))
            }
            5 => Value::Fixed32(take(&mut bytes, 4)?.try_into().ok()?),
            _ => return None,
        };
        fields.push(Field { number, value });
    }
    Some(fields)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for index in 0..10 {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn write(fields: &[Field], out: &mut Vec<u8>) {
    for Field { number, value } in fields {
        let mut tag = |wire_type: u64| push_varint(out, u64::from(*number) << 3 | wire_type);
        match value {
            Value::Varint(value) => {
                tag(0);
                push_varint(out, *value);
            }
            Value::Fixed64(bytes) => {
                tag(1);
                out.extend_from_slice(bytes);
            }
            Value::Bytes(bytes) => {
                tag(2);
                push_varint(out, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Value::Message(fields) => {
                tag(2);
                let mut inner = Vec::new();
                write(fields, &mut inner);
                push_varint(out, inner.len() as u64);
                out.append(&mut inner);
            }
            Value::Fixed32(bytes) => {
                tag(5);
                out.extend_from_slice(bytes);
            }
        }
    }
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
