//! Results in words, the same on a terminal and on a page.

use crate::evaluation::LeftOut;

/// What isn't among the faces, in words; `None` where that is nothing.
pub fn left_out(left_out: &LeftOut) -> Option<String> {
    let LeftOut {
        without_majority,
        outside_set,
        by_name,
        without_face,
        unreadable,
    } = *left_out;
    let parts: Vec<String> = [
        (
            without_majority,
            "faces without a majority for one of the seven expressions",
        ),
        (outside_set, "faces of the expressions that don't compete"),
        (by_name, "photos of folders that --leave-out names"),
        (without_face, "photos in which no face was found"),
        (unreadable, "photos that can't be read"),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    (!parts.is_empty()).then(|| format!("left out: {}", parts.join(", ")))
}

/// A probability, short: `0.0312`, `3e-9`.
pub fn p_value(value: f64) -> String {
    if value < 0.0001 {
        format!("{value:.0e}")
    } else {
        format!("{value:.4}")
    }
}
