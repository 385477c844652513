//! Reads the expression of an aligned face: a crop in, scores out, with our network or one of any other make.
//!
//! Cutting the crop is `align`'s and `resample`'s work; how a foreign network is fed is settled in `feed`.

use crate::align::Template;
use crate::description::{Described, Labels, ModelDescription, OutputValues};
use crate::error::Error;
use crate::expression::{ExpressionSet, Head, Scores};
use crate::feed::Said;
use crate::geometry::Size;
use crate::network::{Backend, Kind, Network, OutputFacts};

const MODEL: &str = Kind::Expression.name();

/// How far the sum of probabilities may lie from 1.
const SUM_TOLERANCE: f32 = 0.01;

/// The least and the highest temperature.
const TEMPERATURES: (f32, f32) = (0.05, 20.0);

/// The expression network alone: an aligned crop in, scores out. For evaluation on data sets whose faces are cut already.
#[derive(Debug)]
pub struct ExpressionReader {
    network: Network,
    template: Template,
    side: u32,
    /// The consensus head and the FER-2013 head; in a foreign network both are the one output that is read.
    heads: [Spoken; 2],
    labels: Labels,
}

/// An output that is read.
#[derive(Clone, Copy, Debug)]
struct Spoken {
    output: usize,
    values: OutputValues,
    temperature: f32,
}

impl ExpressionReader {
    /// Loads an expression network that describes itself: one of the model format, or any ONNX file with the metadata keys for foreign
    /// networks.
    ///
    /// # Errors
    ///
    /// Those of [`Self::with_description`].
    pub fn from_onnx(bytes: &[u8], backend: Backend) -> Result<Self, Error> {
        Self::with_description(bytes, backend, &ModelDescription::default())
    }

    /// Loads an expression network of any make.
    ///
    /// # Errors
    ///
    /// Those of a model file ([`Error::Model`], [`Error::ModelKind`], [`Error::ModelShape`], [`Error::MissingMetadata`],
    /// [`Error::InvalidMetadata`], [`Error::Labels`]), [`Error::Undescribed`] for what neither the file nor the description says,
    /// [`Error::Misdescribed`] where they contradict each other, [`Error::OptionOutOfRange`] for a temperature outside its range and for
    /// tract in a build without it.
    pub fn with_description(
        bytes: &[u8],
        backend: Backend,
        description: &ModelDescription,
    ) -> Result<Self, Error> {
        let network = Network::load_described(bytes, backend, description)?;
        let mut reader = Self {
            side: network.square_side()?,
            template: template(&network, description)?,
            labels: labels(&network, description)?,
            heads: [Spoken {
                output: 0,
                values: OutputValues::Logits,
                temperature: 1.0,
            }; 2],
            network,
        };
        reader.heads = reader.find_heads(description)?;
        reader.try_out(description)?;
        Ok(reader)
    }

