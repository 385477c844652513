//! What is said in the end: how many frames there were, and of each face for how long it was there and what it showed.

use super::history::History;
use moue::Expression;

/// Faces in the table, at most.
const MOST_FACES: usize = 32;

const SECOND: u64 = 1_000_000_000;

/// Frames that were looked at and that weren't.
#[derive(Debug, Clone, Copy, Default)]
pub struct Frames {
    /// Looked at.
    pub analyzed: u64,
    /// Replaced by a newer one, or passed over to keep a budget.
    pub dropped: u64,
}

/// A line about the clip, then one a face.
pub fn table(name: &str, history: &History, frames: Frames) -> String {
    let Frames { analyzed, dropped } = frames;
    let length = history.times().map_or(0, |(first, last)| last - first);
    let mut text = format!(
        "{name}  {}, {analyzed} frames analysed, {dropped} dropped",
        clock(length)
    );
    let faces = history.lanes().len() as u64 + history.forgotten();
    if faces == 0 {
        return text + ", no face";
    }
    text += "\n  face     from       to  of the frames that showed it";
    for lane in history.lanes().iter().take(MOST_FACES) {
        let shares: Vec<String> = lane
            .whole
            .shares()
            .into_iter()
            .map(|(verdict, share)| {
                let name = verdict.map_or("unsure", Expression::name);
                format!("{name} {}", percent(share))
            })
            .collect();
        text += &format!(
            "\n  {:>4} {:>8} {:>8}  {}",
            lane.track,
            clock(lane.first),
            clock(lane.last),
            shares.join(", ")
        );
    }
    let more = faces.saturating_sub(MOST_FACES as u64);
    if more > 0 {
        text += &format!("\n  and {more} more");
    }
    text
}

/// `1:02.5`, with hours where there are any.
pub fn clock(nanoseconds: u64) -> String {
    let tenths = (nanoseconds + SECOND / 20) / (SECOND / 10);
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}.{tenth}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}.{tenth}"),
    }
}

/// `97 %`; what is there at all is never 0 and what isn't all never 100.
pub fn percent(share: f64) -> String {
    let percent = (100.0 * share).round();
    if share > 0.0 && percent < 1.0 {
        "< 1 %".to_owned()
    } else if share < 1.0 && percent > 99.0 {
        "> 99 %".to_owned()
    } else {
        format!("{percent} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_minutes_and_seconds() {
        assert_eq!(clock(0), "0:00.0");
        assert_eq!(clock(59_960_000_000), "1:00.0");
        assert_eq!(clock(62_449_999_999), "1:02.4");
        assert_eq!(clock(3_723_500_000_000), "1:02:03.5");
    }

    #[test]
    fn little_is_not_nothing_and_much_is_not_all() {
        let shown = [0.0, 0.001, 0.25, 0.996, 1.0].map(percent);
        assert_eq!(shown, ["0 %", "< 1 %", "25 %", "> 99 %", "100 %"]);
    }
}
