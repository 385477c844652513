//! Expression networks of any make: described in code or in their metadata, they are fed and read as described, and what doesn't fit is told.
//!
//! Each network here is the mean of the picture through one convolution, so that its scores can be worked out by hand.

#[path = "../../nn/tests/support/mod.rs"]
mod onnx_support;
mod support;

use moue::align::Template;
use moue::description::{Layout, OutputValues, Scaling};
use moue::{
    Analyzer, Backend, Expression, ExpressionReader, ExpressionSet, Head, Kind, ModelDescription,
    ModelInfo, Options,
};
use onnx_support::onnx::{Dim, File, INT8, Info, Value};
use support::{frame, photo};

const LABELS: &str = "angry,disgust,fear,happy,sad,surprise,neutral,-contempt";

fn dims(sizes: &[i64]) -> Vec<Dim> {
    let dim = |&size: &i64| match size {
        -1 => Dim::Symbol("open".to_owned()),
        size => Dim::Value(size),
    };
    sizes.iter().map(dim).collect()
}

/// A network whose logits are `weights` (a row an output number, a column a channel) times the channels' means.
fn network(shape: &[i64], layout: Layout, weights: &[&[f32]], softmax: bool) -> File {
    let mut file = File::default();
    file.inputs.push(Info::new("picture", &dims(shape)));
    let mut last = "picture".to_owned();
    if layout == Layout::ChannelsLast {
        let order = Value::Ints(vec![0, 3, 1, 2]);
        last = file.add_node("Transpose", "turn", &[&last], vec![("perm", order)]);
    }
    let mean = file.add_node("GlobalAveragePool", "mean", &[&last], vec![]);
    let kernel = [weights.len(), weights[0].len(), 1, 1];
    let weights_name = file.floats("weights", &kernel, &weights.concat());
    let sums = file.add_node("Conv", "sums", &[&mean, &weights_name], vec![]);
    last = file.add_node("Flatten", "flat", &[&sums], vec![]);
    if softmax {
        let axis = vec![("axis", Value::Int(1))];
        last = file.add_node("Softmax", "softmax", &[&last], axis);
    }
    let count = weights.len() as i64;
    file.outputs.push(Info::new(&last, &dims(&[-1, count])));
    file
}

/// Eight numbers of one channel: the last, contempt, always the highest.
const EIGHT: [&[f32]; 8] = [
    &[0.5],
    &[-1.0],
    &[0.0],
    &[2.0],
    &[1.5],
    &[-0.5],
    &[1.0],
    &[9.0],
];

fn grey(softmax: bool) -> File {
    network(&[1, 1, 48, 48], Layout::ChannelsFirst, &EIGHT, softmax)
}

fn described() -> ModelDescription {
    ModelDescription::default()
        .labels(LABELS.parse().expect("labels"))
        .scaling(Scaling::UNIT)
}

fn load(file: &File, description: &ModelDescription) -> Result<ExpressionReader, moue::Error> {
    ExpressionReader::with_description(&file.encode(), Backend::Auto, description)
}

/// What is said of a file that doesn't fit: in words for an app's maker too, who has no command line.
fn message(file: &File, description: &ModelDescription) -> String {
    let message = load(file, description)
        .expect_err("it doesn't fit")
        .to_string();
    assert!(!message.contains("--"), "{message}");
    message
}

