//! What `analyze` says of a photo: a table for people, a JSON object for programs, and the drawings of its faces.

use std::path::Path;

use moue::{Expression, Face, Point, Reason, Scores, Size, Verdict};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::annotate::{Drawing, Rgb};

/// A photo that was analysed.
#[derive(Debug)]
pub struct Report {
    /// Its size once upright.
    pub size: Size,
    /// Its faces, the largest first.
    pub faces: Vec<Face>,
    /// The expressions that competed.
    pub expressions: Vec<Expression>,
}

impl Report {
    /// A line about the photo, then two a face: what it shows and where, and its points.
    pub fn table(&self, photo: &Path) -> String {
        let Size { width, height } = self.size;
        let count = match self.faces.len() {
            0 => "no face".to_owned(),
            1 => "1 face".to_owned(),
            count => format!("{count} faces"),
        };
        let mut text = format!("{}  {width} x {height}, {count}", photo.display());
        if self.faces.is_empty() {
            return text;
        }
        let readings: Vec<String> = self.faces.iter().map(in_words).collect();
        let column = readings
            .iter()
            .map(String::len)
            .max()
            .unwrap_or(0)
            .max("expression".len());
        let line = |number: &str, reading: &str, fields: [&str; 5]| {
            let [x, y, width, height, score] = fields;
            format!(
                "\n  {number:>4}  {reading:column$}  {x:>6} {y:>6} {width:>6} {height:>6}  {score:>5}"
            )
        };
        text += &line("face", "expression", ["x", "y", "width", "height", "score"]);
        for (index, (face, reading)) in self.faces.iter().zip(&readings).enumerate() {
            let bounds = face.bounds;
            let [x, y, width, height] = [bounds.x, bounds.y, bounds.width, bounds.height]
                .map(|value| format!("{value:.0}"));
            text += &line(
                &(index + 1).to_string(),
                reading,
                [&x, &y, &width, &height, &format!("{:.2}", face.score)],
            );
            let [left_eye, right_eye, nose, left_mouth, right_mouth] = face
                .points
                .to_array()
                .map(|Point { x, y }| format!("{x:.0},{y:.0}"));
            text += &format!(
                "\n        eyes {left_eye} {right_eye}  nose {nose}  mouth {left_mouth} {right_mouth}"
            );
        }
        text
    }

    /// The object of `analyze --json`, in one line.
    pub fn json(&self, photo: &Path) -> String {
        let faces = self
            .faces
            .iter()
            .map(|face| FaceObject::new(face, &self.expressions))
            .collect();
        let object = PhotoObject {
            image: photo.to_string_lossy(),
            width: self.size.width,
            height: self.size.height,
            faces,
        };
        serde_json::to_string(&object).expect("numbers, texts and lists have a JSON form")
    }

    /// The faces as drawings.
    pub fn drawings(&self) -> Vec<Drawing> {
        let drawing = |face: &Face| Drawing {
            bounds: face.bounds,
            points: face.points.to_array().to_vec(),
            label: in_words(face),
            color: color(face.reading.verdict),
        };
        self.faces.iter().map(drawing).collect()
    }
}

/// The object of `analyze --json` for a photo that could not be read, in one line.
pub fn error_json(photo: &Path, error: &str) -> String {
    serde_json::json!({ "image": photo.to_string_lossy(), "error": error }).to_string()
}

/// `happy 97 %`, or `unsure: too small`.
pub fn in_words(face: &Face) -> String {
    match face.reading.verdict {
        Verdict::Certain(expression) => format!(
            "{expression} {:.0} %",
            100.0 * face.reading.scores[expression]
        ),
        Verdict::Unsure(reason) => format!("unsure: {reason}"),
    }
}

/// The colour of a verdict.
pub fn color(verdict: Verdict) -> Rgb {
    match verdict {
        Verdict::Certain(expression) => expression_color(expression),
        Verdict::Unsure(_) => UNSURE_COLOR,
    }
}

/// Grey.
pub const UNSURE_COLOR: Rgb = [190, 190, 190];

/// A colour for each expression that people who see colours differently can tell apart (Okabe and Ito 2008).
pub fn expression_color(expression: Expression) -> Rgb {
    match expression {
        Expression::Angry => [213, 94, 0],
        Expression::Disgust => [0, 158, 115],
        Expression::Fear => [204, 121, 167],
        Expression::Happy => [240, 228, 66],
        Expression::Sad => [0, 114, 178],
        Expression::Surprise => [230, 159, 0],
        Expression::Neutral => [86, 180, 233],
    }
}

#[derive(serde::Serialize)]
struct PhotoObject<'a> {
    image: std::borrow::Cow<'a, str>,
    width: u32,
    height: u32,
    faces: Vec<FaceObject<'a>>,
}

/// A face as `analyze --json` has it.
#[derive(serde::Serialize)]
pub struct FaceObject<'a> {
    r#box: BoxObject,
    score: f32,
    points: PointsObject,
    expression: Option<&'static str>,
    unsure: Option<&'static str>,
    scores: ScoresObject<'a>,
}

#[derive(serde::Serialize)]
struct BoxObject {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

#[derive(serde::Serialize)]
struct PointsObject {
    image_left_eye: [f32; 2],
    image_right_eye: [f32; 2],
    nose: [f32; 2],
    image_left_mouth: [f32; 2],
    image_right_mouth: [f32; 2],
}

/// Only the expressions that competed: a score of 0 for the others would say that they were ruled out.
struct ScoresObject<'a> {
    scores: Scores,
    expressions: &'a [Expression],
}

impl<'a> FaceObject<'a> {
    /// With the scores of these expressions.
    pub fn new(face: &Face, expressions: &'a [Expression]) -> Self {
        let bounds = face.bounds;
        let (expression, unsure) = match face.reading.verdict {
            Verdict::Certain(expression) => (Some(expression.name()), None),
            Verdict::Unsure(reason) => (None, Some(Reason::name(reason))),
        };
        let [
            image_left_eye,
            image_right_eye,
            nose,
            image_left_mouth,
            image_right_mouth,
        ] = face.points.to_array().map(|Point { x, y }| [x, y]);
        Self {
            r#box: BoxObject {
                x: bounds.x,
                y: bounds.y,
                width: bounds.width,
                height: bounds.height,
            },
            score: face.score,
            points: PointsObject {
                image_left_eye,
                image_right_eye,
                nose,
                image_left_mouth,
                image_right_mouth,
            },
            expression,
            unsure,
            scores: ScoresObject {
                scores: face.reading.scores,
                expressions,
            },
        }
    }
}

impl Serialize for ScoresObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.expressions.len()))?;
        for &expression in self.expressions {
            map.serialize_entry(expression.name(), &self.scores[expression])?;
        }
        map.end()
    }
}
