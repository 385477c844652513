//! What `moue doctor` can say of a package: findings, each with its check's name, and a remedy where something is to be done.

use serde::Serialize;

/// The checks by name, as findings and `--allow` call them.
pub const CHECKS: &[&str] = &[
    "abis",
    "architecture",
    "camera",
    "classes",
    "headers",
    "internet",
    "jna",
    "keep",
    "module-map",
    "notice",
    "page-size",
    "privacy",
    "rules",
    "slices",
    "zip-alignment",
];

/// How a thing stands, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Something is to be done.
    Problem,
    /// Worth knowing, and right where it is meant.
    Note,
    /// In order.
    Ok,
}

impl State {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Note => "note",
            Self::Ok => "ok",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// One of [`CHECKS`].
    pub check: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found, in a sentence that names the part.
    pub says: String,
    /// What to do about it, in a line.
    pub remedy: Option<String>,
}

/// The findings of one package.
#[derive(Debug)]
pub struct Findings {
    found: Vec<Finding>,
    allowed: Vec<String>,
}

impl Findings {
    /// None yet. Problems of the checks that are allowed become notes.
    pub fn new(allowed: Vec<String>) -> Self {
        Self {
            found: Vec::new(),
            allowed,
        }
    }

    /// Something is in order.
    pub fn ok(&mut self, check: &'static str, says: impl Into<String>) {
        self.push(check, State::Ok, says.into(), None);
    }

    /// Something worth knowing.
    pub fn note(&mut self, check: &'static str, says: impl Into<String>, remedy: &str) {
        self.push(check, State::Note, says.into(), Some(remedy.to_owned()));
    }

    /// Something is to be done.
    pub fn problem(&mut self, check: &'static str, says: impl Into<String>, remedy: &str) {
        let state = if self.allowed.iter().any(|allowed| allowed == check) {
            State::Note
        } else {
            State::Problem
        };
        self.push(check, state, says.into(), Some(remedy.to_owned()));
    }

    /// How many findings are in this state.
    pub fn count(&self, state: State) -> usize {
        self.found
            .iter()
            .filter(|finding| finding.state == state)
            .count()
    }

    /// All findings, the worst first, else in the order in which they were made.
    pub fn sorted(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|finding| finding.state);
        self.found
    }

    fn push(&mut self, check: &'static str, state: State, says: String, remedy: Option<String>) {
        debug_assert!(CHECKS.contains(&check), "{check} is listed");
        self.found.push(Finding {
            check,
            state,
            says,
            remedy,
        });
    }
}
