//! A tiny writer of ONNX files. The structures are open, so that a test can break a sound file in one place before it is encoded.

/// A protobuf message under construction.
#[derive(Clone, Default)]
pub struct Message(pub Vec<u8>);

impl Message {
    pub fn varint(mut self, field: u32, value: i64) -> Self {
        push_varint(&mut self.0, u64::from(field) << 3);
        push_varint(&mut self.0, value as u64);
        self
    }

    pub fn bytes(mut self, field: u32, bytes: &[u8]) -> Self {
        push_varint(&mut self.0, u64::from(field) << 3 | 2);
        push_varint(&mut self.0, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn text(self, field: u32, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    pub fn message(self, field: u32, message: &Message) -> Self {
        self.bytes(field, &message.0)
    }
}

pub fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

pub const FLOAT: i64 = 1;
pub const UINT8: i64 = 2;
pub const INT8: i64 = 3;
pub const INT32: i64 = 6;

#[derive(Clone)]
pub enum Value {
    Int(i64),
    Ints(Vec<i64>),
    Text(String),
    Float(f32),
    Graph,
}

#[derive(Clone, Default)]
pub struct Node {
    pub name: String,
    pub operator: String,
    pub domain: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: Vec<(String, Value)>,
}

#[derive(Clone, Default)]
pub struct Tensor {
    pub name: String,
    pub element_type: i64,
    pub dims: Vec<i64>,
    pub raw: Option<Vec<u8>>,
    pub is_external: bool,
}

#[derive(Clone, PartialEq)]
pub enum Dim {
    Value(i64),
    Symbol(String),
}

#[derive(Clone)]
pub struct Info {
    pub name: String,
    pub element_type: i64,
    pub shape: Vec<Dim>,
}

#[derive(Clone)]
pub struct File {
    pub ir_version: i64,
    pub operator_sets: Vec<(String, i64)>,
    pub nodes: Vec<Node>,
    pub initializers: Vec<Tensor>,
    pub inputs: Vec<Info>,
    pub outputs: Vec<Info>,
    pub metadata: Vec<(String, String)>,
    /// Written behind everything else.
    pub extra: Message,
    /// Written at the end of the graph.
    pub extra_in_graph: Message,
}

impl Default for File {
    fn default() -> Self {
        File {
            ir_version: 8,
            operator_sets: vec![(String::new(), 17)],
            nodes: Vec::new(),
            initializers: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            metadata: Vec::new(),
            extra: Message::default(),
            extra_in_graph: Message::default(),
        }
    }
}

impl File {
    pub fn node(&mut self, name: &str) -> &mut Node {
        self.nodes
            .iter_mut()
            .find(|node| node.name == name)
            .unwrap_or_else(|| panic!("no node {name}"))
    }

    pub fn initializer(&mut self, name: &str) -> &mut Tensor {
        self.initializers
            .iter_mut()
            .find(|tensor| tensor.name == name)
            .unwrap_or_else(|| panic!("no initialiser {name}"))
    }

    pub fn add_node(
        &mut self,
        operator: &str,
        name: &str,
        inputs: &[&str],
        attributes: Vec<(&str, Value)>,
    ) -> String {
        self.nodes.push(Node {
            name: name.to_owned(),
            operator: operator.to_owned(),
            domain: String::new(),
            inputs: inputs.iter().map(|&input| input.to_owned()).collect(),
            outputs: vec![format!("{name}:out")],
            attributes: attributes
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        });
        format!("{name}:out")
    }

    pub fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> String {
        self.tensor(
            name,
            FLOAT,
            dims,
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        )
    }

    pub fn ints(&mut self, name: &str, dims: &[usize], values: &[i32]) -> String {
        self.tensor(
            name,
            INT32,
            dims,
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        )
    }

    pub fn tensor(
        &mut self,
        name: &str,
        element_type: i64,
        dims: &[usize],
        raw: Vec<u8>,
    ) -> String {
        let dims = dims.iter().map(|&dim| dim as i64).collect();
        self.initializers.push(Tensor {
            name: name.to_owned(),
            element_type,
            dims,
            raw: Some(raw),
            is_external: false,
        });
        name.to_owned()
    }

    /// The file's bytes. The operator sets come last, so that a file cut short anywhere is no sound one.
    pub fn encode(&self) -> Vec<u8> {
        let mut graph = Message::default().text(2, "graph");
        for node in &self.nodes {
            graph = graph.message(1, &node.encode());
        }
        for tensor in &self.initializers {
            graph = graph.message(5, &tensor.encode());
        }
        for info in &self.inputs {
            graph = graph.message(11, &info.encode());
        }
        for info in &self.outputs {
            graph = graph.message(12, &info.encode());
        }
        graph.0.extend_from_slice(&self.extra_in_graph.0);
        let mut model = Message::default().varint(1, self.ir_version);
        for (key, value) in &self.metadata {
            model = model.message(14, &Message::default().text(1, key).text(2, value));
        }
        model = model.message(7, &graph);
        for (domain, version) in &self.operator_sets {
            model = model.message(8, &Message::default().text(1, domain).varint(2, *version));
        }
        model.0.extend_from_slice(&self.extra.0);
        model.0
    }
}

impl Node {
    fn encode(&self) -> Message {
        let mut message = Message::default();
        for input in &self.inputs {
            message = message.text(1, input);
        }
        for output in &self.outputs {
            message = message.text(2, output);
        }
        message = message
            .text(3, &self.name)
            .text(4, &self.operator)
            .text(7, &self.domain);
        for (name, value) in &self.attributes {
            let attribute = Message::default().text(1, name);
            let attribute = match value {
                Value::Int(value) => attribute.varint(3, *value).varint(20, 2),
                Value::Ints(values) => values
                    .iter()
                    .fold(attribute, |attribute, &value| attribute.varint(8, value))
                    .varint(20, 7),
                Value::Text(text) => attribute.text(4, text).varint(20, 3),
                Value::Float(value) => {
                    let mut attribute = attribute;
                    push_varint(&mut attribute.0, 2 << 3 | 5);
                    attribute.0.extend_from_slice(&value.to_le_bytes());
                    attribute.varint(20, 1)
                }
                Value::Graph => attribute.message(6, &Message::default()).varint(20, 5),
            };
            message = message.message(5, &attribute);
        }
        message
    }
}

impl Tensor {
    fn encode(&self) -> Message {
        let message = self
            .dims
            .iter()
            .fold(Message::default(), |message, &dim| message.varint(1, dim));
        let mut message = message.varint(2, self.element_type).text(8, &self.name);
        if let Some(raw) = &self.raw {
            message = message.bytes(9, raw);
        }
        if self.is_external {
            message = message
                .message(
                    13,
                    &Message::default()
                        .text(1, "location")
                        .text(2, "weights.bin"),
                )
                .varint(14, 1);
        }
        message
    }
}

impl Info {
    pub fn new(name: &str, shape: &[Dim]) -> Self {
        Info {
            name: name.to_owned(),
            element_type: FLOAT,
            shape: shape.to_vec(),
        }
    }

    fn encode(&self) -> Message {
        let shape = self.shape.iter().fold(Message::default(), |shape, dim| {
            let dim = match dim {
                Dim::Value(value) => Message::default().varint(1, *value),
                Dim::Symbol(name) => Message::default().text(2, name),
            };
            shape.message(1, &dim)
        });
        let tensor = Message::default()
            .varint(1, self.element_type)
            .message(2, &shape);
        Message::default()
            .text(1, &self.name)
            .message(2, &Message::default().message(1, &tensor))
    }
}
