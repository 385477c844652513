//! Reads YUV4MPEG2, the format of raw video: a line of text, then pictures. Memory is bounded by the size that the first line names, which
//! is checked before a picture is read.
//!
//! The crate `y4m` reads it too, but tells a clip that is cut off from a whole one no more than an interlaced one from a progressive one.

use std::io::{BufRead, BufReader, Read};

use anyhow::{Context, Result, anyhow, bail, ensure};
use moue::{LumaRange, Size};

use super::picture::{Chroma, Layout};

/// What a clip begins with.
pub const MAGIC: &[u8] = b"YUV4MPEG2 ";

/// What a picture begins with.
const FRAME: &[u8] = b"FRAME";

/// The longest line of text, in bytes.
const MAX_LINE: u64 = 1024;

const SECOND: u128 = 1_000_000_000;

/// Pictures a second, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many pictures …
    pub pictures: u32,
    /// … in so many seconds.
    pub seconds: u32,
}

impl Rate {
    /// When the picture of this index, from 0, is shown: nanoseconds from the first.
    pub fn timestamp(self, index: u64) -> u64 {
        let nanoseconds =
            u128::from(index) * u128::from(self.seconds) * SECOND / u128::from(self.pictures);
        nanoseconds.try_into().unwrap_or(u64::MAX)
    }
}

/// A clip that is being read.
#[derive(Debug)]
pub struct Reader<R> {
    input: BufReader<R>,
    layout: Layout,
    rate: Option<Rate>,
    header_bytes: u64,
    read: u64,
}

impl<R: Read> Reader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    ///
    /// Where it is none of YUV4MPEG2, names a size that isn't allowed, or pictures that aren't read: interlaced ones, and such of other
    /// than 8 bits.
    pub fn new(input: R) -> Result<Self> {
        let mut input = BufReader::new(input);
        let line = line(&mut input)?.context("it is empty")?;
        let header_bytes = line.len() as u64 + 1;
        let (layout, rate) = header(&line)?;
        Ok(Self {
            input,
            layout,
            rate,
            header_bytes,
            read: 0,
        })
    }

    /// How its pictures lie in memory.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Pictures a second.
    ///
    /// # Errors
    ///
    /// Where the first line doesn't tell.
    pub fn rate(&self) -> Result<Rate> {
        self.rate.context(
            "its first line names no frame rate (F30:1), so that it has no times: write it anew with one, as `ffmpeg -r 30 -i …` does",
        )
    }

    /// How many pictures a file of so many bytes holds, where none of them has marks of its own.
    pub fn count(&self, file_bytes: u64) -> u64 {
        let picture = (FRAME.len() + 1 + self.layout.bytes()) as u64;
        file_bytes.saturating_sub(self.header_bytes) / picture
    }

    /// How many pictures have been read.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Reads the next picture into `bytes`; `false` at the end.
    ///
    /// # Errors
    ///
    /// With the picture's number, from 1, where it is cut off or something else than a picture stands there.
    pub fn next(&mut self, bytes: &mut Vec<u8>) -> Result<bool> {
        let number = self.read + 1;
        let Some(line) = line(&mut self.input).with_context(|| format!("frame {number}"))? else {
            return Ok(false);
        };
        let (mark, rest) = line.split_at(line.len().min(FRAME.len()));
        ensure!(
            mark == FRAME && (rest.is_empty() || rest.starts_with(b" ")),
            "frame {number} doesn't begin with the word FRAME: the clip is damaged before it, or its size isn't what the first line says"
        );
        let needed = self.layout.bytes();
        // Grows with what is there: a size by itself takes no memory.
        bytes.clear();
        self.input
            .by_ref()
            .take(needed as u64)
            .read_to_end(bytes)
            .with_context(|| format!("frame {number} can't be read"))?;
        ensure!(
            bytes.len() == needed,
            "frame {number} is cut off: {} of its {needed} bytes are there",
            bytes.len()
        );
        self.read = number;
        Ok(true)
    }
}

/// The next line without its break; `None` at the end.
fn line(input: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input
        .take(MAX_LINE)
        .read_until(b'\n', &mut line)
        .context("can't be read")?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        bail!("a line of text in it is cut off, or longer than the {MAX_LINE} bytes that are read")
    }
    Ok(Some(line))
}

