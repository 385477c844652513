//! The expression models that are judged: where their bytes come from, and what they say of themselves.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, Result};
use moue::{
    Backend, ExpressionReader, ExpressionSet, Kind, ModelDescription, ModelInfo, embedded_model,
};

use crate::choices::{read_model, refused};
use crate::evaluation::ModelFacts;

/// The word for the model inside the command.
const BUILT_IN: &str = "built-in";

/// A model, ready to be loaded once for each thread.
#[derive(Debug)]
pub struct Model {
    /// Its file as given, or the word for the built-in one.
    pub name: String,
    bytes: Cow<'static, [u8]>,
    backend: Backend,
    description: ModelDescription,
}

impl Model {
    /// The model of a file; the built-in one without a file, or where that is called `built-in`.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn open(file: Option<&Path>, backend: Backend) -> Result<Self> {
        let file = file.filter(|file| file.as_os_str() != BUILT_IN);
        Ok(Self {
            name: file.map_or(BUILT_IN.to_owned(), |file| file.display().to_string()),
            bytes: match file {
                Some(file) => Cow::Owned(read_model(file)?),
                None => Cow::Borrowed(embedded_model(Kind::Expression)),
            },
            backend,
            description: ModelDescription::default(),
        })
    }

    /// The same, described so.
    pub fn described(mut self, description: ModelDescription) -> Self {
        self.description = description;
        self
    }

    /// The same, described so unless the file is of the model format and describes itself.
    pub fn described_if_foreign(self, description: &ModelDescription) -> Self {
        if self.describes_itself() {
            self
        } else {
            self.described(description.clone())
        }
    }

    /// Whether the file is of the model format. One that can't be read at all isn't; loading it tells why.
    pub fn describes_itself(&self) -> bool {
        ModelInfo::read(&self.bytes)
            .is_ok_and(|info| info.metadata.iter().any(|(key, _)| key == "moue.kind"))
    }

    /// Fails, with the model's name, unless it tells all expressions of `set` apart.
    pub fn check_expressions(&self, set: ExpressionSet) -> Result<()> {
        let reader = self.reader()?;
        reader
            .check_expressions(set)
            .with_context(|| self.name.clone())
    }

    /// Loads it.
    ///
    /// # Errors
    ///
    /// With the model's name, where it can't be used.
    pub fn reader(&self) -> Result<ExpressionReader> {
        let reader =
            ExpressionReader::with_description(&self.bytes, self.backend, &self.description)
                .map_err(refused);
        if self.name == BUILT_IN {
            reader
        } else {
            reader.with_context(|| self.name.clone())
        }
    }

    /// What it says of itself.
    ///
    /// # Errors
    ///
    /// Where it can't be loaded.
    pub fn facts(&self) -> Result<ModelFacts> {
        let side = self.reader()?.side();
        let info = ModelInfo::read(&self.bytes).with_context(|| self.name.clone())?;
        let metadata = |wanted: &str| {
            let found = info.metadata.iter().find(|(key, _)| key == wanted);
            found.map(|(_, value)| value.clone())
        };
        Ok(ModelFacts {
            name: self.name.clone(),
            version: metadata("moue.version"),
            license: metadata("moue.license"),
            card: metadata("moue.card"),
            backend: match self.backend {
                Backend::Tract => "tract",
                _ => info.backend,
            },
            side,
            parameters: info.parameters,
            multiply_adds: info.multiply_adds,
            bytes: self.bytes.len(),
        })
    }
}