/// Softmax of the first seven of `logits`.
fn softmax(logits: &[f64]) -> Vec<f64> {
    let powers: Vec<f64> = logits[..7].iter().map(|&logit| libm::exp(logit)).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

fn assert_scores(reader: &mut ExpressionReader, crop: &[u8], logits: &[f64]) {
    for head in [Head::Fer2013, Head::Consensus] {
        let scores = reader
            .read(crop, head, ExpressionSet::Seven)
            .expect("a crop of its size");
        for (expression, expected) in Expression::ALL.into_iter().zip(softmax(logits)) {
            let score = f64::from(scores[expression]);
            assert!((score - expected).abs() < 1e-5, "{expression}: {score}");
        }
    }
}

#[test]
fn logits_and_probabilities_give_the_same_scores_and_what_is_no_expression_is_left_out() {
    // White is 1 after the scaling, so the weights are the logits; contempt's would win if it competed.
    let logits: Vec<f64> = EIGHT.iter().map(|row| f64::from(row[0])).collect();
    for is_softmax in [false, true] {
        let mut reader = load(&grey(is_softmax), &described()).expect("it fits");
        assert_scores(&mut reader, &[255; 48 * 48], &logits);
    }
}

#[test]
fn a_subset_needs_only_the_labels_of_its_own() {
    let rows: Vec<&[f32]> = EIGHT[..6].to_vec();
    let file = network(&[1, 1, 48, 48], Layout::ChannelsFirst, &rows, false);
    let labels = "angry,fear,happy,sad,surprise,neutral";
    let description = described().labels(labels.parse().expect("labels"));
    let mut reader = load(&file, &description).expect("it fits");
    let crop = [255; 48 * 48];
    assert!(
        reader
            .read(&crop, Head::Fer2013, ExpressionSet::Six)
            .is_ok()
    );
    let missed = reader
        .read(&crop, Head::Fer2013, ExpressionSet::Seven)
        .expect_err("disgust is not told apart")
        .to_string();
    assert!(missed.contains("\"disgust\" is missing"), "{missed}");
    let options = Options::default()
        .model(Kind::Expression, file.encode())
        .model_description(description);
    assert!(Analyzer::new(options.clone()).is_err());
    assert!(Analyzer::new(options.expressions(ExpressionSet::Six)).is_ok());
}

#[test]
fn colour_networks_get_the_grey_picture_in_each_channel_scaled_as_torchvision_does() {
    let rows: [&[f32]; 7] = [
        &[1.0, 0.0, 0.0],
        &[0.0, 1.0, 0.0],
        &[0.0, 0.0, 1.0],
        &[1.0, 1.0, 0.0],
        &[0.0, 1.0, 1.0],
        &[0.0, 0.0, 0.0],
        &[-1.0, 0.0, 1.0],
    ];
    // A byte of 102 is 0.4; (0.4 - mean) / deviation by torchvision's constants.
    let [r, g, b] = [
        (0.4 - 0.485) / 0.229,
        (0.4 - 0.456) / 0.224,
        (0.4 - 0.406) / 0.225,
    ];
    let logits = [r, g, b, r + g, g + b, 0.0, b - r];
    let labels = "angry,disgust,fear,happy,sad,surprise,neutral";
    let description = ModelDescription::default()
        .labels(labels.parse().expect("labels"))
        .scaling(Scaling::IMAGENET);
    for (shape, layout) in [
        ([1, 3, 64, 64], Layout::ChannelsFirst),
        ([-1, 64, 64, 3], Layout::ChannelsLast),
    ] {
        let file = network(&shape, layout, &rows, false);
        let mut reader = load(&file, &description).expect("it fits");
        assert_eq!(reader.side(), 64);
        assert_scores(&mut reader, &[102; 64 * 64], &logits);
    }
}

#[test]
fn an_open_input_takes_the_size_that_is_said() {
    let file = network(&[-1; 4], Layout::ChannelsFirst, &EIGHT, false);
    let told = message(&file, &described());
    assert!(
        told.contains("layout") && told.contains("[?, ?, ?, ?]"),
        "{told}"
    );
    let description = described()
        .layout(Layout::ChannelsFirst)
        .channels("1".parse().expect("a count"))
        .input("64x64".parse().expect("a size"))
        .scaling("1..0".parse().expect("a range"));
    let mut reader = load(&file, &description).expect("it fits");
    assert_eq!(reader.side(), 64);
    // Turned round: black is 1.
    let logits: Vec<f64> = EIGHT.iter().map(|row| f64::from(row[0])).collect();
    assert_scores(&mut reader, &[0; 64 * 64], &logits);
}

#[test]
fn metadata_describes_a_network_as_well() {
    let mut file = grey(false);
    for (key, value) in [
        ("moue.labels", LABELS),
        ("moue.scaling", "0..255"),
        ("moue.values", "logits"),
        ("moue.temperature.flat:out", "2"),
    ] {
        file.metadata.push((key.to_owned(), value.to_owned()));
    }
    let mut reader = load(&file, &ModelDescription::default()).expect("it describes itself");
    // A byte of 2 is 2, and the temperature halves it.
    let logits: Vec<f64> = EIGHT.iter().map(|row| f64::from(row[0])).collect();
    assert_scores(&mut reader, &[2; 48 * 48], &logits);
    // What is said in code goes before.
    let mut reader = load(&file, &described().temperature(1.0)).expect("it fits");
    assert_scores(&mut reader, &[255; 48 * 48], &logits);
}

#[test]
fn what_is_not_known_is_asked_for_by_name() {
    let labels = LABELS.parse().expect("labels");
    let told = message(
        &grey(false),
        &ModelDescription::default().scaling(Scaling::UNIT),
    );
    assert!(
        told.contains("say its labels in a description, or as metadata \"moue.labels\""),
        "{told}"
    );
    let told = message(&grey(false), &ModelDescription::default().labels(labels));
    assert!(
        told.contains("say its scaling") && told.contains("-1..1"),
        "{told}"
    );

    let mut two = grey(false);
    two.outputs
        .push(Info::new("mean:out", &dims(&[1, 1, 1, 1])));
    let told = message(&two, &described());
    assert!(
        told.contains("say its output")
            && told.contains("\"flat:out\" of 8 channels")
            && told.contains("\"mean:out\" of 1 channels"),
        "{told}"
    );
    assert!(load(&two, &described().output("flat:out")).is_ok());
    let told = message(&two, &described().output("mean:out"));
    assert!(
        told.contains("1 channels") && told.contains("8 channels"),
        "{told}"
    );
    let told = message(&two, &described().output("logits"));
    assert!(
        told.contains("\"logits\"") && told.contains("no such output"),
        "{told}"
    );
}

#[test]
fn numbers_and_labels_must_be_as_many() {
    let seven = "angry,disgust,fear,happy,sad,surprise,neutral";
    let description = described().labels(seven.parse().expect("labels"));
    let told = message(&grey(false), &description);
    assert!(
        told.contains("8 channels") && told.contains("7 channels"),
        "{told}"
    );
    // Where the file doesn't declare the number, a trial run tells it.
    let mut file = grey(false);
    file.outputs[0].shape = dims(&[-1, -1]);
    let told = message(&file, &description);
    assert!(told.contains("8 numbers") && told.contains(seven), "{told}");
    assert!(load(&file, &described()).is_ok());
}

#[test]
fn logits_are_not_taken_for_probabilities_nor_the_other_way_round() {
    let description = described().values(OutputValues::Probabilities);
    let told = message(&grey(false), &description);
    assert!(
        told.contains("sum to 1") && told.contains("describe its values as logits"),
        "{told}"
    );

    // The identity behind the softmax hides it.
    let mut hidden = grey(true);
    let last = hidden.add_node("Identity", "same", &["softmax:out"], vec![]);
    hidden.outputs[0].name = last;
    let told = message(&hidden, &described());
    assert!(told.contains("say its values"), "{told}");
    for values in [OutputValues::Logits, OutputValues::Probabilities] {
        assert!(load(&hidden, &described().values(values)).is_ok());
    }
}

#[test]
fn what_is_too_much_for_the_int8_engine_is_read_all_the_same() {
    let mut file = grey(false);
    let flat = file.outputs[0].name.clone();
    let seventeen = vec![flat.as_str(); 17];
    file.outputs[0].name = file.add_node("Sum", "sum", &seventeen, vec![]);
    let description = described().temperature(17.0);
    let mut reader = load(&file, &description).expect("tract adds any number");
    let logits = [0.5, -1.0, 0.0, 2.0, 1.5, -0.5, 1.0];
    assert_scores(&mut reader, &[255; 48 * 48], &logits);
    let info = ModelInfo::read(&file.encode()).expect("it can be shown");
    assert!(info.not_int8.is_some_and(|why| why.contains("17")));
}

#[test]
fn inputs_and_outputs_of_other_kinds_are_named() {
    let mut two = grey(false);
    two.inputs.push(Info::new("age", &dims(&[1, 1])));
    let told = message(&two, &described());
    assert!(
        told.contains("2 inputs") && told.contains("picture, age"),
        "{told}"
    );
    let mut bytes = grey(false);
    bytes.inputs[0].element_type = INT8;
    let told = message(&bytes, &described());
    assert!(
        told.contains("\"picture\" holds int8") && told.contains("float32"),
        "{told}"
    );
    let mut row = grey(false);
    row.inputs[0].shape = dims(&[1, 48 * 48]);
    let told = message(&row, &described());
    assert!(
        told.contains("[1, 2304]") && told.contains("[1, C, H, W]"),
        "{told}"
    );
    let told = message(&grey(false), &described().temperature(0.0));
    assert!(
        told.contains("temperature") && told.contains("0.05"),
        "{told}"
    );
    let told = message(
        &grey(false),
        &described().input("64".parse().expect("a size")),
    );
    assert!(
        told.contains("[1, 1, 48, 48]") && told.contains("64"),
        "{told}"
    );
}

#[test]
fn a_file_of_the_int8_format_can_be_described_only_as_it_is() {
    let ours = moue_models::EXPRESSION;
    let load = |description| ExpressionReader::with_description(ours, Backend::Int8, &description);
    let plain = ModelDescription::default();
    assert!(load(plain.clone().scaling(Scaling::UNIT)).is_ok());
    let own = "angry, disgust, fear, happy, sad, surprise, neutral";
    let own = plain.clone().labels(own.parse().expect("labels"));
    assert!(load(own).is_ok());
    for (description, word) in [
        (plain.clone().scaling(Scaling::IMAGENET), "scaling"),
        (
            plain.clone().channels("3".parse().expect("a count")),
            "channels",
        ),
        (plain.clone().input("64".parse().expect("a size")), "input"),
        (plain.clone().output("other"), "no such output"),
        (
            plain.clone().labels(
                "neutral,disgust,fear,angry,sad,surprise,happy"
                    .parse()
                    .expect("labels"),
            ),
            "the file describes itself",
        ),
    ] {
        let told = load(description).expect_err("not so").to_string();
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn the_template_of_foreign_networks_is_that_of_ours() {
    let ours = ExpressionReader::embedded(Backend::Int8).expect("embedded");
    assert_eq!(*ours.template(), Template::FER2013);
    let foreign = load(&grey(false), &described()).expect("it fits");
    assert_eq!(*foreign.template(), Template::FER2013);
}

#[test]
fn a_photo_is_read_by_a_foreign_network_of_another_size_with_the_same_quality() {
    let file = network(
        &[1, 112, 112, 3],
        Layout::ChannelsLast,
        &[[1.0; 3].as_slice(); 8],
        false,
    );
    let image = photo("astronaut.jpg");
    let mut ours = Analyzer::new(Options::default()).expect("embedded");
    let expected = ours.analyze(&frame(&image)).expect("a valid frame")[0];
    let options = Options::default()
        .model(Kind::Expression, file.encode())
        .model_description(described());
    let mut foreign = Analyzer::new(options).expect("it fits");
    let found = foreign.analyze(&frame(&image)).expect("a valid frame")[0];
    assert_eq!(found.bounds, expected.bounds);
    assert_eq!(found.quality, expected.quality);
    // All its numbers are the same.
    for (expression, score) in found.reading.scores.iter() {
        assert!((score - 1.0 / 7.0).abs() < 1e-5, "{expression}: {score}");
    }
}

#[test]
fn a_network_of_any_shape_can_be_shown() {
    let file = network(&[-1, 64, 64, 1], Layout::ChannelsLast, &EIGHT, true);
    let info = ModelInfo::read(&file.encode()).expect("tract reads it");
    assert_eq!(info.backend, "tract");
    assert_eq!(info.input.map(|size| size.width), Some(64));
    assert_eq!(info.input_shape, [None, Some(64), Some(64), Some(1)]);
    assert_eq!(info.outputs, [("softmax:out".to_owned(), Some(8))]);
}