fn header(line: &[u8]) -> Result<(Layout, Option<Rate>)> {
    let Some(marks) = line.strip_prefix(MAGIC) else {
        bail!("it doesn't begin with YUV4MPEG2");
    };
    let marks = str::from_utf8(marks).map_err(|_| anyhow!("its first line is no text"))?;
    let (mut width, mut height, mut rate) = (None, None, None);
    let (mut chroma, mut range) = (Chroma::Quarter, LumaRange::Video);
    for mark in marks.split_ascii_whitespace() {
        let number = |value: &str| {
            value
                .parse::<u32>()
                .with_context(|| format!("its first line says {mark}, where a number is needed"))
        };
        match mark.split_at_checked(1) {
            Some(("W", value)) => width = Some(number(value)?),
            Some(("H", value)) => height = Some(number(value)?),
            Some(("F", value)) => {
                let (pictures, seconds) = value.split_once(':').with_context(|| {
                    format!("its first line says {mark}, where a rate such as F30:1 is needed")
                })?;
                let found = Rate {
                    pictures: number(pictures)?,
                    seconds: number(seconds)?,
                };
                // Zeros stand for a rate that isn't known.
                rate = (found.pictures > 0 && found.seconds > 0).then_some(found);
            }
            Some(("C", value)) => chroma = self::chroma(value)?,
            Some(("I", value)) => ensure!(
                matches!(value, "p" | "?"),
                "its pictures are interlaced (I{value}), and only progressive ones are read: deinterlace it first, as `ffmpeg -i IN -vf yadif OUT` does"
            ),
            Some(("X", "COLORRANGE=FULL")) => range = LumaRange::Full,
            // The shape of pixels, comments and the like.
            _ => {}
        }
    }
    let (Some(width), Some(height)) = (width, height) else {
        bail!("its first line names no size (W640 H480)");
    };
    let layout = Layout {
        size: Size::new(width, height),
        chroma,
        range,
    };
    Ok((layout.checked()?, rate))
}

