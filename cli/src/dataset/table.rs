//! CSV files line by line, in bounded memory: byte order marks, Windows line ends, quotes and gzip are dealt with here. What the columns
//! mean is for others to say.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use csv_core::ReadRecordResult;
use flate2::bufread::MultiGzDecoder;

use crate::files::regular_length;

/// The longest table that is read, in bytes, unpacked; the public one has 301 million.
const MAX_TABLE_BYTES: u64 = 1 << 29;

/// The longest line that is read, in bytes; a face of FER-2013 takes 9,300 at most.
const MAX_LINE_BYTES: u64 = 1 << 16;

/// The most columns; FER+ has 12.
const MAX_COLUMNS: usize = 64;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The first bytes of a gzip file (RFC 1952).
const GZIP: &[u8] = &[0x1F, 0x8B];

/// A CSV file whose header has been read.
pub struct Table {
    name: String,
    lines: Lines,
    record: Record,
    header: Vec<String>,
}

impl Table {
    /// Opens a file, packed with gzip or not, and reads its header.
    ///
    /// # Errors
    ///
    /// Where it is no regular file or can't be read, is longer than allowed, or its first line is no header.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let cannot = || format!("{name} can't be opened");
        let length = regular_length(path).with_context(|| name.clone())?;
        let file = File::open(path).with_context(cannot)?;
        ensure!(
            length <= MAX_TABLE_BYTES,
            "{name} has {length} bytes: at most {MAX_TABLE_BYTES} are read"
        );
        Self::new(name, BufReader::new(file))
    }

    fn new(name: String, mut packed: impl BufRead + 'static) -> Result<Self> {
        let start = packed
            .fill_buf()
            .with_context(|| format!("{name} can't be read"))?;
        let input: Box<dyn BufRead> = if start.starts_with(GZIP) {
            Box::new(BufReader::new(MultiGzDecoder::new(packed)))
        } else {
            Box::new(packed)
        };
        let mut table = Self {
            name,
            lines: Lines::new(input),
            record: Record::new(),
            header: Vec::new(),
        };
        table.next().map_err(|error| table.at_line(error))?;
        for column in 0..table.record.len() {
            let text = table.record.text(column);
            let text = text.map_err(|error| table.at_line(error))?;
            table.header.push(text.trim().to_owned());
        }
        Ok(table)
    }

    /// The file, as it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where these columns stand.
    ///
    /// # Errors
    ///
    /// For the first that isn't there.
    pub fn columns<const COUNT: usize>(&self, names: [&str; COUNT]) -> Result<[usize; COUNT]> {
        let mut places = [0; COUNT];
        for (place, name) in places.iter_mut().zip(names) {
            let found = self.header.iter().position(|column| column == name);
            *place =
                found.with_context(|| format!("{} line 1 has no column \"{name}\"", self.name))?;
        }
        Ok(places)
    }

    /// Hands over every row, which has as many fields as the header, with its line number. Empty lines are passed over.
    ///
    /// # Errors
    ///
    /// With the file and the line, where a line isn't as it should be or `take` fails.
    pub fn rows(&mut self, mut take: impl FnMut(u64, &Record) -> Result<()>) -> Result<()> {
        loop {
            let more = self.next().and_then(|more| {
                if more {
                    let (given, needed) = (self.record.len(), self.header.len());
                    ensure!(given == needed, "{given} fields, {needed} are needed");
                    take(self.lines.number, &self.record)?;
                }
                Ok(more)
            });
            if !more.map_err(|error| self.at_line(error))? {
                return Ok(());
            }
        }
    }

    /// Reads the next line that isn't empty into `record`; whether there was one.
    fn next(&mut self) -> Result<bool> {
        while let Some(line) = self.lines.next()? {
            if !line.is_empty() {
                self.record.parse(line)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn at_line(&self, error: anyhow::Error) -> anyhow::Error {
        error.context(format!("{} line {}", self.name, self.lines.number))
    }
}

/// A field's text for a message: in quotes, control characters escaped, cut to what a person reads.
pub fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    let start: String = text.chars().take(MOST).collect();
    let cut = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{cut}")
}

/// The lines of a text, without their ends.
struct Lines {
    input: Box<dyn BufRead>,
    line: Vec<u8>,
    /// Of the line read last, from 1; 0 before the first.
    number: u64,
    bytes: u64,
}

impl Lines {
    fn new(input: Box<dyn BufRead>) -> Self {
        Self {
            input,
            line: Vec::new(),
            number: 0,
            bytes: 0,
        }
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        self.line.clear();
        self.number += 1;
        // One byte more than allowed tells a line that is too long from one that just fits.
        let read = self
            .input
            .by_ref()
            .take(MAX_LINE_BYTES + 1)
            .read_until(b'\n', &mut self.line)
            .context("the file can't be read on: is it whole?")?;
        ensure!(
            read as u64 <= MAX_LINE_BYTES,
            "the line is longer than {MAX_LINE_BYTES} bytes, the most that is read"
        );
        self.bytes += read as u64;
        ensure!(
            self.bytes <= MAX_TABLE_BYTES,
            "the file goes on after {MAX_TABLE_BYTES} bytes, the most that is read"
        );
        if read == 0 {
            return Ok(None);
        }
        if self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
            self.line.drain(..BYTE_ORDER_MARK.len());
        }
        for end in [b'\n', b'\r'] {
            if self.line.last() == Some(&end) {
                self.line.pop();
            }
        }
        Ok(Some(&self.line))
    }
}