    /// The embedded network.
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`] for tract in a build without it.
    pub fn embedded(backend: Backend) -> Result<Self, Error> {
        Self::from_onnx(moue_models::EXPRESSION, backend)
    }

    /// Side of the square crop, in pixels.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// Where the crop's five points should lie.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Fails with [`Error::Labels`] unless the network tells all expressions of `set` apart.
    pub fn check_expressions(&self, set: ExpressionSet) -> Result<(), Error> {
        self.labels.check(set)
    }

    /// Reads a crop of `side` x `side` full-range luma bytes, row after row.
    ///
    /// # Errors
    ///
    /// [`Error::PictureLength`] for another number of bytes, [`Error::Labels`] for a set of which the network doesn't know all expressions,
    /// [`Error::Model`] where the network fails or its numbers aren't what they should be.
    pub fn read(&mut self, crop: &[u8], head: Head, set: ExpressionSet) -> Result<Scores, Error> {
        self.check_expressions(set)?;
        let size = Size::new(self.side, self.side);
        if crop.len() as u64 != size.pixels() {
            return Err(Error::PictureLength {
                given: crop.len(),
                needed: size.pixels() as usize,
                size,
            });
        }
        self.network.run(crop, size)?;
        let spoken = self.heads[match head {
            Head::Consensus => 0,
            Head::Fer2013 => 1,
        }];
        let numbers = self.network.output(spoken.output).data;
        self.check_numbers(spoken, numbers)?;
        let mut logits = [0.0; 7];
        for (label, &number) in self.labels.places().iter().zip(numbers) {
            if let Some(expression) = *label {
                logits[expression as usize] = match spoken.values {
                    OutputValues::Logits => number,
                    // A softmax of logarithms gives the probabilities back, divided by their sum over the set.
                    OutputValues::Probabilities => libm::logf(number.max(f32::MIN_POSITIVE)),
                };
            }
        }
        Ok(Scores::from_logits(logits, spoken.temperature, set))
    }

    fn check_numbers(&self, spoken: Spoken, numbers: &[f32]) -> Result<(), Error> {
        let name = || &self.network.outputs()[spoken.output].name;
        let wrong = |words: String| Error::Model {
            model: MODEL,
            source: words.into(),
        };
        if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
            return Err(wrong(format!(
                "output {} holds {number}: its weights are broken; train or export it again",
                name()
            )));
        }
        if spoken.values == OutputValues::Probabilities && !are_probabilities(numbers) {
            return Err(wrong(format!(
                "output {} holds {numbers:?}: probabilities lie in 0 to 1 and sum to 1; describe its values as logits, or correct the scaling of the input",
                name()
            )));
        }
        Ok(())
    }

    /// Which outputs speak. A network with an output of a head's name has both heads; any other has one output for both.
    fn find_heads(&self, description: &ModelDescription) -> Result<[Spoken; 2], Error> {
        let network = &self.network;
        let outputs = network.outputs();
        let chosen = description
            .output
            .as_deref()
            .or_else(|| network.find_metadata("moue.output"));
        let heads = [Head::Consensus.name(), Head::Fer2013.name()];
        let has_head = |output: &OutputFacts| heads.contains(&output.name.as_str());
        let names = match (chosen, outputs) {
            (Some(name), _) => [name; 2],
            (None, _) if outputs.iter().any(has_head) => heads,
            (None, [only]) => [only.name.as_str(); 2],
            (None, _) => {
                let names: Vec<String> = outputs
                    .iter()
                    .map(|output| {
                        let channels = output
                            .channels
                            .map_or("?".into(), |count| count.to_string());
                        format!("\"{}\" of {channels} channels", output.name)
                    })
                    .collect();
                return Err(Error::Undescribed {
                    what: "output",
                    found: format!("it has the outputs {}", names.join(", ")),
                    allowed: "the name of one of them".to_owned(),
                });
            }
        };
        let count = self.labels.places().len();
        let [consensus, fer2013] = names.map(|name| {
            let output = network.output_index(name, count)?;
            let said = Said {
                metadata: |key: &str| network.find_metadata(key),
            };
            let is_softmax = outputs[output].is_softmax;
            let values = said.or_metadata(description.values)?;
            Ok(Spoken {
                output,
                values: values.unwrap_or(if is_softmax {
                    OutputValues::Probabilities
                } else {
                    OutputValues::Logits
                }),
                temperature: temperature(network, description, name)?,
            })
        });
        Ok([consensus?, fer2013?])
    }

    /// Runs a network whose outputs aren't known for certain, so that what doesn't fit is told before any work is done.
    fn try_out(&mut self, description: &ModelDescription) -> Result<(), Error> {
        if self.network.is_int8() {
            return Ok(());
        }
        let size = Size::new(self.side, self.side);
        let mut are_all_probabilities = true;
        for grey in [0, u8::MAX] {
            self.network
                .run(&vec![grey; size.pixels() as usize], size)?;
            for spoken in self.heads {
                let numbers = self.network.output(spoken.output).data;
                let count = self.labels.places().len();
                if numbers.len() != count {
                    return Err(Error::ModelShape {
                        model: MODEL,
                        tensor: self.network.outputs()[spoken.output].name.clone(),
                        given: format!("{} numbers", numbers.len()),
                        expected: format!("{count}, one for each label of \"{}\",", self.labels),
                    });
                }
                // A network that measures a picture by its own contrast gives no number for a grey one.
                if numbers.iter().all(|number| number.is_finite()) {
                    self.check_numbers(spoken, numbers)?;
                }
                are_all_probabilities &= are_probabilities(numbers);
            }
        }
        let is_said =
            description.values.is_some() || self.network.find_metadata("moue.values").is_some();
        let are_logits = self.heads[0].values == OutputValues::Logits;
        if are_logits && are_all_probabilities && !is_said {
            return Err(Error::Undescribed {
                what: OutputValues::NAME,
                found: "its output looks like probabilities, but no softmax makes it".to_owned(),
                allowed: OutputValues::ALLOWED.to_owned(),
            });
        }
        Ok(())
    }
}

fn are_probabilities(numbers: &[f32]) -> bool {
    let sum: f32 = numbers.iter().sum();
    let range = -SUM_TOLERANCE..=1.0 + SUM_TOLERANCE;
    numbers.iter().all(|number| range.contains(number)) && (sum - 1.0).abs() <= SUM_TOLERANCE
}

/// Whether the file is of the model format, where every key must be there.
fn is_of_format(network: &Network) -> bool {
    network.find_metadata("moue.kind").is_some()
}

fn template(network: &Network, description: &ModelDescription) -> Result<Template, Error> {
    let said = Said {
        metadata: |key: &str| network.find_metadata(key),
    };
    match said.or_metadata(description.template)? {
        Some(template) => Ok(template),
        None if is_of_format(network) => Err(missing("moue.template".to_owned())),
        None => Ok(Template::FER2013),
    }
}

fn labels(network: &Network, description: &ModelDescription) -> Result<Labels, Error> {
    if let Some(labels) = &description.labels {
        return match network.find_metadata("moue.labels") {
            Some(own)
                if is_of_format(network) && own.parse::<Labels>()?.places() != labels.places() =>
            {
                Err(Error::Misdescribed {
                    what: "labels",
                    given: format!("\"{labels}\""),
                    found: format!("the file describes itself, with the labels \"{own}\""),
                })
            }
            _ => Ok(labels.clone()),
        };
    }
    match network.find_metadata("moue.labels") {
        Some(text) => {
            let labels: Labels = text.parse()?;
            if is_of_format(network) {
                labels.check(ExpressionSet::Seven)?;
            }
            Ok(labels)
        }
        None if is_of_format(network) => Err(missing("moue.labels".to_owned())),
        None => Err(Error::Undescribed {
            what: "labels",
            found: "no metadata names them".to_owned(),
            allowed: "what each number of the output stands for, in its order: angry, disgust, fear, happy, sad, surprise, neutral, and a dash for what is none of these".to_owned(),
        }),
    }
}

fn temperature(
    network: &Network,
    description: &ModelDescription,
    output: &str,
) -> Result<f32, Error> {
    let (least, most) = TEMPERATURES;
    if let Some(temperature) = description.temperature {
        Error::check_option("temperature", temperature, least, most)?;
        return Ok(temperature);
    }
    let key = format!("moue.temperature.{output}");
    if network.find_metadata(&key).is_some() || is_of_format(network) {
        network.number(&key, least, most)
    } else {
        Ok(1.0)
    }
}

fn missing(key: String) -> Error {
    Error::MissingMetadata { model: MODEL, key }
}