fn chroma(name: &str) -> Result<Chroma> {
    match name {
        "420" | "420jpeg" | "420mpeg2" | "420paldv" => Ok(Chroma::Quarter),
        "422" => Ok(Chroma::Half),
        "444" => Ok(Chroma::Full),
        "mono" => Ok(Chroma::Mono),
        _ => bail!(
            "its pictures are of the kind C{name}: 420 (jpeg, mpeg2, paldv), 422, 444 and mono of 8 bits are read; \
             convert it first, as `ffmpeg -i IN -pix_fmt yuv420p OUT` does"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(text: &str) -> Result<Reader<&[u8]>> {
        Reader::new(text.as_bytes())
    }

    fn refused(header: &str) -> String {
        let error = reader(header).expect_err(header);
        format!("{error:#}")
    }

    #[test]
    fn the_usual_kinds_have_the_bytes_of_their_planes() {
        // By hand for 5 x 3 pixels: 15 of luma, chroma rounded up.
        for (kind, bytes) in [
            ("", 15 + 2 * 6),
            ("C420", 15 + 2 * 6),
            ("C420jpeg", 15 + 2 * 6),
            ("C420mpeg2", 15 + 2 * 6),
            ("C420paldv", 15 + 2 * 6),
            ("C422", 15 + 2 * 9),
            ("C444", 45),
            ("Cmono", 15),
        ] {
            let clip = format!(
                "YUV4MPEG2 W5 H3 F30:1 {kind}\nFRAME\n{}FRAME Ixyz\n{}",
                "a".repeat(bytes),
                "b".repeat(bytes)
            );
            let mut reader = reader(&clip).expect(kind);
            let mut picture = Vec::new();
            for letter in [b'a', b'b'] {
                assert!(reader.next(&mut picture).expect(kind), "{kind}");
                assert_eq!(picture, vec![letter; bytes], "{kind}");
            }
            assert!(!reader.next(&mut picture).expect(kind), "{kind}");
            assert_eq!(reader.read(), 2);
        }
    }

    #[test]
    fn the_range_is_that_of_videos_unless_it_says_full() {
        let range = |header: &str| reader(header).expect(header).layout().range;
        assert_eq!(range("YUV4MPEG2 W2 H2 F1:1\n"), LumaRange::Video);
        assert_eq!(
            range("YUV4MPEG2 W2 H2 F1:1 XCOLORRANGE=LIMITED\n"),
            LumaRange::Video
        );
        assert_eq!(
            range("YUV4MPEG2 W2 H2 F1:1 XCOLORRANGE=FULL\n"),
            LumaRange::Full
        );
    }

    #[test]
    fn times_of_an_uneven_rate_do_not_drift() {
        let rate = Rate {
            pictures: 30_000,
            seconds: 1001,
        };
        assert_eq!(rate.timestamp(1), 33_366_666);
        // An hour of it: 107,892 pictures and 107,892 * 1001 / 30000 s.
        assert_eq!(rate.timestamp(107_892), 3_599_996_400_000);
        assert_eq!(rate.timestamp(u64::MAX), u64::MAX);
    }

    #[test]
    fn what_cannot_be_read_is_said_with_what_to_do() {
        for (header, words) in [
            ("", "it is empty"),
            ("RIFF", "cut off"),
            ("YUV4MPEG2 W4", "cut off"),
            ("YUV4MPEG2X W4\n", "doesn't begin with YUV4MPEG2"),
            ("YUV4MPEG2 H4 F1:1\n", "names no size"),
            ("YUV4MPEG2 Wx H4\n", "Wx"),
            ("YUV4MPEG2 W0 H4\n", "0 x 4 pixels"),
            ("YUV4MPEG2 W16385 H1\n", "16385 x 1 pixels"),
            ("YUV4MPEG2 W16384 H16384\n", "16384 x 16384 pixels"),
            ("YUV4MPEG2 W4 H4 F30\n", "F30"),
            ("YUV4MPEG2 W4 H4 It\n", "yadif"),
            ("YUV4MPEG2 W4 H4 Im\n", "interlaced"),
            ("YUV4MPEG2 W4 H4 C420p10\n", "8 bits"),
            ("YUV4MPEG2 W4 H4 C444alpha\n", "C444alpha"),
        ] {
            let message = refused(header);
            assert!(message.contains(words), "{header:?}: {message}");
        }
        let long = format!("YUV4MPEG2 X{}\n", "x".repeat(2000));
        assert!(refused(&long).contains("1024 bytes"));
        let timeless = reader("YUV4MPEG2 W4 H4 F0:0\n").expect("pictures without times");
        assert!(timeless.rate().is_err());
    }

    #[test]
    fn a_cut_is_told_with_the_number_of_the_frame() {
        let whole = "YUV4MPEG2 W2 H2 F1:1 Cmono\nFRAME\nabcd";
        for (rest, words) in [
            ("FRAME\nab", "frame 2 is cut off: 2 of its 4 bytes"),
            ("FRAME\n", "frame 2 is cut off: 0 of its 4 bytes"),
            ("FRA", "frame 2"),
            ("FRAMES\nabcd", "frame 2 doesn't begin"),
            ("xFRAME\nabcd", "frame 2 doesn't begin"),
        ] {
            let clip = format!("{whole}{rest}");
            let mut reader = reader(&clip).expect("a header");
            let mut picture = Vec::new();
            assert!(reader.next(&mut picture).expect("the first is whole"));
            let error = format!("{:#}", reader.next(&mut picture).expect_err(rest));
            assert!(error.contains(words), "{rest:?}: {error}");
        }
    }

    #[test]
    fn damaged_clips_never_panic_and_take_no_more_memory_than_they_have_bytes() {
        let whole = format!(
            "YUV4MPEG2 W16 H16 F30:1 Ip C420jpeg XCOLORRANGE=FULL\nFRAME\n{}FRAME\n{}",
            "a".repeat(384),
            "b".repeat(384)
        );
        // Knuth's MMIX generator: the same damage on every run.
        let mut state = 7_u64;
        let mut random = |most: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % most
        };
        let mut read = 0;
        for _ in 0..20_000 {
            let mut clip = whole.clone().into_bytes();
            for _ in 0..=random(3) {
                // Mostly in the first line, where the decisions are.
                let at = if random(4) > 0 {
                    random(60)
                } else {
                    random(clip.len())
                };
                clip[at] = b" 0129WHFCIX:\n"[random(13)];
            }
            clip.truncate(clip.len() - random(8) * random(100));
            let Ok(mut reader) = Reader::new(clip.as_slice()) else {
                continue;
            };
            let mut picture = Vec::new();
            while let Ok(true) = reader.next(&mut picture) {
                read += 1;
            }
            assert!(picture.capacity() <= 4 * clip.len() + 64);
        }
        assert!(read > 1000, "{read} pictures: too little was left to read");
    }
}