/// The fields of one line.
pub struct Record {
    parser: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl Record {
    fn new() -> Self {
        Self {
            parser: csv_core::Reader::new(),
            // A line and its end: no field is longer than what it was read from.
            text: vec![0; MAX_LINE_BYTES as usize + 1],
            ends: vec![0; MAX_COLUMNS],
            count: 0,
        }
    }

    fn len(&self) -> usize {
        self.count
    }

    /// A field's text, without the quotes around it.
    ///
    /// # Errors
    ///
    /// Where it is no UTF-8.
    pub fn text(&self, column: usize) -> Result<&str> {
        let start = if column == 0 {
            0
        } else {
            self.ends[column - 1]
        };
        std::str::from_utf8(&self.text[start..self.ends[column]])
            .map_err(|_| anyhow!("field {} is no UTF-8 text", column + 1))
    }

    fn parse(&mut self, line: &[u8]) -> Result<()> {
        let (result, read, written, ends) =
            self.parser
                .read_record(line, &mut self.text, &mut self.ends);
        let result = match result {
            // A line feed ends the record, unless a quote has swallowed it.
            ReadRecordResult::InputEmpty => {
                let (text, ends) = (&mut self.text[written..], &mut self.ends[ends..]);
                let (result, _, _, more) = self.parser.read_record(b"\n", text, ends);
                (result, more)
            }
            other => (other, 0),
        };
        self.count = ends + result.1;
        match result.0 {
            ReadRecordResult::Record if read == line.len() => Ok(()),
            ReadRecordResult::Record => bail!("a carriage return stands inside the line"),
            ReadRecordResult::InputEmpty => {
                bail!("a quote is opened and not closed on the same line")
            }
            _ => bail!("more than {MAX_COLUMNS} fields, the most that are read"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::{Cursor, Write};

    /// The same line for ever, as a small gzip file can hold it.
    struct Endless {
        line: Vec<u8>,
        at: usize,
    }

    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let count = self.fill_buf()?.read(out)?;
            self.consume(count);
            Ok(count)
        }
    }

    impl BufRead for Endless {
        fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
            Ok(&self.line[self.at..])
        }

        fn consume(&mut self, count: usize) {
            self.at = (self.at + count) % self.line.len();
        }
    }

    #[test]
    fn a_file_without_an_end_is_left_after_the_most_that_is_read() {
        let mut line = vec![b'x'; 60_000];
        line.push(b'\n');
        let mut lines = Lines::new(Box::new(Endless { line, at: 0 }));
        let error = loop {
            match lines.next() {
                Ok(line) => assert!(line.is_some()),
                Err(error) => break error.to_string(),
            }
        };
        assert!(error.contains("goes on after 536870912 bytes"), "{error}");
        assert!(lines.bytes <= MAX_TABLE_BYTES + MAX_LINE_BYTES);
        assert!(lines.line.capacity() as u64 <= 4 * MAX_LINE_BYTES);
    }

    #[test]
    fn a_small_packed_file_with_a_huge_line_takes_no_more_memory_than_a_line_may() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"a,b\n").expect("memory");
        packed.write_all(&vec![b'1'; 20 << 20]).expect("memory");
        let packed = packed.finish().expect("memory");
        let mut table =
            Table::new("bomb.csv.gz".to_owned(), Cursor::new(packed)).expect("a header");
        let error = table
            .rows(|_, _| Ok(()))
            .expect_err("a line without an end");
        let message = format!("{error:#}");
        assert!(
            message.contains("bomb.csv.gz line 2: the line is longer"),
            "{message}"
        );
        assert!(table.lines.line.capacity() as u64 <= 4 * MAX_LINE_BYTES);
    }

    #[test]
    fn fields_are_what_stands_between_commas_and_quotes() {
        let text = "a,b\n1,\"x, \"\"y\"\"\"\n,\n";
        let mut table = Table::new("t.csv".to_owned(), Cursor::new(text)).expect("a header");
        let mut found = Vec::new();
        table
            .rows(|line, record| {
                found.push((line, record.text(0)?.to_owned(), record.text(1)?.to_owned()));
                Ok(())
            })
            .expect("rows");
        let row = |line, a: &str, b: &str| (line, a.to_owned(), b.to_owned());
        // As Python's csv module reads it.
        assert_eq!(found, [row(2, "1", "x, \"y\""), row(3, "", "")]);
    }
}
